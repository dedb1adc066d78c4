"""Match findings with suppressions: by fingerprint, or by a comment in the code."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.agents.security_review.changed_lines import ChangedFile
from bot.domain import Finding, IgnoredFinding
from bot.domain.suppressions import Suppression, Suppressions

_INLINE = re.compile(
    r"(?:#|//|--|;|%|/\*|<!--)\s*mas:\s*ignore\[(?P<rules>[^\]\n]{1,200})\][ \t]*(?P<why>[^\n]{0,300})", re.IGNORECASE
)
_UNTIL = re.compile(r"\buntil[ \t]+(?P<day>\d{4}-\d{2}-\d{2})\b")
_CLOSERS = re.compile(r"(?:\*/|-->)\s*$")

IN_CODE = "the code"
"""Author of a suppression that is a comment in the code."""


def parse_reason(comment: str) -> tuple[str, str | None]:
    """Split a comment into the reason and the expiry date after `until` (`YYYY-MM-DD`, not validated), if any."""
    until = _UNTIL.search(comment)
    return _UNTIL.sub("", comment).strip(" ,;"), until["day"] if until else None


def is_disabled(rule: str, names: Iterable[str]) -> bool:
    """Return whether a name matches the rule: in full, without its scanner, or the scanner alone; ignores case."""
    scanner, _, name = rule.lower().partition("/")
    return not {rule.lower(), name, scanner}.isdisjoint(n.strip().lower() for n in names)


def match_suppression(finding: Finding, file: ChangedFile | None, suppressions: Suppressions) -> IgnoredFinding | None:
    """Return the finding as ignored, or None if no suppression applies today."""
    suppression = suppressions.by_fingerprint.get(finding.fingerprint) or (
        _inline_suppression(finding, file) if file else None
    )
    if suppression is None or (suppression.until is not None and suppression.until < suppressions.today):
        return None
    return IgnoredFinding(finding, suppression.by, suppression.why, suppression.until)


def _inline_suppression(finding: Finding, file: ChangedFile) -> Suppression | None:
    """Parse `# mas: ignore[B602] reason` on the line, or alone on the line before; a reason is required."""
    before = file.line(finding.hit.line - 1)
    for text in (file.line(finding.hit.line), before if _INLINE.match(before.strip()) else ""):
        found = _INLINE.search(text)
        if found and is_disabled(finding.hit.rule, found["rules"].split(",")):
            why = _CLOSERS.sub("", found["why"]).strip()
            reason, until = parse_reason(why)
            if reason:
                return Suppression(IN_CODE, reason, until)
    return None
