"""Keep the columns of a table aligned when a cell is edited."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.agents.document_update.documents import Library
from bot.domain import Edit
from bot.formats.format import Span, Table


def realign_tables(edits: Sequence[Edit], library: Library) -> Iterator[Edit]:
    """Yield edits of whitespace and dashes in the aligned tables that the given edits change."""
    for path in sorted({e.path for e in edits}):
        data = library.data(path)
        own = [e for e in edits if e.path == path]
        for table in library.page(path).layout.tables:
            inside = [
                e for e in own if e.new and any(a <= e.start and e.end <= b for row in table.rows for a, b in row)
            ]
            if inside and table.delimiter >= 0 and _is_aligned(table, data):
                yield from _realign(table, data, inside)


def _width(data: bytes) -> int:
    return len(data.decode())


def _is_aligned(table: Table, data: bytes) -> bool:
    widths = {tuple(_width(data[a:b]) for a, b in row) for row in table.rows}
    return len(widths) == 1


def _realign(table: Table, data: bytes, edits: Sequence[Edit]) -> Iterator[Edit]:
    for column in range(len(table.rows[0])):
        cells = [row[column] for row in table.rows]
        growths = [_growth(cell, edits) for cell in cells]
        if not any(growths):
            continue
        bare = [0 if n == table.delimiter else _width(data[a:b].rstrip()) for n, (a, b) in enumerate(cells)]
        width = _width(data[slice(*cells[0])])
        new_width = width - max(bare) + max(b + g for b, g in zip(bare, growths, strict=True))
        for number, (cell, growth) in enumerate(zip(cells, growths, strict=True)):
            change = new_width - width - growth
            if change:
                yield _pad_cell(cell, data, change, edits[0], dashes=number == table.delimiter)


def _growth(cell: Span, edits: Sequence[Edit]) -> int:
    return sum(len(e.new) - len(e.old) for e in edits if cell[0] <= e.start and e.end <= cell[1])


def _pad_cell(cell: Span, data: bytes, change: int, cause: Edit, *, dashes: bool) -> Edit:
    """Return an edit that adds `change` spaces (or removes, if negative) to a cell, or dashes to the delimiter row."""
    start, end = cell
    at = start + len(data[start:end].rstrip())
    if dashes:
        at -= data[start:at].endswith(b":")
        fill = b"-"
    else:
        fill = b" "
        at = end
    first = at + min(change, 0)
    old, new = data[first:at].decode(), fill.decode() * max(change, 0)
    line = cause.line - data[: cause.start].count(b"\n") + data[:start].count(b"\n")
    return Edit(
        cause.path, first, at, old, new, line, cause.section, cause.fact, "alignment",
        "Realigned the table.", cause.confidence,
    )  # fmt: skip
