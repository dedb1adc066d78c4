"""The calls of a file with their arguments: nearly every framework declares by calling."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tree_sitter import Node

from bot.languages.grammar import Grammar, ParsedSource
from bot.languages.language import Span

_CALL = "({} function: (_) @callee arguments: ({}) @arguments) @call"
PYTHON = Grammar((("tree_sitter_python", "language"),), _CALL.format("call", "argument_list"))
GO = Grammar((("tree_sitter_go", "language"),), _CALL.format("call_expression", "argument_list"))
JAVASCRIPT = Grammar(
    (
        ("tree_sitter_typescript", "language_typescript"),
        ("tree_sitter_typescript", "language_tsx"),
        ("tree_sitter_javascript", "language"),
    ),
    _CALL.format("call_expression", "arguments")
    + "(new_expression constructor: (_) @callee arguments: (arguments) @arguments) @call",
)
RUST = Grammar(
    (("tree_sitter_rust", "language"),),
    _CALL.format("call_expression", "arguments")
    + "(attribute_item (attribute . (_) @callee arguments: (token_tree) @arguments)) @call",
)
JAVASCRIPT_SUFFIXES = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx")

_CALLEE = re.compile(r"(?s:(?P<owner>.*?)(?:\.|::|\?\.)?)(?P<name>\w+)\s*(?:::)?(?:<[^<>]*>)?")
_STRING = re.compile(
    r"""(?:[rbu]|c)?(?P<quote>\"{3}|'{3}|["'`])(?P<text>.*)(?P=quote)(?:\.to_string\(\)|\.into\(\))?""", re.S
)
_PLAIN = re.compile(r"[+-]?\d[\d_]*(?:\.\d+)?|True|False|true|false")
_WORD = re.compile(r"[^\W\d]\w*")
_FIELDS = ("pair", "keyed_element")


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument as written: `text` is its value, `keyword` its name if it has one, `fields` those of an object."""

    text: str
    keyword: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """A call or an attribute: `owner.name(arguments)` at bytes `span`; lines count from 1."""

    name: str
    owner: str
    arguments: tuple[Argument, ...]
    span: Span
    line: int

    @property
    def positional(self) -> list[str]:
        return [a.text for a in self.arguments if not a.keyword]

    def argument(self, keyword: str) -> str | None:
        """The text that is passed by a keyword, or as a field of an object."""
        found = (a.text if a.keyword == keyword else a.fields.get(keyword) for a in self.arguments)
        return next((text for text in found if text is not None), None)


def calls(grammar: Grammar, data: bytes) -> Iterator[Call]:
    """Every call of a file, in order of their end."""
    reading = grammar.parse(data)
    for captures in reading.matches:
        callee, arguments, call = (captures[name][0] for name in ("callee", "arguments", "call"))
        named = _CALLEE.fullmatch(reading.text(callee))
        if named:
            yield Call(
                named["name"], named["owner"], tuple(_arguments(reading, arguments)),
                (call.start_byte, call.end_byte), data.count(b"\n", 0, _name_at(callee)) + 1,
            )  # fmt: skip


def _name_at(callee: Node) -> int:
    """Where the last name of a callee stands: in a chain of calls that is lines below its beginning."""
    return callee.named_children[-1].start_byte if callee.named_children else callee.start_byte


def _arguments(reading: ParsedSource, node: Node) -> Iterator[Argument]:
    if node.type == "token_tree":
        yield from _tokens(reading, node)
        return
    for child in node.named_children:
        if child.type == "keyword_argument":
            name, value = child.child_by_field_name("name"), child.child_by_field_name("value")
            if name is not None and value is not None:
                yield Argument(reading.text(value), reading.text(name))
        elif "comment" not in child.type:
            yield Argument(reading.text(child), fields=dict(_fields(reading, child)))


def _fields(reading: ParsedSource, node: Node) -> Iterator[tuple[str, str]]:
    for child in node.named_children if node.type == "object" else ():
        key, value = child.child_by_field_name("key"), child.child_by_field_name("value")
        if key is not None and value is not None:
            yield reading.text(key).strip("\"'"), reading.text(value)


def _tokens(reading: ParsedSource, node: Node) -> Iterator[Argument]:
    """The arguments of a Rust attribute, which its grammar leaves apart: `long, default_value = "a"`."""
    parts: list[list[Node]] = [[]]
    for child in node.children[1:-1]:
        if reading.text(child) == ",":
            parts.append([])
        else:
            parts[-1].append(child)
    for part in parts:
        if len(part) > 2 and reading.text(part[1]) == "=":
            text = reading.data[part[2].start_byte : part[-1].end_byte].decode(errors="replace")
            yield Argument(text, reading.text(part[0]))
        elif part:
            yield Argument(reading.data[part[0].start_byte : part[-1].end_byte].decode(errors="replace"))


def literal(text: str | None, data: bytes = b"") -> str | None:
    """The plain value that a source text stands for, strings without quotes; None for anything computed.

    A name stands for the constant of that name, where `data` sets it once to such a value.
    """
    if text is None:
        return None
    string = _STRING.fullmatch(text)
    if string:
        inside = string["text"]
        computed = string["quote"] in inside or "\\" in inside or (string["quote"] == "`" and "${" in inside)
        return None if computed or not inside else inside
    if _PLAIN.fullmatch(text):
        return text
    if data and _WORD.fullmatch(text) and text not in ("None", "null", "nil", "undefined"):
        set_to = re.findall(
            rb"^[\w \t]*\b%b\b[ \t]*(?::[^=\n]+)?=(?!=)[ \t]*([^\n]+?);?[ \t]*$" % text.encode(), data, re.M
        )
        return literal(set_to[0].decode(errors="replace")) if len(set_to) == 1 else None
    return None


def option_default(text: str | None, data: bytes) -> str | None:
    """The plain value that an option begins with; None for a switch, whose default is no value that docs state."""
    value = literal(text, data)
    return None if value in ("true", "false") else value


def help_words(text: str | None) -> str:
    """A help text for comparison: its words; empty for none."""
    return " ".join(re.findall(r"\w+", text or "")[:12])
