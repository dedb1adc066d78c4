"""Build hits for secrets, which never contain the secret itself."""

from __future__ import annotations

from bot.agents.security_review.scanners.weaknesses import weakness
from bot.domain import Hit, Level

_CWE = 798


def secret_hit(rule: str, line: int, label: str, *, is_certain: bool, link: str | None = None) -> Hit:
    """Build a hit for a secret on a line.

    Args:
        label: the kind of secret: `GitHub token`.
        is_certain: whether the value's own format identifies it, not only the name next to it.
    """
    known = weakness(_CWE)
    return Hit(
        rule=rule,
        line=line,
        end_line=line,
        severity=Level.CRITICAL if is_certain else Level.HIGH,
        confidence=Level.HIGH if is_certain else Level.MEDIUM,
        title=f"{label} in the code",
        why=known.why,
        advice=known.advice,
        cwe=_CWE,
        owasp=known.owasp,
        link=link,
    )
