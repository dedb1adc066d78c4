"""Jupyter Book table of contents: https://jupyterbook.org/v1/structure/toc.html"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.formats.format import Format, FormatExample, Layout, NavEntry
from bot.formats.navigation.entries import layout, list_items, no_slug

_PAGE = re.compile(rb"[ ]*-[ ]+file:[ ]+([\"']?)(?P<target>[^\s\"':#]+)\1[ \t]*(?:#[^\n]*)?\r?$", re.M)


def parse(data: bytes) -> Layout:
    """Parse the pages of chapters and sections. Paths are relative to the file's folder, usually without a suffix."""
    return layout(_entries(data), data)


def _entries(data: bytes) -> Iterator[NavEntry]:
    for (start, end), removable in list_items(data):
        page = _PAGE.match(data, start, end)
        if page:
            yield NavEntry(page.span("target"), removable, suffix_is_optional=True)


JUPYTER_BOOK = Format(
    name="Jupyter Book navigation",
    suffixes=("_toc.yml",),
    parse=parse,
    slug=no_slug,
    is_navigation=True,
    examples=(
        FormatExample(
            "format: jb-book\nroot: intro\nparts:\n- caption: One\n  chapters:\n  - file: guide/a\n    title: A\n"
            "  - file: guide/b.md\n  - url: https://example.org\n",
            entries=("guide/a", "guide/b.md"),
        ),
    ),
)
