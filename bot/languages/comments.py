"""Doc comments of grammar-based languages, each with the symbol that it documents.

A comment documents the definition right below it. Attributes and modifiers may come between the two, but no blank line
and no other code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from tree_sitter import Node

from bot.languages.definitions import symbol_offsets
from bot.languages.grammar import Grammar, ParsedSource
from bot.languages.language import DocComment, FieldStyle, Span

_LEAD = re.compile(
    rb"[ \t]*\r?\n(?:[ \t]*(?:#?\[[^\n]*\]|@[^\n]*|template\s*<[^\n]*>)[ \t]*\r?\n)*"
    rb"[ \t]*(?:@?[\w:.]+(?:\([^()\n]*\))?[ \t*&]+)*\Z"
)
_MAX_GAP_BYTES = 2_000
"""Maximum distance between a comment and its symbol, in bytes; generous for any attributes in between."""
_STAR = re.compile(rb"[ \t]*\*(?!/)")


@dataclass(frozen=True, slots=True)
class CommentSyntax:
    """The doc comment syntax of a language.

    Args:
        marks: comment openers: `/**` and `/*!` open a block up to `*/`, any other mark a single line.
        fields: the styles of parameter lists.
    """

    marks: tuple[bytes, ...]
    fields: tuple[FieldStyle, ...] = ()

    def mark(self, text: bytes) -> bytes | None:
        """Return the mark of a doc comment; None for any other comment, such as a ruler of repeated signs."""
        found = next((m for m in self.marks if text.startswith(m)), None)
        after = text[len(found) : len(found) + 1] if found is not None else b""
        return None if found is None or after == found[-1:] or (after == b"/" and found[-1:] == b"*") else found


NO_COMMENTS = CommentSyntax(())


def doc_comments(grammar: Grammar, comments: CommentSyntax, data: bytes) -> tuple[DocComment, ...]:
    """Return the doc comments of a file that document a symbol, in order."""
    parsed = grammar.parse(data)
    found = list(_blocks(parsed, comments))
    return tuple(_attach(found, sorted(symbol_offsets(grammar, parsed)), data))


def _attach(
    found: list[tuple[Span, tuple[Span, ...]]], symbols: list[tuple[int, str]], data: bytes
) -> Iterator[DocComment]:
    """Pair each comment with the first symbol below it, unless other code is in between."""
    at = 0
    for span, lines in found:
        while at < len(symbols) and symbols[at][0] < span[1]:
            at += 1
        if (
            at < len(symbols)
            and symbols[at][0] - span[1] < _MAX_GAP_BYTES
            and _LEAD.match(data[span[1] : symbols[at][0]])
        ):
            yield DocComment(symbols[at][1], span, lines)


def _blocks(parsed: ParsedSource, comments: CommentSyntax) -> Iterator[tuple[Span, tuple[Span, ...]]]:
    """Yield the span and the lines of each doc comment: a block, or consecutive line comments."""
    nodes = sorted((n for c in parsed.matches for n in c.get("comment", ())), key=lambda n: n.start_byte)
    marked = [(n, mark) for n in nodes if (mark := comments.mark(_text(parsed, n))) and _starts_line(parsed, n)]
    for _, group in groupby(enumerate(marked), key=lambda row: _group_key(row[0], *row[1])):
        run = [pair for _, pair in group]
        node, mark = run[0]
        lines = tuple(_lines(parsed.data, node, mark)) if b"*" in mark else tuple(_line(parsed.data, *p) for p in run)
        yield (node.start_byte, lines[-1][1] if b"*" not in mark else node.end_byte), lines


def _text(parsed: ParsedSource, node: Node) -> bytes:
    return parsed.data[node.start_byte : node.end_byte]


def _starts_line(parsed: ParsedSource, node: Node) -> bool:
    """Return whether a comment starts its line; a trailing comment documents the code before it."""
    start = parsed.data.rfind(b"\n", 0, node.start_byte) + 1
    return not parsed.data[start : node.start_byte].strip()


def _group_key(number: int, node: Node, mark: bytes) -> tuple[bool, int, int]:
    """Return the same key for line comments on consecutive lines in the same column; a block gets its own."""
    if b"*" in mark:
        return True, node.start_byte, 0
    return False, node.start_point.row - number, node.start_point.column


def _line(data: bytes, node: Node, mark: bytes) -> Span:
    start = node.start_byte + len(mark)
    end = data.find(b"\n", start, node.end_byte)
    end = node.end_byte if end < 0 else end
    return start, end - data.endswith(b"\r", start, end)


def _lines(data: bytes, node: Node, mark: bytes) -> Iterator[Span]:
    at, stop = node.start_byte + len(mark), node.end_byte - 2 * data.endswith(b"*/", node.start_byte, node.end_byte)
    while at <= stop:
        found = data.find(b"\n", at, stop)
        end = stop if found < 0 else found
        yield at, end - data.endswith(b"\r", at, end)
        if found < 0:
            break
        star = _STAR.match(data, end + 1, stop)
        at = star.end() if star else end + 1


def tokens(grammar: Grammar, data: bytes) -> tuple[Span, ...]:
    """Return the spans of a file's tokens in order, comments included."""
    return leaves(grammar.parse(data).tree.root_node)


def leaves(root: Node) -> tuple[Span, ...]:
    """Return the spans of the leaf nodes, in order."""
    found: list[Span] = []
    cursor = root.walk()
    while True:
        if cursor.goto_first_child():
            continue
        node = cursor.node
        if node is not None and node.start_byte < node.end_byte:
            found.append((node.start_byte, node.end_byte))
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return tuple(found)
