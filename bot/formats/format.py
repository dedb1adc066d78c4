"""What a documentation format tells the core: where headings, code, links and rows stand, to the byte.

One record a format (see `bot/formats/__init__.py`). Offsets are bytes of the document, lines count from 1.
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
    """The text under one heading: the titles that lead to it, and its lines, both ends inclusive.

    A doc comment is a part, too: `symbol` is what it is about, by its name in the file; elsewhere None.
    """

    titles: tuple[str, ...]
    start_line: int
    end_line: int
    symbol: str | None = None


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """An example: the word that names its language (lower case, may be empty) and the spans of its lines."""

    fence: str
    lines: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """Where a link or an image points: the span of its destination, which may be only an anchor of its own page."""

    destination: Span
    image: bool = False
    anchor: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A list item or a table row: its whole lines, and what it is about: its first code span, or its only word."""

    kind: Literal["item", "row"]
    span: Span
    subject: Span | None


@dataclass(frozen=True, slots=True)
class Table:
    """A table's lines from header to end: for each its cells, from one bar to the next.

    `delimiter` is the number of the line that sets the width of the columns; -1 where no line does.
    """

    rows: tuple[tuple[Span, ...], ...]
    delimiter: int


@dataclass(frozen=True, slots=True)
class NavEntry:
    """A page's entry in a navigation.

    Args:
        target: the span of the page's path.
        whole: the lines that go with the entry; None where it cannot go alone.
        roots: the folders, seen from the document's own, in one of which paths begin.
        bare: whether the path may lack its suffix.
    """

    target: Span
    removable: Span | None = None
    roots: tuple[str, ...] = (".",)
    suffix_is_optional: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """What a doc comment says of a parameter or an attribute of its symbol.

    Args:
        kind: `type` for a line that gives the type of a parameter and nothing else.
        names: where it is named; more than one where it speaks of several.
        type: where its type is written.
        text: what follows name and type.
        lines: the whole lines that it takes; None where they hold something else, too.
        group: the whole lines of the list in which it stands under a heading, with that; else its own.
    """

    kind: Literal["parameter", "attribute", "type"]
    names: tuple[Span, ...]
    type: Span | None
    text: Span
    lines: Span | None
    group: Span | None


@dataclass(frozen=True, slots=True)
class Layout:
    """A document taken apart. `codes` are the insides of inline code; `prose` is running text between them."""

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
    """A document and what is read from it: its anchors, inline codes, link destinations and navigation entries."""

    source: str
    slugs: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    entries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Format:
    """A documentation format.

    Args:
        name: as people write it.
        suffixes: of its files, with the dot.
        read: takes a document apart; pure in its bytes.
        slug: the anchor that a heading's title gets.
        examples: run by the contract tests.
        unwrap: takes the text out of a file that holds it in another syntax; None where the file is the text.
        is_navigation: whether its files hold nothing but the order of other documents.
        mask: the file with blanks in place of all that is no text, byte for byte; None where all of it is text.
        frame: what an edit of the text must leave as it was.
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
        """What is read of a file."""
        return self.extract(data).text if self.extract is not None else data
