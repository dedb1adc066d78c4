"""From the text of documents to their files: the last step of a draft, which matters where a file wraps its text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from bot.agents.document_update.documents import Library
from bot.domain import Edit, Notice, Section
from bot.formats.wrapped import Wrapped


def placed_edits(edits: Iterable[Edit], library: Library) -> Iterator[Edit]:
    """The edits of texts as edits of files; those of what stands in no file are left out."""
    for edit in edits:
        wrapped = library.wrapped(edit.path)
        made = wrapped.edit(edit.start, edit.end, edit.new) if wrapped is not None else None
        if wrapped is None:
            yield edit
        elif made is not None:
            start, end, new = made
            old = library.file(edit.path)[start:end].decode()
            section = _placed(edit.section, wrapped)
            yield replace(edit, start=start, end=end, old=old, new=new, line=wrapped.line(edit.line), section=section)


def placed_notices(notices: Iterable[Notice], library: Library) -> Iterator[Notice]:
    """The notices at lines of files."""
    for notice in notices:
        wrapped = library.wrapped(notice.path)
        if wrapped is not None:
            notice = replace(notice, line=wrapped.line(notice.line), section=_placed(notice.section, wrapped))
        yield notice


def _placed(section: Section, wrapped: Wrapped) -> Section:
    start, end = wrapped.lines_between(section.start_line, section.end_line)
    return replace(section, start_line=start, end_line=end)
