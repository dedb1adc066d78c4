"""reStructuredText: https://docutils.sourceforge.io/docs/ref/rst/restructuredtext.html

Parses line by line, as the language does: indentation ends every block. Nothing is executed. Grid and simple tables are
skipped, because an edit that changes the width of a cell breaks them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.formats.format import Format, FormatExample, Heading, Layout
from bot.formats.outline import sections
from bot.formats.restructuredtext.blocks import RstBlockParser


def slug(title: str) -> str:
    """Return the anchor that docutils generates for a heading."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def parse(data: bytes) -> Layout:
    """Parse a document. Comments, tables and raw directives are skipped."""
    parser = RstBlockParser(data)
    parser.walk(0, len(parser.lines))
    headings = tuple(_headings(parser))
    return Layout(
        headings=headings,
        sections=sections(headings, data),
        codes=tuple(parser.inlines.codes),
        blocks=tuple(parser.blocks),
        links=tuple(parser.inlines.links),
        rows=tuple(parser.rows),
        tables=(),
        prose=tuple(sorted(parser.inlines.prose)),
        entries=tuple(parser.inlines.entries),
    )


def _headings(parser: RstBlockParser) -> Iterator[Heading]:
    for level, line, span in parser.headings:
        title = re.sub(r":[\w:.-]+:(?=`)|`+", "", parser.data[slice(*span)].decode(errors="replace"))
        yield Heading(level, line, span, title, slug(title))


RESTRUCTUREDTEXT = Format(
    name="reStructuredText",
    suffixes=(".rst",),
    parse=parse,
    slug=slug,
    examples=(
        FormatExample(
            "The ``get`` call\n================\n\nUse :func:`~pkg.get`, see `more <more.rst>`_::\n\n    get(url)\n\n"
            "- ``item``\n\n.. autofunction:: put\n\nThe call\n--------\n\n.. _there: https://a.example/\n",
            slugs=("the-get-call", "the-call"),
            codes=("get", "pkg.get", "item", "put"),
            links=("more.rst", "https://a.example/"),
        ),
        FormatExample(
            ".. autosummary::\n   :toctree: out\n\n   ~pkg.get\n   put\n\nThen ``see``.\n",
            codes=("pkg.get", "put", "see"),
        ),
        FormatExample(
            ".. toctree::\n   :caption: A\n\n   guide/a\n   B <b>\n   part/*\n   https://a.example/\n\n"
            "See :doc:`the c </c>`.\n",
            entries=("guide/a", "b", "/c"),
        ),
        FormatExample(
            ".. a comment with ``code``\n\n.. note:: Mind ``this``.\n\n   And `that`.\n", codes=("this", "that")
        ),
    ),
)
