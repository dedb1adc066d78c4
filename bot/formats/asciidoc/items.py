"""The list items of AsciiDoc that are open while a document is read."""

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
    """An item: its marker, its first line and the one after its last, and what it is about."""

    mark: bytes
    start: int
    end: int
    subject: Span | None = None


class ItemStack:
    """The item that is read and those that hold it, the outermost first."""

    def __init__(self) -> None:
        self._open: list[Item] = []

    def __bool__(self) -> bool:
        return bool(self._open)

    def add(self, match: re.Match[bytes], line: int) -> tuple[Item, Iterator[Item]]:
        """Opens an item; it ends those with its marker and what they hold, which are given back."""
        mark = _NUMBER.sub(b"1", match["mark"] or match["colons"])
        depth = next((n for n, item in enumerate(self._open) if item.mark == mark), len(self._open))
        ended = self._open[depth:]
        item = Item(mark, line, line + 1)
        self._open[depth:] = [item]
        return item, reversed(ended)

    def extend_to(self, line: int) -> None:
        """Says that what is open goes on up to a line."""
        for item in self._open:
            item.end = max(item.end, line)

    def close(self) -> Iterator[Item]:
        """Ends all items, which are given back."""
        ended, self._open = self._open, []
        return reversed(ended)
