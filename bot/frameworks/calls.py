"""Calls of a file with their arguments, which nearly every framework uses for declarations."""

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
    """An argument as source text: its value, its keyword if any, and the fields of an object literal."""

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
        """Return the source text of a keyword argument or of a field of an object argument."""
        found = (a.text if a.keyword == keyword else a.fields.get(keyword) for a in self.arguments)
        return next((text for text in found if text is not None), None)


def calls(grammar: Grammar, data: bytes) -> Iterator[Call]:
    """Yield all calls of a file, ordered by where they end."""
    parsed = grammar.parse(data)
    for captures in parsed.matches:
        callee, arguments, call = (captures[name][0] for name in ("callee", "arguments", "call"))
        match = _CALLEE.fullmatch(parsed.text(callee))
        if match:
            yield Call(
                match["name"], match["owner"], tuple(_arguments(parsed, arguments)),
                (call.start_byte, call.end_byte), data.count(b"\n", 0, _name_at(callee)) + 1,
            )  # fmt: skip


def _name_at(callee: Node) -> int:
    """Return the offset of the last name of a callee. In a chain of calls, it may be lines below the start."""
    return callee.named_children[-1].start_byte if callee.named_children else callee.start_byte


def _arguments(parsed: ParsedSource, node: Node) -> Iterator[Argument]:
    if node.type == "token_tree":
        yield from _tokens(parsed, node)
        return
    for child in node.named_children:
        if child.type == "keyword_argument":
            name, value = child.child_by_field_name("name"), child.child_by_field_name("value")
            if name is not None and value is not None:
                yield Argument(parsed.text(value), parsed.text(name))
        elif "comment" not in child.type:
            yield Argument(parsed.text(child), fields=dict(_fields(parsed, child)))


def _fields(parsed: ParsedSource, node: Node) -> Iterator[tuple[str, str]]:
    for child in node.named_children if node.type == "object" else ():
        key, value = child.child_by_field_name("key"), child.child_by_field_name("value")
        if key is not None and value is not None:
            yield parsed.text(key).strip("\"'"), parsed.text(value)


def _tokens(parsed: ParsedSource, node: Node) -> Iterator[Argument]:
    """Yield the arguments of a Rust attribute, `long, default_value = "a"`, which the grammar leaves as tokens."""
    parts: list[list[Node]] = [[]]
    for child in node.children[1:-1]:
        if parsed.text(child) == ",":
            parts.append([])
        else:
            parts[-1].append(child)
    for part in parts:
        if len(part) > 2 and parsed.text(part[1]) == "=":
            text = parsed.data[part[2].start_byte : part[-1].end_byte].decode(errors="replace")
            yield Argument(text, parsed.text(part[0]))
        elif part:
            yield Argument(parsed.data[part[0].start_byte : part[-1].end_byte].decode(errors="replace"))


def literal(text: str | None, data: bytes = b"") -> str | None:
    """Return the value of a literal, strings without quotes; None for any other expression.

    A name is resolved if `data` assigns it exactly once, and to a literal.
    """
    if text is None:
        return None
    string = _STRING.fullmatch(text)
    if string:
        content = string["text"]
        is_computed = string["quote"] in content or "\\" in content or (string["quote"] == "`" and "${" in content)
        return None if is_computed or not content else content
    if _PLAIN.fullmatch(text):
        return text
    if data and _WORD.fullmatch(text) and text not in ("None", "null", "nil", "undefined"):
        values = re.findall(
            rb"^[\w \t]*\b%b\b[ \t]*(?::[^=\n]+)?=(?!=)[ \t]*([^\n]+?);?[ \t]*$" % text.encode(), data, re.M
        )
        return literal(values[0].decode(errors="replace")) if len(values) == 1 else None
    return None


def option_default(text: str | None, data: bytes) -> str | None:
    """Return the literal default of an option; None for a switch, as docs do not state its default."""
    value = literal(text, data)
    return None if value in ("true", "false") else value


def help_words(text: str | None) -> str:
    """Return the first twelve words of a help text, for comparison; empty if there is none."""
    return " ".join(re.findall(r"\w+", text or "")[:12])
