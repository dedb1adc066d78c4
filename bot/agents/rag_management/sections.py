"""The chunks of a document: its sections, by their headings."""

from __future__ import annotations

from collections.abc import Iterator

from bot.agents.rag_management.chunk import Chunk, runs, trimmed
from bot.domain.search import Kind
from bot.formats.format import Format


def sections(form: Format, data: bytes, kind: Kind) -> Iterator[Chunk]:
    """The chunks of a document, in order. Lines are those of the file, also where its text is wrapped in a syntax."""
    wrapped = form.unwrap(data) if form.unwrap is not None else None
    text = form.text(data)
    lines = text.decode(errors="replace").split("\n")
    for part in form.read(text).parts:
        start, end = trimmed(lines, part.start_line - 1, min(part.end_line, len(lines)))
        if start == end:
            continue
        unit = (start + 1, end)
        for first, last in runs(lines[start:end]):
            own = (start + first + 1, start + last)
            body = "\n".join(lines[own[0] - 1 : own[1]])
            if body.strip():
                in_file = wrapped.lines_between(*own) if wrapped is not None else own
                whole = wrapped.lines_between(*unit) if wrapped is not None else unit
                yield Chunk(kind, part.titles, *in_file, whole, body)
