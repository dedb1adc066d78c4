"""Parser for Markdown blocks, based on tree-sitter, and for the content of directives and admonitions."""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import tree_sitter_markdown
from tree_sitter import Language, Node, Parser, Point, Range

from bot.formats.format import CodeBlock, Layout, Link, NavEntry, Row, Span, Table
from bot.formats.markdown.directives import (
    CLOSING,
    CODE,
    CONTAINER,
    DIRECTIVE,
    FILES,
    INDENT,
    OPTION,
    SIGNATURE,
    SILENT,
    STUB,
    TEXT,
)
from bot.formats.markdown.inlines import MarkdownInlineParser
from bot.formats.markdown.outline import headings
from bot.formats.outline import sections
from bot.formats.toctree import toctree

_BLOCKS = Language(tree_sitter_markdown.language())
_CELL = re.compile(rb"\\.|\|")
_MODULE = re.compile(rb"(?:import|export)[ \t{*]")
_ANCHORED = re.compile(rb"[\s|*+-]*<a (?:id|name)=\"[^\"\n]{0,200}\">\s*(?P<name>[\w.]+)\s*</a>")
"""A row that starts with an anchor around a name, as generated reference pages have."""
_NAME = re.compile(rb"[\w.$-]*\w")
_LEAVES = frozenset(["paragraph", "indented_code_block"])
_MAX_DEPTH = 100
"""Maximum nesting of lists, quotations and containers; anything deeper is skipped."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """A Markdown dialect. Matches of the group `hidden` are not text. MDX has modules, but no indented code."""

    hidden: re.Pattern[bytes]
    is_mdx: bool = False


class MarkdownBlockParser:
    """Block parser that collects the parts of a `Layout`."""

    def __init__(self, data: bytes, dialect: Dialect) -> None:
        self.data = data
        self.dialect = dialect
        self.starts = [0, *(m.end() for m in re.finditer(rb"\n", data))]
        self.inlines = MarkdownInlineParser(data, dialect.hidden)
        self.headings: list[tuple[int, int, Span]] = []
        self.blocks: list[CodeBlock] = []
        self.files: list[Link] = []
        self.rows: list[Row] = []
        self.tables: list[Table] = []
        self.entries: list[NavEntry] = []
        self._holes: list[Span] = []
        self._until = 0
        self._level = 0

    def layout(self, slug: Callable[[str], str]) -> Layout:
        """Parse the document."""
        self._walk(Parser(_BLOCKS).parse(self.data).root_node)
        found = headings(self.headings, self.data, slug)
        return Layout(
            found, sections(found, self.data), tuple(sorted(self.inlines.codes)), tuple(self.blocks),
            tuple(sorted([*self.inlines.links, *self.files], key=lambda link: link.destination)), tuple(self.rows),
            tuple(self.tables), tuple(sorted(self.inlines.prose)), tuple(self.entries),
        )  # fmt: skip

    def _line(self, offset: int) -> int:
        return bisect_right(self.starts, offset)

    # -------------------------------------------------------------- blocks

    def _walk(self, node: Node) -> None:
        self._level += 1
        for child in node.named_children if self._level < _MAX_DEPTH else ():
            offset = child.start_byte if child.type in _LEAVES else child.end_byte - 1
            if offset >= self._until:
                self._visit(child)
        self._level -= 1

    def _visit(self, node: Node) -> None:
        match node.type:
            case "atx_heading" | "setext_heading":
                self._heading(node)
            case "fenced_code_block":
                self._code_fence(node)
            case "indented_code_block" if self.dialect.is_mdx:
                self._parse_mdx_text(node)
            case "indented_code_block":
                self.blocks.append(CodeBlock("", tuple(self._lines(node))))
            case "paragraph" if CONTAINER.match(self.data, node.start_byte, node.end_byte):
                self._container(node)
            case "paragraph" if self.dialect.is_mdx and _MODULE.match(self.data, node.start_byte, node.end_byte):
                pass
            case "paragraph" if stub := STUB.match(self.data, node.start_byte, node.end_byte):
                self._stub(stub, node)
            case "inline" | "pipe_table_cell":
                self._inline(node)
            case "link_reference_definition":
                self.inlines.links += [Link(_span(c)) for c in node.named_children if c.type == "link_destination"]
            case "list_item":
                self._row("item", node)
            case "pipe_table":
                self._table(node)
            case "minus_metadata" | "plus_metadata" | "html_block":
                pass
            case _:
                self._walk(node)

    def _heading(self, node: Node) -> None:
        marker = next(c.type for c in node.children if c.type.startswith(("atx_h", "setext_h")))
        level = int(next(c for c in marker if c.isdigit()))
        content = node.child_by_field_name("heading_content")
        if content is not None:
            self.headings.append((level, self._line(node.start_byte), _span(content)))
        self._walk(node)

    def _inline(self, node: Node) -> None:
        self.inlines.parse(node.start_byte, node.end_byte, self._holes_in(node))

    def _holes_in(self, node: Node) -> list[Span]:
        """Return the line prefixes within a node that belong to enclosing lists, quotations and containers."""
        first = bisect_left(self._holes, (node.start_byte,))
        outer = itertools.takewhile(lambda hole: hole[0] < node.end_byte, self._holes[first:])
        return sorted([*(_span(c) for c in node.named_children if c.type == "block_continuation"), *outer])

    def _lines(self, node: Node) -> Iterator[Span]:
        """Yield the lines of a code block without their prefixes."""
        at = node.start_byte
        for start, stop in [*self._holes_in(node), (node.end_byte, node.end_byte)]:
            while at < start:
                newline = self.data.find(b"\n", at, start)
                line_end = newline + 1 if newline >= 0 else start
                yield at, line_end
                at = line_end
            at = max(at, stop)

    def _row(self, kind: str, node: Node) -> None:
        codes, prose = len(self.inlines.codes), len(self.inlines.prose)
        self._walk(node)
        words = (self._only_word(p) for p in self.inlines.prose[prose : prose + 1])
        anchored = _ANCHORED.match(self.data, node.start_byte, node.end_byte)
        own = self.inlines.codes[codes:] or [word for word in words if word]
        own = [anchored.span("name")] if anchored is not None else own
        start = self.data.rfind(b"\n", 0, node.start_byte) + 1
        text = self.data[start : node.end_byte].rstrip()
        end = start + len(CLOSING.sub(b"", text).rstrip())
        newline = self.data.find(b"\n", end)
        end = newline + 1 if newline >= 0 else len(self.data)
        self.rows.append(Row("item" if kind == "item" else "row", (start, end), min(own, default=None)))

    def _stub(self, stub: re.Match[bytes], node: Node) -> None:
        start = self.starts[self._line(node.start_byte) - 1]
        end = self.data.find(b"\n", max(start, node.end_byte - 1)) + 1 or len(self.data)
        self.rows.append(Row("item", (start, end), stub.span("name")))
        self._walk(node)

    def _only_word(self, span: Span) -> Span | None:
        """Return the span of the word if the text is a single word."""
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
                self._walk(child)
            rows.append(self._cells(child))
        self.tables.append(Table(tuple(rows), delimiter))

    def _cells(self, node: Node) -> tuple[Span, ...]:
        bars = [m.start() for m in _CELL.finditer(self.data, node.start_byte, node.end_byte) if m[0] == b"|"]
        return tuple((a + 1, b) for a, b in itertools.pairwise(bars))

    # -------------------------------------------------------------- fences and containers

    def _code_fence(self, node: Node) -> None:
        info = next((c for c in node.named_children if c.type == "info_string"), None)
        content = next((c for c in node.named_children if c.type == "code_fence_content"), None)
        lines = tuple(self._lines(content)) if content is not None else ()
        if info is not None and (directive := DIRECTIVE.match(self.data, info.start_byte, info.end_byte)):
            self._directive(directive, node, content, lines)
            return
        language = re.match(rb"[\s{.]*([\w+#-]*)", (info.text or b"").lower() if info is not None else b"")
        self.blocks.append(CodeBlock(language[1].decode() if language else "", lines))

    def _directive(self, match: re.Match[bytes], node: Node, content: Node | None, lines: tuple[Span, ...]) -> None:
        """Parse a MyST directive. An unknown name is the language of a code block, as in Quarto and R Markdown."""
        name = match["name"].lower()
        argument = (match.start("argument"), match.start("argument") + len(match["argument"].rstrip()))
        body = tuple(itertools.dropwhile(lambda line: OPTION.match(self.data, *line), lines))
        if name == b"toctree":
            self.entries += toctree(self.data, body)
        if name in FILES and argument[0] < argument[1]:
            self.files.append(Link(argument, name in (b"image", b"figure")))
        elif SIGNATURE.fullmatch(name) and argument[0] < argument[1]:
            self.inlines.codes.append(argument)
            subject = _NAME.match(self.data, *argument)
            start, end = self.starts[self._line(node.start_byte) - 1], node.end_byte
            self.rows.append(Row("item", (start, end), subject.span() if subject else argument))
        elif name in TEXT:
            self.inlines.parse(*argument)
        if name in TEXT or SIGNATURE.fullmatch(name):
            if content is not None and body:
                first = self._line(body[0][0])
                column = node.start_byte - self.starts[self._line(node.start_byte) - 1]
                self._parse_lines(first, self._line(body[-1][0]) + 1, column)
        elif name not in SILENT and name not in FILES:
            words = self.data[slice(*argument)].lower().split()
            language = next(iter(words), b"") if name in CODE else name.removeprefix(b"eval-")
            self.blocks.append(CodeBlock(language.decode(errors="replace"), body))

    def _parse_mdx_text(self, node: Node) -> None:
        """Parse indented lines as text: MDX has no indented code."""
        first, last = self._line(node.start_byte), self._line(max(node.end_byte - 1, node.start_byte))
        lines = [self.data[a:b] for a, b in itertools.pairwise(self.starts[first - 1 : last + 1])]
        width = min((len(x) - len(x.lstrip(b" \t")) for x in lines if x.strip()), default=0)
        self._parse_lines(first, last + 1, max(width, 1))

    def _container(self, node: Node) -> None:
        """Parse an admonition, a tab or a footnote: a paragraph starts with its first line, its content is indented."""
        match = CONTAINER.match(self.data, node.start_byte)
        first = self._line(node.start_byte)
        column = (match.start("mark") if match else 0) - self.starts[first - 1]
        stop = self._container_end(first + 1, column + INDENT)
        if match is None or stop == first + 1:
            self._walk(node)
            return
        self.inlines.parse(*match.span("title"))
        self._parse_lines(first + 1, stop, column + INDENT)
        after = self._line(max(node.end_byte - 1, 0)) + 1
        if stop < after:
            self._parse_lines(stop, after, column)

    def _container_end(self, first: int, width: int) -> int:
        """Return the number of the line after the indented block that starts at line `first`."""
        stop = first
        for number in range(first, len(self.starts) + 1):
            line = self.data[self.starts[number - 1] : self._start(number + 1)]
            if line.strip():
                if line[:width].strip(b" ") and not (width == INDENT and line[:1] == b"\t"):
                    break
                stop = number + 1
        return stop

    def _start(self, number: int) -> int:
        return self.starts[number - 1] if number <= len(self.starts) else len(self.data)

    def _parse_lines(self, first: int, stop: int, width: int) -> None:
        """Parse the lines `first:stop` as Markdown, with up to `width` columns of indentation removed."""
        ranges, outer = [], self._holes
        self._holes = []
        for number in range(first, stop):
            start, end = self._start(number), self._start(number + 1)
            line = self.data[start:end]
            indent = 1 if line[:1] == b"\t" else min(width, len(line) - len(line.lstrip(b" ")))
            self._holes.append((start, start + indent))
            if start + indent < end:
                ranges.append(Range(Point(number - 1, indent), Point(number, 0), start + indent, end))
        if ranges and self._level < _MAX_DEPTH:
            self._walk(Parser(_BLOCKS, included_ranges=ranges).parse(self.data).root_node)
        self._holes = outer
        self._until = max(self._until, self._start(stop))


def _span(node: Node) -> Span:
    return node.start_byte, node.end_byte
