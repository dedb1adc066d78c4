"""The chunks of a document: its sections, by their headings."""

from __future__ import annotations

from collections.abc import Iterator

from bot.agents.rag_management.chunk import Chunk, line_ranges, trim_blank_lines
from bot.domain.search import ContentKind
from bot.formats.format import Format


def chunk_document(form: Format, data: bytes, kind: ContentKind) -> Iterator[Chunk]:
    """The chunks of a document, in order. Lines are those of the file, also where its text is wrapped in a syntax."""
    wrapped = form.extract(data) if form.extract is not None else None
    text = form.text(data)
    lines = text.decode(errors="replace").split("\n")
    for part in form.parse(text).sections:
        start, end = trim_blank_lines(lines, part.start_line - 1, min(part.end_line, len(lines)))
        if start == end:
            continue
        unit = (start + 1, end)
        for first, last in line_ranges(lines[start:end]):
            own = (start + first + 1, start + last)
            body = "\n".join(lines[own[0] - 1 : own[1]])
            if body.strip():
                in_file = wrapped.source_lines(*own) if wrapped is not None else own
                whole = wrapped.source_lines(*unit) if wrapped is not None else unit
                yield Chunk(kind, part.titles, *in_file, whole, body)
