"""Parser for inline Markdown: code spans, links and the prose between them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import tree_sitter_markdown
from tree_sitter import Language, Node, Parser, Point, Range

from bot.formats.format import Link, Span

_INLINES = Language(tree_sitter_markdown.inline_language())
_SILENT = frozenset(["html_tag", "uri_autolink", "email_autolink", "link_label", "link_title", "latex_block"])


class MarkdownInlineParser:
    """Inline parser that fills `codes`, `links` and `prose`."""

    def __init__(self, data: bytes, hidden: re.Pattern[bytes]) -> None:
        self.data = data
        self.codes: list[Span] = []
        self.links: list[Link] = []
        self.prose: list[Span] = []
        self._hidden_pattern = hidden
        self._hidden: list[Span] = []

    def parse(self, start: int, end: int, holes: Sequence[Span] = ()) -> None:
        """Parse the bytes `start:end` except the holes, which belong to enclosing blocks."""
        self._hidden = [m.span() for m in self._hidden_pattern.finditer(self.data, start, end) if m["hidden"]]
        ranges, at = [], start
        for begin, stop in [*holes, (end, end)]:
            if at < begin:
                # Only byte offsets are used, so the points of a range may all be the origin.
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
        """Store code and links; yield the spans that are not prose."""
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
