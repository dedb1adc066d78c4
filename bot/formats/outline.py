"""Sections of a document, computed from its headings."""

from __future__ import annotations

from collections.abc import Sequence

from bot.formats.format import DocSection, Heading


def sections(headings: Sequence[Heading], data: bytes) -> tuple[DocSection, ...]:
    """Return the section before the first heading and one per heading; together they cover all lines."""
    last = max(1, data.count(b"\n") + (not data.endswith(b"\n")))
    found = [DocSection((), 1, headings[0].line - 1 if headings else last)]
    path: list[Heading] = []
    for number, heading in enumerate(headings):
        path = [*(h for h in path if h.level < heading.level), heading]
        end = headings[number + 1].line - 1 if number + 1 < len(headings) else last
        found.append(DocSection(tuple(h.title for h in path), heading.line, end))
    return tuple(section for section in found if section.start_line <= section.end_line)
