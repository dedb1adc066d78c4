"""A programming language described by its tree-sitter grammar and one query over it.

The query describes the language through the names of its captures. For its syntax, see
https://tree-sitter.github.io/tree-sitter/using-parsers/queries/. Each pattern captures one of these:

- a definition: the node as `@function`, `@class`, `@interface` (a class whose members are all public), `@constant`
  or `@attribute`, its `@name`, and optionally `@owner`, `@modifiers`, `@parameters`, `@returns` and `@value`.
  Definitions inside a class are its members; `@base` is the name of a base class;
- `@scope`: a block whose definitions are members of its `@owner` (an `impl` block); `@hidden`: a block whose
  definitions are ignored;
- `@public`: captured together with a definition that is public without a modifier;
- `@access`: replaces the modifiers of the members after it (`private:`) or, captured together with a class, of all
  its members;
- a parameter: the node as `@parameter`, and `@parameter.name`, `.type`, `.default`, `.rest`, `.keyword`;
- an import: `@source`, and `@name`, `@local` or `@star`; `@module` if the imported module itself gets a name;
  `@reexport` if the file exports the imported name (`export … from`, `pub use`);
- `@export`: an exported name; `@comment` and `@string`: spans that are not code;
- `@variable`: a local variable of an example; `@variable.class`: the class of its value.
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
    """The grammar of a language, and the query that describes it.

    Args:
        dialects: package and function of each grammar; the first that parses a text without errors is used.
        query: see the module's docstring; must be valid in every dialect.
        public_pattern: matches the modifiers and the name of a public symbol, joined by a space.
        constructor: the name of constructors; `=` if they are named like the class.
        has_exports: whether only exported symbols are public.
        has_flat_packages: whether code refers to an imported package by the last part of its path.
        separators: matches the separator between the parts of a dotted name.
        keyword_suffix: matches the text between the name and the value of a keyword argument.
        is_positional: whether all arguments are positional.
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
        """Parse a file, or only the given spans of it; offsets are those of the file."""
        # Only byte offsets are used, so the points of a range may all be the origin.
        ranges = None if spans is None else [Range(Point(0, 0), Point(0, 0), a, b) for a, b in spans if a < b]
        first: ParsedSource | None = None
        for wheel, function in self.dialects:
            grammar = _grammar(wheel, function)
            parser = Parser(grammar) if ranges is None else Parser(grammar, included_ranges=ranges)
            parsed = ParsedSource(data, parser.parse(data), _query(wheel, function, self.query))
            if not parsed.has_error:
                return parsed
            first = first or parsed
        assert first is not None  # noqa: S101 - a grammar has a dialect
        return first


@dataclass(frozen=True)
class ParsedSource:
    """The syntax tree of a text, and the matches of the query."""

    data: bytes
    tree: Tree
    query: Query

    @property
    def has_error(self) -> bool:
        return self.tree.root_node.has_error

    @cached_property
    def matches(self) -> list[Captures]:
        """The captures of each match, by name."""
        return [captures for _, captures in QueryCursor(self.query).matches(self.tree.root_node)]

    def text(self, node: Node) -> str:
        """Return the source text of a node; undecodable bytes become U+FFFD."""
        return self.data[node.start_byte : node.end_byte].decode(errors="replace")

    def first(self, captures: Captures, name: str) -> str | None:
        """Return the text of the first node captured under a name."""
        nodes = captures.get(name)
        return self.text(nodes[0]) if nodes else None

    @cached_property
    def non_code_spans(self) -> list[Span]:
        """The spans of comments and strings, in order."""
        nodes = [n for c in self.matches for k in ("comment", "string") for n in c.get(k, ())]
        return sorted((n.start_byte, n.end_byte) for n in nodes)


@cache
def _grammar(wheel: str, function: str) -> Language:
    return Language(getattr(import_module(wheel), function)())


@cache
def _query(wheel: str, function: str, query: str) -> Query:
    return Query(_grammar(wheel, function), query)


def blank_out(data: bytes, spans: Sequence[Span]) -> bytes:
    """Return the text with the spans replaced by spaces."""
    out = bytearray(data)
    for start, end in spans:
        out[start:end] = b" " * (end - start)
    return bytes(out)
