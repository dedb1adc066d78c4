"""The sidebars of Docusaurus: https://docusaurus.io/docs/sidebar/items

They are program, so only plain strings are read, where an item stands or an `id`. A string that is no page's is no
page's at the other commit either, and nothing is made of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.formats.format import Format, FormatExample, Layout, NavEntry, Span
from bot.formats.navigation.entries import layout, no_slug

_ITEM = re.compile(
    rb"(?P<before>[\[,][ \t]*(?://[^\n]*)?\r?\n[ \t\r\n]*|[\[,][ \t]*|\bid[\"']?:[ \t]*)"
    rb"(?P<quote>[\"'])(?P<target>[\w./-]+)(?P=quote)(?![ \t]*:)"
)
_ALONE = re.compile(rb"[ \t]*[\"'][\w./-]+[\"'](?P<comma>,?)[ \t]*\r?\n")
_FOLDERS = ("docs", "../docs")
"""Where a site's pages are when nothing else is said, from the sidebar's folder: in the site's, or beside it."""


def parse(data: bytes) -> Layout:
    """The pages of all sidebars, by their ids."""
    return layout(_entries(data), data)


def _entries(data: bytes) -> Iterator[NavEntry]:
    at = 0
    while found := _ITEM.search(data, at):
        at = found.end()
        yield NavEntry(found.span("target"), _removable(data, found), _FOLDERS, suffix_is_optional=True)


def _removable(data: bytes, found: re.Match[bytes]) -> Span | None:
    """The line of an item that stands on one of its own, and not alone in its list."""
    start = data.rfind(b"\n", 0, found.start("quote")) + 1
    line = _ALONE.match(data, start)
    if line is None or line.start() > found.start("quote") or line.end() <= found.end():
        return None
    first = data[:start].rstrip().endswith(b"[")
    last = data[line.end() :].lstrip()[:1] == b"]"
    return None if (first and last) or not line["comma"] else line.span()


DOCUSAURUS = Format(
    name="Docusaurus navigation",
    suffixes=tuple(f"sidebars.{suffix}" for suffix in ("js", "ts", "mjs", "cjs", "json")),
    parse=parse,
    slug=no_slug,
    is_navigation=True,
    examples=(
        FormatExample(
            "module.exports = {\n  docs: [\n    'intro',\n    { type: 'doc', id: 'guide/a', label: 'A' },\n"
            "    { type: 'category', label: 'B', items: ['guide/b', 'guide/c'] },\n  ],\n}\n",
            entries=("intro", "guide/a", "guide/b", "guide/c"),
        ),
    ),
)
