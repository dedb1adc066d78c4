"""A programming language described by its tree-sitter grammar and one query over it.

The query is the description; its captures are the vocabulary (query syntax:
https://tree-sitter.github.io/tree-sitter/using-parsers/queries/). A pattern captures one thing:

- a definition: `@function`, `@class`, `@interface` (a class whose members are all public), `@constant`
  or `@attribute` as a whole, its `@name`, and as far as it has them `@owner`, `@modifiers`, `@parameters`,
  `@returns` and `@value`; what stands inside a class belongs to it; `@base` names a class that it extends;
- `@scope`, which adds to the class named by its `@owner` (an `impl` block); `@hidden`, where nothing is defined;
- `@public` along with a definition that needs no word for it;
- `@access`, a word that stands in for the modifiers of what follows it in its class (`private:`), or, captured
  along with a class, of all that stands in it;
- a parameter: `@parameter` as a whole, `@parameter.name`, `.type`, `.default`, `.rest`, `.keyword`;
- an import: `@source`, and `@name`, `@local` or `@star`; `@module` where the imported module itself gets a name;
  `@passed` where what is imported can be had from here too (`export … from`, `pub use`);
- `@export`, a name that the file gives away; `@comment` and `@string`, which are no code;
- `@own`, a name that an example gives to a thing of its own, and `@made`, the class of that thing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib import import_module

from tree_sitter import Language, Node, Parser, Point, Query, QueryCursor, Range, Tree

from bot.languages.language import Span

Captures = dict[str, list[Node]]


@dataclass(frozen=True)
class Grammar:
    """A language's grammar and its description.

    Args:
        dialects: wheel and function of each grammar; a text is read by the first that finds no fault in it.
        query: see above; it must hold in every dialect.
        public: what the modifiers and the name of a public symbol match, joined by a space.
        constructor: what makes an object of a class, `=` where it has the name of the class.
        exporting: whether only what the file exports is public.
        flat: whether an imported package is known by the last part of its path.
        joints: what stands between the parts of a name, as a regular expression.
        keyword: what follows a name that is passed along with its value.
        positional: whether arguments are told apart by their place only.
    """

    dialects: tuple[tuple[str, str], ...]
    query: str = field(repr=False)
    public_pattern: str = ""
    constructor: str = "="
    has_exports: bool = False
    has_flat_packages: bool = False
    separators: str = r"\."
    keyword_suffix: str = ""
    is_positional: bool = False

    @cached_property
    def public_regex(self) -> re.Pattern[str]:
        return re.compile(self.public_pattern)

    def parse(self, data: bytes, spans: Sequence[Span] | None = None) -> ParsedSource:
        """The syntax of a file, or of these spans of it; offsets are the file's."""
        # Rows and columns are not read here, so each range may claim the origin.
        ranges = None if spans is None else [Range(Point(0, 0), Point(0, 0), a, b) for a, b in spans if a < b]
        first: ParsedSource | None = None
        for wheel, function in self.dialects:
            grammar = _grammar(wheel, function)
            parser = Parser(grammar) if ranges is None else Parser(grammar, included_ranges=ranges)
            reading = ParsedSource(data, parser.parse(data), _query(wheel, function, self.query))
            if not reading.has_error:
                return reading
            first = first or reading
        assert first is not None  # noqa: S101 - a grammar has a dialect
        return first


@dataclass(frozen=True)
class ParsedSource:
    """A text's tree and what the query finds in it."""

    data: bytes
    tree: Tree
    query: Query

    @property
    def has_error(self) -> bool:
        return self.tree.root_node.has_error

    @cached_property
    def matches(self) -> list[Captures]:
        """What each match captured, by the names of the captures."""
        return [captures for _, captures in QueryCursor(self.query).matches(self.tree.root_node)]

    def text(self, node: Node) -> str:
        """A node's source text; undecodable bytes become U+FFFD."""
        return self.data[node.start_byte : node.end_byte].decode(errors="replace")

    def first(self, captures: Captures, name: str) -> str | None:
        """The text of the first node captured under a name."""
        nodes = captures.get(name)
        return self.text(nodes[0]) if nodes else None

    @cached_property
    def non_code_spans(self) -> list[Span]:
        """Where comments and strings stand, in order."""
        nodes = [n for c in self.matches for k in ("comment", "string") for n in c.get(k, ())]
        return sorted((n.start_byte, n.end_byte) for n in nodes)


@cache
def _grammar(wheel: str, function: str) -> Language:
    return Language(getattr(import_module(wheel), function)())


@cache
def _query(wheel: str, function: str, query: str) -> Query:
    return Query(_grammar(wheel, function), query)


def blank_out(data: bytes, spans: Sequence[Span]) -> bytes:
    """The text with spaces in place of the spans."""
    out = bytearray(data)
    for start, end in spans:
        out[start:end] = b" " * (end - start)
    return bytes(out)
