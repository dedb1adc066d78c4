"""Which source file became which."""

from __future__ import annotations

from bot.domain import Change
from bot.languages.surface import Surface

_ALIKE = 0.6

FilePair = tuple[str | None, str | None]


def file_pairs(change: Change, base: Surface, head: Surface) -> list[FilePair]:
    """The changed source files, before and after; files that came and went are paired by what they define."""
    pairs: list[FilePair] = []
    for file in change.files:
        before = file.before if file.before in base.sources else None
        after = file.after if file.after in head.sources else None
        if before or after:
            pairs.append((before, after))
    gone = [before for before, after in pairs if before and after is None]
    come = [after for before, after in pairs if after and before is None]
    scored = sorted(
        ((_alike(base, b, head, a), b, a) for b in gone for a in come if base.sources[b] is head.sources[a]),
        reverse=True,
    )
    moved: dict[str, str] = {}
    for score, before, after in scored:
        if score >= _ALIKE and before not in moved and after not in moved.values():
            moved[before] = after
    kept = [(b, a) for b, a in pairs if b not in moved and a not in moved.values()]
    return [*kept, *moved.items()]


def _alike(base: Surface, before: str, head: Surface, after: str) -> float:
    """The share of symbol names that two files have in common, from 0 to 1."""
    old = {s.name for s in base.outline(before).symbols}
    new = {s.name for s in head.outline(after).symbols}
    return len(old & new) / len(old | new) if old and new else 0.0
