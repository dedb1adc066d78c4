"""reStructuredText: https://docutils.sourceforge.io/docs/ref/rst/restructuredtext.html

A reader of lines, since the language is one: indentation ends every block, and nothing is executed. Grid and simple
tables are left out, because an edit that changes a cell's width breaks them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.formats.format import Format, FormatExample, Heading, Layout
from bot.formats.outline import sections
from bot.formats.restructuredtext.blocks import RstBlockParser


def slug(title: str) -> str:
    """The anchor that docutils gives a heading."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def parse(data: bytes) -> Layout:
    """Takes a document apart; comments, tables and raw directives are left alone."""
    reader = RstBlockParser(data)
    reader.walk(0, len(reader.lines))
    headings = tuple(_headings(reader))
    return Layout(
        headings=headings,
        sections=sections(headings, data),
        codes=tuple(reader.inlines.codes),
        blocks=tuple(reader.blocks),
        links=tuple(reader.inlines.links),
        rows=tuple(reader.rows),
        tables=(),
        prose=tuple(sorted(reader.inlines.prose)),
        entries=tuple(reader.inlines.entries),
    )


def _headings(reader: RstBlockParser) -> Iterator[Heading]:
    for level, line, span in reader.headings:
        title = re.sub(r":[\w:.-]+:(?=`)|`+", "", reader.data[slice(*span)].decode(errors="replace"))
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
