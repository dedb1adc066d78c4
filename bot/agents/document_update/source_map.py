"""Map edits and notices from a document's text to its file, for files that wrap text, such as notebooks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from bot.agents.document_update.documents import Library
from bot.domain import Edit, Notice, Section
from bot.formats.embedded import EmbeddedText


def map_edits(edits: Iterable[Edit], library: Library) -> Iterator[Edit]:
    """Convert edits of texts to edits of files; drop edits of text that no file contains."""
    for edit in edits:
        source_map = library.source_map(edit.path)
        mapped = source_map.to_source_edit(edit.start, edit.end, edit.new) if source_map is not None else None
        if source_map is None:
            yield edit
        elif mapped is not None:
            start, end, new = mapped
            old = library.file_bytes(edit.path)[start:end].decode()
            section = _map_section(edit.section, source_map)
            yield replace(
                edit, start=start, end=end, old=old, new=new, line=source_map.source_line(edit.line), section=section
            )


def map_notices(notices: Iterable[Notice], library: Library) -> Iterator[Notice]:
    """Convert the lines of notices to lines of files."""
    for notice in notices:
        source_map = library.source_map(notice.path)
        if source_map is not None:
            notice = replace(
                notice, line=source_map.source_line(notice.line), section=_map_section(notice.section, source_map)
            )
        yield notice


def _map_section(section: Section, source_map: EmbeddedText) -> Section:
    start, end = source_map.source_lines(section.start_line, section.end_line)
    return replace(section, start_line=start, end_line=end)
