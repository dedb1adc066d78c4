"""Stack of open list items for the AsciiDoc parser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.formats.format import Span

ITEM = re.compile(
    rb"[ \t]*(?:(?P<mark>-|\*{1,6}|\.{1,6}|(?:\d+|[a-zA-Z])\.|[ivxIVX]+\)|\xe2\x80\xa2|<(?:\d+|\.)>)[ \t]+(?=\S)"
    rb"|(?P<term>(?!//)\S.{0,300}?)(?P<colons>:{2,4}|;;)(?:[ \t]+(?=\S)|$))"
)
_NUMBER = re.compile(rb"\d+|[a-zA-Z](?=\.)|[ivxIVX]+(?=\))")


@dataclass(slots=True)
class Item:
    """A list item: its marker, its line range `start:end`, and the span of its subject."""

    mark: bytes
    start: int
    end: int
    subject: Span | None = None


class ItemStack:
    """The current list item and its ancestors, outermost first."""

    def __init__(self) -> None:
        self._open: list[Item] = []

    def __bool__(self) -> bool:
        return bool(self._open)

    def add(self, match: re.Match[bytes], line: int) -> tuple[Item, Iterator[Item]]:
        """Open an item; return it and the items that it closes: its previous sibling with everything nested in that."""
        mark = _NUMBER.sub(b"1", match["mark"] or match["colons"])
        depth = next((n for n, item in enumerate(self._open) if item.mark == mark), len(self._open))
        closed = self._open[depth:]
        item = Item(mark, line, line + 1)
        self._open[depth:] = [item]
        return item, reversed(closed)

    def extend_to(self, line: int) -> None:
        """Extend all open items to a line."""
        for item in self._open:
            item.end = max(item.end, line)

    def close(self) -> Iterator[Item]:
        """Close all items and return them, innermost first."""
        closed, self._open = self._open, []
        return reversed(closed)
