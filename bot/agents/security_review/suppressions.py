"""What people said to leave: rules and paths in the settings, findings by name, and words beside the code."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.agents.security_review.changed_lines import Altered
from bot.domain import Finding, Ignored
from bot.domain.suppressions import Quiet, Word

_INLINE = re.compile(
    r"(?:#|//|--|;|%|/\*|<!--)\s*mas:\s*ignore\[(?P<rules>[^\]\n]{1,200})\][ \t]*(?P<why>[^\n]{0,300})", re.IGNORECASE
)
_UNTIL = re.compile(r"\buntil[ \t]+(?P<day>\d{4}-\d{2}-\d{2})\b")
_CLOSERS = re.compile(r"(?:\*/|-->)\s*$")


IN_CODE = "the code"
"""Who said it, where a word beside the code did."""


def reason_and_day(said: str) -> tuple[str, str | None]:
    """A reason, and the day until which it holds (`YYYY-MM-DD`, not looked at) where `until` names one."""
    until = _UNTIL.search(said)
    return _UNTIL.sub("", said).strip(" ,;"), until["day"] if until else None


def is_off(rule: str, names: Iterable[str]) -> bool:
    """Whether one of these names is the rule's: whole, without its scanner, or its scanner's; case does not count."""
    scanner, _, name = rule.lower().partition("/")
    return not {rule.lower(), name, scanner}.isdisjoint(n.strip().lower() for n in names)


def quieted(finding: Finding, file: Altered | None, quiet: Quiet) -> Ignored | None:
    """What was said to leave a finding; None where nothing holds today."""
    said = quiet.ignored.get(finding.fingerprint) or (_beside(finding, file) if file else None)
    if said is None or (said.until is not None and said.until < quiet.today):
        return None
    return Ignored(finding, said.by, said.why, said.until)


def _beside(finding: Finding, file: Altered) -> Word | None:
    """`# mas: ignore[B602] reason` on the line, or alone on the line before; without a reason it does not count."""
    before = file.line(finding.hit.line - 1)
    for text in (file.line(finding.hit.line), before if _INLINE.match(before.strip()) else ""):
        found = _INLINE.search(text)
        if found and is_off(finding.hit.rule, found["rules"].split(",")):
            why = _CLOSERS.sub("", found["why"]).strip()
            reason, until = reason_and_day(why)
            if reason:
                return Word(IN_CODE, reason, until)
    return None
