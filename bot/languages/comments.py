"""Doc comments of languages that are described by a grammar: which comment is about which symbol.

A comment documents what stands right below it; between the two may stand attributes and the words that lead a
definition, but no empty line and no other code.
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
"""Bytes between a comment and its symbol; no attributes are longer."""
_STAR = re.compile(rb"[ \t]*\*(?!/)")


@dataclass(frozen=True, slots=True)
class CommentSyntax:
    """How a language writes doc comments.

    Args:
        marks: how one begins: a block up to `*/` where it is `/**` or `/*!`, else each of its lines.
        fields: how they list parameters.
    """

    marks: tuple[bytes, ...]
    fields: tuple[FieldStyle, ...] = ()

    def mark(self, text: bytes) -> bytes | None:
        """What a comment begins with, where it is a doc comment; a longer row of signs draws a line."""
        found = next((m for m in self.marks if text.startswith(m)), None)
        after = text[len(found) : len(found) + 1] if found is not None else b""
        return None if found is None or after == found[-1:] or (after == b"/" and found[-1:] == b"*") else found


NO_COMMENTS = CommentSyntax(())


def doc_comments(grammar: Grammar, comments: CommentSyntax, data: bytes) -> tuple[DocComment, ...]:
    """The doc comments of a file that are about its symbols, in order."""
    reading = grammar.parse(data)
    found = list(_blocks(reading, comments))
    return tuple(_attach(found, sorted(symbol_offsets(grammar, reading)), data))


def _attach(
    found: list[tuple[Span, tuple[Span, ...]]], symbols: list[tuple[int, str]], data: bytes
) -> Iterator[DocComment]:
    """Each comment with the first symbol below it, where nothing else lies between."""
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


def _blocks(reading: ParsedSource, comments: CommentSyntax) -> Iterator[tuple[Span, tuple[Span, ...]]]:
    """The span and the lines of each doc comment: a block, or lines that follow each other."""
    nodes = sorted((n for c in reading.matches for n in c.get("comment", ())), key=lambda n: n.start_byte)
    marked = [(n, mark) for n in nodes if (mark := comments.mark(_text(reading, n))) and _starts_line(reading, n)]
    for _, group in groupby(enumerate(marked), key=lambda row: _group_key(row[0], *row[1])):
        run = [pair for _, pair in group]
        node, mark = run[0]
        lines = tuple(_lines(reading.data, node, mark)) if b"*" in mark else tuple(_line(reading.data, *p) for p in run)
        yield (node.start_byte, lines[-1][1] if b"*" not in mark else node.end_byte), lines


def _text(reading: ParsedSource, node: Node) -> bytes:
    return reading.data[node.start_byte : node.end_byte]


def _starts_line(reading: ParsedSource, node: Node) -> bool:
    """Whether nothing stands before a comment; else it is about what does."""
    start = reading.data.rfind(b"\n", 0, node.start_byte) + 1
    return not reading.data[start : node.start_byte].strip()


def _group_key(number: int, node: Node, mark: bytes) -> tuple[bool, int, int]:
    """Equal for comments on lines that follow each other, from the same column; each block stands alone."""
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
    """The spans of a file's tokens in order, comments among them."""
    return leaves(grammar.parse(data).tree.root_node)


def leaves(root: Node) -> tuple[Span, ...]:
    """The spans of the nodes that hold no others, in order."""
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
