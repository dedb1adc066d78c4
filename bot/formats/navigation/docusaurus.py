"""Docusaurus sidebars: https://docusaurus.io/docs/sidebar/items

Sidebars are code, so only plain strings are read: list items and values of `id`. A string that does not name a page
does not name one at the other commit either, so it never leads to an edit.
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
"""The default folders of a site's pages, relative to the sidebar's folder: inside the site's folder, or next to it."""


def parse(data: bytes) -> Layout:
    """Parse the page ids of all sidebars."""
    return layout(_entries(data), data)


def _entries(data: bytes) -> Iterator[NavEntry]:
    at = 0
    while found := _ITEM.search(data, at):
        at = found.end()
        yield NavEntry(found.span("target"), _removable(data, found), _FOLDERS, suffix_is_optional=True)


def _removable(data: bytes, found: re.Match[bytes]) -> Span | None:
    """Return the line of an item that has a line of its own and is not the only item of its list."""
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
