"""Which file became which, and which documents are gone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.domain import Change, Fact, FactKind, Location
from bot.languages.symbol_table import SymbolTable

_MIN_SIMILARITY = 0.6
_PAGE = re.compile(r"\.(?:md|mdx|markdown|rst|adoc|asciidoc|ipynb|txt)\Z", re.I)

FilePair = tuple[str | None, str | None]


def file_pairs(change: Change, base: SymbolTable, head: SymbolTable) -> list[FilePair]:
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
        ((_similarity(base, b, head, a), b, a) for b in gone for a in come if base.sources[b] is head.sources[a]),
        reverse=True,
    )
    moved: dict[str, str] = {}
    for score, before, after in scored:
        if score >= _MIN_SIMILARITY and before not in moved and after not in moved.values():
            moved[before] = after
    kept = [(b, a) for b, a in pairs if b not in moved and a not in moved.values()]
    return [*kept, *moved.items()]


def _similarity(base: SymbolTable, before: str, head: SymbolTable, after: str) -> float:
    """The share of symbol names that two files have in common, from 0 to 1."""
    old = {s.name for s in base.outline(before).symbols}
    new = {s.name for s in head.outline(after).symbols}
    return len(old & new) / len(old | new) if old and new else 0.0


def page_removals(change: Change) -> Iterator[Fact]:
    """The documents that are gone. Where others came with the same change, one of them may be what became of it."""
    come = any(file.before is None and file.after and _PAGE.search(file.after) for file in change.files)
    for file in change.files:
        if file.before and file.after is None and _PAGE.search(file.before):
            place = Location(file.before, 1)
            yield Fact(
                FactKind.PAGE_REMOVED, "file", file.before, None, file.before, None, place, None, 0.5 if come else 0.95
            )  # fmt: skip
