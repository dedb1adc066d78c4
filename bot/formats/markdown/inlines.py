"""The running text of Markdown: code spans, links, and the prose between them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import tree_sitter_markdown
from tree_sitter import Language, Node, Parser, Point, Range

from bot.formats.format import Link, Span

_INLINES = Language(tree_sitter_markdown.inline_language())
_SILENT = frozenset(["html_tag", "uri_autolink", "email_autolink", "link_label", "link_title", "latex_block"])


class MarkdownInlineParser:
    """Collects what is found in stretches of running text."""

    def __init__(self, data: bytes, hidden: re.Pattern[bytes]) -> None:
        self.data = data
        self.codes: list[Span] = []
        self.links: list[Link] = []
        self.prose: list[Span] = []
        self._hidden_pattern = hidden
        self._hidden: list[Span] = []

    def parse(self, start: int, end: int, holes: Sequence[Span] = ()) -> None:
        """Reads the bytes `start:end` but for the holes, which belong to the blocks around the text."""
        self._hidden = [m.span() for m in self._hidden_pattern.finditer(self.data, start, end) if m["hidden"]]
        ranges, at = [], start
        for begin, stop in [*holes, (end, end)]:
            if at < begin:
                # Rows and columns are not read here, so each range may claim the origin.
                ranges.append(Range(Point(0, 0), Point(0, 0), at, begin))
            at = max(at, stop)
        if not ranges:
            return
        root = Parser(_INLINES, included_ranges=ranges).parse(self.data).root_node
        at = start
        for begin, stop in [*sorted([*holes, *self._hidden, *self._marks(root)]), (end, end)]:
            if at < begin:
                self.prose.append((at, begin))
            at = max(at, stop)

    def _marks(self, node: Node) -> Iterator[Span]:
        """The spans that are not running text; keeps code and links on the way."""
        for child in node.named_children:
            span = (child.start_byte, child.end_byte)
            if any(start <= span[0] < end for start, end in self._hidden):
                continue
            if child.type == "code_span":
                ticks = [c for c in child.named_children if c.type == "code_span_delimiter"]
                self.codes.append((ticks[0].end_byte, ticks[-1].start_byte))
                yield span
            elif child.type == "link_destination":
                self.links.append(Link(span, node.type == "image"))
                yield span
            elif child.type in _SILENT:
                yield span
            else:
                yield from self._marks(child)
