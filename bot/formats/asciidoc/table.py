"""Parser for AsciiDoc tables: their cells, and the rows that consist of whole lines."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from bot.formats.format import Span

_BAR = re.compile(rb"(?P<spec>(?<!\S)(?:(?:\d+(?:\.\d+)?|\.\d+)[*+])?[<^>]?(?:\.[<^>])?[adehlmsv]?)?(?<!\\)\|")
_COLUMNS = re.compile(rb"cols=(?:\"([^\"]*)\"|'([^']*)'|([^,\]]*))")


def parse_table(
    data: bytes, start: int, end: int, style: bytes
) -> tuple[list[tuple[Span, tuple[Span, ...]]], list[Span]]:
    """Return the rows of the table in `data[start:end]`, each as its lines and cells, and all cells.

    A table with cells that span rows or columns has no rows.
    """
    bars = list(_BAR.finditer(data, start, end))
    edges = [*(bar.start() for bar in bars), end]
    cells = [_strip(data, bar.end(), edge) for bar, edge in zip(bars, edges[1:], strict=True)]
    count = _count(data, bars, style)
    if not count or any(re.search(rb"\d", bar["spec"] or b"") for bar in bars):
        return [], cells
    return list(_rows(data, [bar.start() for bar in bars], cells, count)), cells


def _strip(data: bytes, start: int, end: int) -> Span:
    text = data[start:end]
    return start + len(text) - len(text.lstrip()) if text.strip() else start, start + len(text.rstrip())


def _count(data: bytes, bars: list[re.Match[bytes]], style: bytes) -> int:
    """Return the number of columns: the declared one, or the number of cells in the first line."""
    if declared := _COLUMNS.search(style):
        columns = next(group for group in declared.groups() if group is not None)
        factors = (re.match(rb"\s*(\d{1,3})\*", column) for column in re.split(rb"[,;]", columns))
        return sum(int(factor[1]) if factor else 1 for factor in factors)
    lines = itertools.groupby(bars, key=lambda bar: data.rfind(b"\n", 0, bar.start()))
    return next((len(list(group)) for _, group in lines), 0)


def _rows(data: bytes, starts: list[int], cells: list[Span], count: int) -> Iterator[tuple[Span, tuple[Span, ...]]]:
    """Yield each row that starts and ends at a line boundary."""
    for first in range(0, len(cells) - count + 1, count):
        own = cells[first : first + count]
        begin = data.rfind(b"\n", 0, starts[first]) + 1
        newline = data.find(b"\n", own[-1][1])
        stop = newline + 1 if newline >= 0 else len(data)
        if data[begin : starts[first]].strip() or data[own[-1][1] : stop].strip():
            continue
        yield (begin, stop), tuple(own)
