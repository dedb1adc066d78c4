"""Interface of a documentation format: byte spans of headings, code, links and rows.

One record per format (see `bot/formats/__init__.py`). Offsets are bytes of the document; lines count from 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from bot.formats.embedded import EmbeddedText

Span = tuple[int, int]
"""Bytes `start:end` of a document."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: its level from 1, the span of its text, that text without markup, and its anchor."""

    level: int
    line: int
    span: Span
    title: str
    slug: str


@dataclass(frozen=True, slots=True)
class DocSection:
    """The text under one heading: the titles from the outermost down to it, and its lines, both ends inclusive.

    A doc comment is a section, too: `symbol` is the name, within the file, of the symbol it documents; otherwise None.
    """

    titles: tuple[str, ...]
    start_line: int
    end_line: int
    symbol: str | None = None


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """A code block: the name of its language (lower case, may be empty) and the spans of its lines."""

    fence: str
    lines: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """A link or an image: the span of its destination. `anchor` marks an anchor of the same page."""

    destination: Span
    image: bool = False
    anchor: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A list item or a table row: its full lines, and its subject: the first code span, or the only word."""

    kind: Literal["item", "row"]
    span: Span
    subject: Span | None


@dataclass(frozen=True, slots=True)
class Table:
    """The cells of a table, row by row from the header on, each cell from one bar to the next.

    `delimiter` is the index of the delimiter row; -1 if the format has none.
    """

    rows: tuple[tuple[Span, ...], ...]
    delimiter: int


@dataclass(frozen=True, slots=True)
class NavEntry:
    """An entry for a page in a navigation file.

    Args:
        target: the span of the page's path.
        removable: the lines to delete with the entry; None if the entry cannot be removed on its own.
        roots: the folders that paths may be relative to, themselves relative to the document's folder.
        suffix_is_optional: whether the path may omit the file suffix.
    """

    target: Span
    removable: Span | None = None
    roots: tuple[str, ...] = (".",)
    suffix_is_optional: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """The description of a parameter or an attribute in a doc comment.

    Args:
        kind: `type` for a line that only gives the type of a parameter.
        names: the span of each name; a field may describe several.
        type: the span of the type.
        text: the span of the text after name and type.
        lines: the full lines of the field; None if they contain anything else.
        group: the full lines of the list that contains it, heading included; otherwise those of the field.
    """

    kind: Literal["parameter", "attribute", "type"]
    names: tuple[Span, ...]
    type: Span | None
    text: Span
    lines: Span | None
    group: Span | None


@dataclass(frozen=True, slots=True)
class Layout:
    """A parsed document. `codes` are the contents of inline code; `prose` is the text between them."""

    headings: tuple[Heading, ...]
    sections: tuple[DocSection, ...]
    codes: tuple[Span, ...]
    blocks: tuple[CodeBlock, ...]
    links: tuple[Link, ...]
    rows: tuple[Row, ...]
    tables: tuple[Table, ...]
    prose: tuple[Span, ...]
    entries: tuple[NavEntry, ...] = ()
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class FormatExample:
    """A document and its expected anchors, inline codes, link destinations and navigation entries."""

    source: str
    slugs: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    entries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Format:
    """A documentation format.

    Args:
        name: the display name.
        suffixes: the suffixes of its files, with the dot.
        parse: parses a document; a pure function of its bytes.
        slug: returns the anchor of a heading's title.
        examples: run by the contract tests.
        extract: extracts the text from a file of another syntax; None if the file is the text.
        is_navigation: whether its files only list other documents.
        mask: replaces everything but text with spaces, byte for byte; None if all of the file is text.
        frame: returns a value that edits of the text must not change.
    """

    name: str
    suffixes: tuple[str, ...]
    parse: Callable[[bytes], Layout]
    slug: Callable[[str], str]
    examples: tuple[FormatExample, ...] = ()
    extract: Callable[[bytes], EmbeddedText] | None = None
    is_navigation: bool = False
    mask: Callable[[bytes], bytes] | None = None
    frame: Callable[[bytes], object] = lambda data: None

    def text(self, data: bytes) -> bytes:
        """Return the text of a file."""
        return self.extract(data).text if self.extract is not None else data
