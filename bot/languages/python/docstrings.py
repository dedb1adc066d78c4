"""Python docstrings: https://peps.python.org/pep-0257/"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from bot.languages.comments import leaves
from bot.languages.language import DocComment, Span
from bot.languages.python.outline import definitions
from bot.languages.python.syntax import parse

_QUOTES = re.compile(rb"""[rRuU]?(?P<quotes>\"{3}|'{3}|"|')""")
_CONSTRUCTORS = ("__init__", "__new__")


def docstrings(data: bytes) -> tuple[DocComment, ...]:
    """Return the docstrings of functions and classes; that of a constructor documents its class."""
    root = parse(data).root_node
    found = []
    for symbol in definitions(root):
        body = _body(root.descendant_for_byte_range(*symbol.span), symbol.span)
        span = _docstring(body) if body is not None else None
        if span is not None:
            name = symbol.owner if symbol.owner and symbol.bare in _CONSTRUCTORS else symbol.name
            found.append(DocComment(name, span, tuple(_lines(data, *span))))
    return tuple(sorted(found, key=lambda comment: comment.span))


def _body(node: Node | None, span: Span) -> Node | None:
    """Return the body of the function or class at a span."""
    if node is not None and node.type == "decorated_definition":
        node = node.child_by_field_name("definition")
    elif node is None or (node.start_byte, node.end_byte) != span:
        return None
    is_definition = node is not None and node.type in ("function_definition", "class_definition")
    return node.child_by_field_name("body") if node is not None and is_definition else None


def _docstring(body: Node) -> Span | None:
    first = next((n for n in body.named_children if n.type != "comment"), None)
    inner = first.named_children if first is not None and first.type == "expression_statement" else []
    if len(inner) != 1 or inner[0].type != "string" or any(n.type == "interpolation" for n in inner[0].children):
        return None
    return inner[0].start_byte, inner[0].end_byte


def _lines(data: bytes, start: int, end: int) -> Iterator[Span]:
    """Yield the lines between the quotes, without line ends."""
    quotes = _QUOTES.match(data, start, end)
    if quotes is None:
        return
    at, stop = quotes.end(), end - len(quotes["quotes"])
    while at <= stop:
        found = data.find(b"\n", at, stop)
        line = stop if found < 0 else found
        yield at, line - data.endswith(b"\r", at, line)
        if found < 0:
            break
        at = line + 1


def tokens(data: bytes) -> tuple[Span, ...]:
    """Return the spans of a file's tokens in order, comments and docstrings included."""
    return leaves(parse(data).root_node)
