"""What people said to leave: rules and paths in the settings, findings by name, and words beside the code."""

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
"""Who said it, where a word beside the code did."""


def parse_reason(comment: str) -> tuple[str, str | None]:
    """A reason, and the day until which it holds (`YYYY-MM-DD`, not looked at) where `until` names one."""
    until = _UNTIL.search(comment)
    return _UNTIL.sub("", comment).strip(" ,;"), until["day"] if until else None


def is_disabled(rule: str, names: Iterable[str]) -> bool:
    """Whether one of these names is the rule's: whole, without its scanner, or its scanner's; case does not count."""
    scanner, _, name = rule.lower().partition("/")
    return not {rule.lower(), name, scanner}.isdisjoint(n.strip().lower() for n in names)


def match_suppression(finding: Finding, file: ChangedFile | None, suppressions: Suppressions) -> IgnoredFinding | None:
    """What was said to leave a finding; None where nothing holds today."""
    said = suppressions.by_fingerprint.get(finding.fingerprint) or (
        _inline_suppression(finding, file) if file else None
    )
    if said is None or (said.until is not None and said.until < suppressions.today):
        return None
    return IgnoredFinding(finding, said.by, said.why, said.until)


def _inline_suppression(finding: Finding, file: ChangedFile) -> Suppression | None:
    """`# mas: ignore[B602] reason` on the line, or alone on the line before; without a reason it does not count."""
    before = file.line(finding.hit.line - 1)
    for text in (file.line(finding.hit.line), before if _INLINE.match(before.strip()) else ""):
        found = _INLINE.search(text)
        if found and is_disabled(finding.hit.rule, found["rules"].split(",")):
            why = _CLOSERS.sub("", found["why"]).strip()
            reason, until = parse_reason(why)
            if reason:
                return Suppression(IN_CODE, reason, until)
    return None
