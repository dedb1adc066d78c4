"""What is said of a secret: never the secret itself."""

from __future__ import annotations

from bot.agents.security_review.scanners.weaknesses import weakness
from bot.domain import Hit, Level

_CWE = 798


def secret_hit(rule: str, line: int, label: str, *, is_certain: bool, link: str | None = None) -> Hit:
    """A hit for a secret on a line.

    Args:
        what: what kind of secret it is: `A GitHub token`.
        is_certain: whether its own form tells it, not only the name beside it.
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
