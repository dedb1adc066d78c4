"""Moved files and removed documents."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.domain import Change, Fact, FactKind, Location
from bot.languages.symbol_table import SymbolTable

_MIN_SIMILARITY = 0.6
_PAGE = re.compile(r"\.(?:md|mdx|markdown|rst|adoc|asciidoc|ipynb|txt)\Z", re.I)

FilePair = tuple[str | None, str | None]


def file_pairs(change: Change, base: SymbolTable, head: SymbolTable) -> list[FilePair]:
    """Return the changed source files as (before, after) pairs.

    Removed and added files are paired by the symbols that they define.
    """
    pairs: list[FilePair] = []
    for file in change.files:
        before = file.before if file.before in base.sources else None
        after = file.after if file.after in head.sources else None
        if before or after:
            pairs.append((before, after))
    removed = [before for before, after in pairs if before and after is None]
    added = [after for before, after in pairs if after and before is None]
    scored = sorted(
        ((_similarity(base, b, head, a), b, a) for b in removed for a in added if base.sources[b] is head.sources[a]),
        reverse=True,
    )
    moved: dict[str, str] = {}
    for score, before, after in scored:
        if score >= _MIN_SIMILARITY and before not in moved and after not in moved.values():
            moved[before] = after
    unmoved = [(b, a) for b, a in pairs if b not in moved and a not in moved.values()]
    return [*unmoved, *moved.items()]


def _similarity(base: SymbolTable, before: str, head: SymbolTable, after: str) -> float:
    """Return the share of symbol names that two files have in common, from 0 to 1."""
    old = {s.name for s in base.outline(before).symbols}
    new = {s.name for s in head.outline(after).symbols}
    return len(old & new) / len(old | new) if old and new else 0.0


def page_removals(change: Change) -> Iterator[Fact]:
    """Yield a fact for each removed document.

    The confidence is low if the same change adds documents: one of them may be its successor.
    """
    adds_pages = any(file.before is None and file.after and _PAGE.search(file.after) for file in change.files)
    for file in change.files:
        if file.before and file.after is None and _PAGE.search(file.before):
            location, confidence = Location(file.before, 1), 0.5 if adds_pages else 0.95
            yield Fact(
                FactKind.PAGE_REMOVED, "file", file.before, None, file.before, None, location, None, confidence
            )  # fmt: skip
