"""Split a document into chunks, by section."""

from __future__ import annotations

from collections.abc import Iterator

from bot.agents.rag_management.chunk import Chunk, line_ranges, trim_blank_lines
from bot.domain.search import ContentKind
from bot.formats.format import Format


def chunk_document(form: Format, data: bytes, kind: ContentKind) -> Iterator[Chunk]:
    """Yield the chunks of a document, in order. Line numbers are those of the file, even if the text is extracted."""
    wrapped = form.extract(data) if form.extract is not None else None
    text = form.text(data)
    lines = text.decode(errors="replace").split("\n")
    for part in form.parse(text).sections:
        start, end = trim_blank_lines(lines, part.start_line - 1, min(part.end_line, len(lines)))
        if start == end:
            continue
        unit = (start + 1, end)
        for first, last in line_ranges(lines[start:end]):
            span = (start + first + 1, start + last)
            body = "\n".join(lines[span[0] - 1 : span[1]])
            if body.strip():
                file_span = wrapped.source_lines(*span) if wrapped is not None else span
                file_unit = wrapped.source_lines(*unit) if wrapped is not None else unit
                yield Chunk(kind, part.titles, *file_span, file_unit, body)
