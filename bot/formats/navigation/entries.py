"""Helpers for navigation files: a layout with entries only, and the items of YAML lists, line by line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from bot.formats.format import Layout, NavEntry, Span
from bot.formats.outline import sections

_LINE = re.compile(rb"^(?P<indent> *)(?P<dash>-(?= |\r?$))?[^\n]*", re.M)
_SILENT = re.compile(rb"[ \t]*(?:#[^\n]*)?\r?$", re.M)


def layout(entries: Iterable[NavEntry], data: bytes) -> Layout:
    """Return a layout that contains only entries."""
    return Layout((), sections((), data), (), (), (), (), (), (), tuple(entries))


def no_slug(title: str) -> str:
    """Return the title unchanged: navigation files have no headings."""
    return title


def list_items(data: bytes, start: int = 0, end: int | None = None) -> Iterator[tuple[Span, Span | None]]:
    """Yield the span of each list item in `data[start:end]`, and the span to delete with it.

    The second span is None if the item has nested lines or is the only one of its list.
    """
    content_lines = [m for m in _LINE.finditer(data, start, end or len(data)) if not _SILENT.match(data, m.start())]
    lists = list(_lists(content_lines))
    sizes = Counter(lists)
    depths = [len(m["indent"]) for m in content_lines] + [0]
    for line, own, follower in zip(content_lines, lists, depths[1:], strict=True):
        if own is not None:
            leaf = follower <= len(line["indent"])
            yield line.span(), (line.start(), min(line.end() + 1, len(data))) if leaf and sizes[own] > 1 else None


def _lists(lines: Iterable[re.Match[bytes]]) -> Iterator[int | None]:
    """Yield for each line the number of the list that it is an item of; None for other lines."""
    above: list[tuple[int, int]] = []
    count = 0
    for line in lines:
        depth, is_item = len(line["indent"]), line["dash"] is not None
        while above and above[-1][0] >= depth + is_item:
            above.pop()
        if is_item and (not above or above[-1][0] < depth):
            count += 1
            above.append((depth, count))
        yield above[-1][1] if is_item else None
