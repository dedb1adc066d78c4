"""What the readers of navigation files share: a layout of entries alone, and the items of YAML lists, line by line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from bot.formats.format import Layout, NavEntry, Span
from bot.formats.outline import sections

_LINE = re.compile(rb"^(?P<indent> *)(?P<dash>-(?= |\r?$))?[^\n]*", re.M)
_SILENT = re.compile(rb"[ \t]*(?:#[^\n]*)?\r?$", re.M)


def layout(entries: Iterable[NavEntry], data: bytes) -> Layout:
    """A file of which nothing but its entries is read."""
    return Layout((), sections((), data), (), (), (), (), (), (), tuple(entries))


def no_slug(title: str) -> str:
    """Navigation has no headings."""
    return title


def list_items(data: bytes, start: int = 0, end: int | None = None) -> Iterator[tuple[Span, Span | None]]:
    """The lines of `data[start:end]` with a dash before them, and the bytes that go with each.

    Nothing can go where something hangs from a line, or where it is the only one of its list.
    """
    spoken = [m for m in _LINE.finditer(data, start, end or len(data)) if not _SILENT.match(data, m.start())]
    lists = list(_lists(spoken))
    sizes = Counter(lists)
    depths = [len(m["indent"]) for m in spoken] + [0]
    for line, own, follower in zip(spoken, lists, depths[1:], strict=True):
        if own is not None:
            leaf = follower <= len(line["indent"])
            yield line.span(), (line.start(), min(line.end() + 1, len(data))) if leaf and sizes[own] > 1 else None


def _lists(lines: Iterable[re.Match[bytes]]) -> Iterator[int | None]:
    """For each line the number of the list that it is an item of."""
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
