"""MkDocs `nav`: https://www.mkdocs.org/user-guide/configuration/#nav"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.formats.format import Format, FormatExample, Layout, NavEntry
from bot.formats.navigation.entries import layout, list_items, no_slug

_NAV = re.compile(rb"^nav:[ \t]*(?:#[^\n]*)?\r?\n(?P<body>(?:(?:[ \t#-][^\n]*|\r?)(?:\n|\Z))*)", re.M)
_DOCS = re.compile(rb"^docs_dir:[ \t]*([\"']?)([\w./-]+)\1[ \t]*(?:#[^\n]*)?\r?$", re.M)
_PAGE = re.compile(rb"[ ]*-[ ]++(?:[^\n]*?:[ ]++)?([\"']?)(?P<target>[^\s\"':#]+\.\w+)\1[ \t]*(?:#[^\n]*)?\r?$", re.M)


def parse(data: bytes) -> Layout:
    """Parse the pages under `nav`, relative to `docs_dir`."""
    return layout(_entries(data), data)


def _entries(data: bytes) -> Iterator[NavEntry]:
    nav, docs = _NAV.search(data), _DOCS.search(data)
    root = docs[2].decode() if docs else "docs"
    for (start, end), removable in list_items(data, *nav.span("body")) if nav else ():
        page = _PAGE.match(data, start, end)
        if page:
            yield NavEntry(page.span("target"), removable, (root,))


MKDOCS = Format(
    name="MkDocs navigation",
    suffixes=("mkdocs.yml", "mkdocs.yaml"),
    parse=parse,
    slug=no_slug,
    is_navigation=True,
    examples=(
        FormatExample(
            "docs_dir: content\nnav:\n  - index.md\n  - Guide: # all\n      - 'A: b': \"guide/a.md\" # first\n"
            "      - Blog: https://blog.example/x.html\nextra_css:\n  - extra/x.css\n",
            entries=("index.md", "guide/a.md"),
        ),
    ),
)
