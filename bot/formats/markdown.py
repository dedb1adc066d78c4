"""Markdown: https://github.github.com/gfm/"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_right
from collections.abc import Iterator

import tree_sitter_markdown
from tree_sitter import Language, Node, Parser, Range

from bot.formats.format import CodeBlock, Format, FormatExample, Heading, Layout, Link, Part, Row, Span, Table
from bot.formats.outline import parts

_BLOCKS = Language(tree_sitter_markdown.language())
_INLINES = Language(tree_sitter_markdown.inline_language())
_CELL = re.compile(rb"\\.|\|")


def slug(title: str) -> str:
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-")


def read(data: bytes) -> Layout:
    """Takes a document apart; front matter and HTML are left alone."""
    reader = _Reader(data)
    reader.walk(Parser(_BLOCKS).parse(data).root_node)
    return reader.layout()


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.starts = [0, *(m.end() for m in re.finditer(rb"\n", data))]
        self.headings: list[tuple[int, int, Span]] = []
        self.codes: list[Span] = []
        self.blocks: list[CodeBlock] = []
        self.links: list[Link] = []
        self.rows: list[Row] = []
        self.tables: list[Table] = []
        self.prose: list[Span] = []

    def walk(self, node: Node) -> None:
        for child in node.named_children:
            match child.type:
                case "atx_heading" | "setext_heading":
                    self._heading(child)
                case "fenced_code_block" | "indented_code_block":
                    self._block(child)
                case "inline" | "pipe_table_cell":
                    self._inline(child)
                case "link_reference_definition":
                    for part in child.named_children:
                        if part.type == "link_destination":
                            self.links.append(Link((part.start_byte, part.end_byte)))
                case "list_item":
                    self._row("item", child)
                case "pipe_table":
                    self._table(child)
                case "minus_metadata" | "plus_metadata" | "html_block":
                    pass
                case _:
                    self.walk(child)

    def layout(self) -> Layout:
        headings, sections = self._outline()
        return Layout(
            headings, sections, tuple(self.codes), tuple(self.blocks), tuple(self.links), tuple(self.rows),
            tuple(self.tables), tuple(self.prose),
        )  # fmt: skip

    def _line(self, offset: int) -> int:
        return bisect_right(self.starts, offset)

    # -------------------------------------------------------------- blocks

    def _heading(self, node: Node) -> None:
        marker = next(c.type for c in node.children if c.type.startswith(("atx_h", "setext_h")))
        level = int(next(c for c in marker if c.isdigit()))
        content = node.child_by_field_name("heading_content")
        if content is not None:
            self.headings.append((level, self._line(node.start_byte), (content.start_byte, content.end_byte)))
        self.walk(node)

    def _outline(self) -> tuple[tuple[Heading, ...], tuple[Part, ...]]:
        headings: list[Heading] = []
        seen: dict[str, int] = {}
        for level, line, span in self.headings:
            title = self._plain(span)
            anchor = slug(title)
            count = seen.get(anchor, 0)
            seen[anchor] = count + 1
            headings.append(Heading(level, line, span, title, f"{anchor}-{count}" if count else anchor))
        return tuple(headings), parts(headings, self.data)

    def _plain(self, span: Span) -> str:
        """A heading's text without backticks, emphasis, links' targets and attribute lists."""
        text = self.data[slice(*span)].decode(errors="replace")
        text = re.sub(r"\s*\{[^}]*\}\s*$", "", text)
        text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
        return re.sub(r"`|\*\*|(?<!\w)[*_](?=\w)|(?<=\w)[*_](?!\w)", "", text).strip()

    def _block(self, node: Node) -> None:
        content: Node | None = node
        fence = b""
        if node.type == "fenced_code_block":
            info = next((c for c in node.named_children if c.type == "info_string"), None)
            fence = (info.text or b"") if info is not None else b""
            content = next((c for c in node.named_children if c.type == "code_fence_content"), None)
        word = re.match(rb"[\s{.]*([\w+#-]*)", fence.lower())
        self.blocks.append(
            CodeBlock(word[1].decode() if word else "", tuple(self._lines(content)) if content is not None else ())
        )

    def _lines(self, node: Node) -> Iterator[Span]:
        """The lines of a code block, without what a list or a quotation puts before them."""
        end = node.end_byte
        holes = sorted((c.start_byte, c.end_byte) for c in node.named_children if c.type == "block_continuation")
        at = node.start_byte
        for start, stop in [*holes, (end, end)]:
            while at < start:
                newline = self.data.find(b"\n", at, start)
                line_end = newline + 1 if newline >= 0 else start
                yield at, line_end
                at = line_end
            at = max(at, stop)

    def _row(self, kind: str, node: Node) -> None:
        codes, prose = len(self.codes), len(self.prose)
        self.walk(node)
        own = self.codes[codes:] or [s for s in (self._only_word(p) for p in self.prose[prose : prose + 1]) if s]
        start = self.data.rfind(b"\n", 0, node.start_byte) + 1
        end = start + len(self.data[start : node.end_byte].rstrip())
        newline = self.data.find(b"\n", end)
        end = newline + 1 if newline >= 0 else len(self.data)
        self.rows.append(Row("item" if kind == "item" else "row", (start, end), min(own, default=None)))

    def _only_word(self, span: Span) -> Span | None:
        """The one word that a text is, if it is one."""
        word = re.fullmatch(rb"\s*([\w.]+)\s*", self.data[slice(*span)])
        return (span[0] + word.start(1), span[0] + word.end(1)) if word else None

    def _table(self, node: Node) -> None:
        rows: list[tuple[Span, ...]] = []
        delimiter = 1
        for child in node.named_children:
            if child.type == "pipe_table_delimiter_row":
                delimiter = len(rows)
            elif child.type == "pipe_table_row":
                self._row("row", child)
            else:
                self.walk(child)
            rows.append(self._cells(child))
        self.tables.append(Table(tuple(rows), delimiter))

    def _cells(self, node: Node) -> tuple[Span, ...]:
        bars = [m.start() for m in _CELL.finditer(self.data, node.start_byte, node.end_byte) if m[0] == b"|"]
        return tuple((a + 1, b) for a, b in itertools.pairwise(bars))

    # -------------------------------------------------------------- inlines

    def _inline(self, node: Node) -> None:
        holes = [c for c in node.named_children if c.type == "block_continuation"]
        ranges, start, point = [], node.start_byte, node.start_point
        for hole in holes:
            if start < hole.start_byte:
                ranges.append(Range(point, hole.start_point, start, hole.start_byte))
            start, point = hole.end_byte, hole.end_point
        if start < node.end_byte:
            ranges.append(Range(point, node.end_point, start, node.end_byte))
        if ranges:
            root = Parser(_INLINES, included_ranges=ranges).parse(self.data).root_node
            taken = sorted([*((h.start_byte, h.end_byte) for h in holes), *self._marks(root)])
            at = node.start_byte
            for begin, end in [*taken, (node.end_byte, node.end_byte)]:
                if at < begin:
                    self.prose.append((at, begin))
                at = max(at, end)

    def _marks(self, node: Node) -> Iterator[Span]:
        """The spans of an inline text that are not running text; keeps code and links on the way."""
        for child in node.named_children:
            span = (child.start_byte, child.end_byte)
            match child.type:
                case "code_span":
                    ticks = [c for c in child.named_children if c.type == "code_span_delimiter"]
                    self.codes.append((ticks[0].end_byte, ticks[-1].start_byte))
                    yield span
                case "link_destination":
                    image = child.parent is not None and child.parent.type == "image"
                    self.links.append(Link(span, image))
                    yield span
                case "html_tag" | "uri_autolink" | "email_autolink" | "link_label" | "link_title" | "latex_block":
                    yield span
                case _:
                    yield from self._marks(child)


MARKDOWN = Format(
    name="Markdown",
    suffixes=(".md", ".markdown"),
    read=read,
    slug=slug,
    examples=(
        FormatExample(
            "---\ntitle: `no`\n---\n\n# The `get` call\n\nUse `get(url)`, see [more](more.md#the-call).\n\n"
            "- `item`\n\n| `cell` | b |\n|---|---|\n| c | ![i](i.png) |\n\n## The call\n",
            slugs=("the-get-call", "the-call"),
            codes=("get", "get(url)", "item", "cell"),
            links=("more.md#the-call", "i.png"),
        ),
        FormatExample("> A `quoted\n> span`\n\n[r]: ./there.md\n", links=("./there.md",), codes=("quoted\n> span",)),
    ),
)
