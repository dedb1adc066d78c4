"""Tokens of a line in any language: code, strings and comments."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Literal

from bot.agents.impact.words import words
from bot.languages.heuristics import MAX_LINE_CHARS

TokenKind = Literal["code", "string", "comment"]
Token = tuple[TokenKind, str]

_LITERAL = re.compile(
    r"""(?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|(?P<comment>(?<!\S)\#(?![\[!]).*|(?<!:)//.*|/\*.*?\*/)"""
)
_FENCES = re.compile(r'"""|\'\'\'|/\*|\*/')

MAX_PAIRS = 400_000
"""Of words, old times new; beyond it they are compared as sets."""


def block_states(lines: Sequence[str]) -> list[bool]:
    """For each line, whether it begins inside a block comment or a text of three quotes."""
    inside, closing = [], ""
    for line in lines:
        inside.append(bool(closing))
        for match in _FENCES.finditer(line[:MAX_LINE_CHARS]):
            if closing:
                closing = "" if match[0] == closing else closing
            elif match[0] != "*/":
                closing = "*/" if match[0] == "/*" else match[0]
    return inside


def lex_line(line: str, inside: bool) -> Iterator[tuple[TokenKind, str]]:
    """A line cut into code, strings (without quotes) and comments."""
    line = line[:MAX_LINE_CHARS]
    stripped = line.lstrip()
    if inside or stripped.startswith(('"""', "'''", "*", 'r"""', "///")):
        yield "comment", line
        return
    at = 0
    for match in _LITERAL.finditer(line):
        yield "code", line[at : match.start()]
        if match["string"] is not None:
            yield "string", match["string"][1:-1]
        else:
            yield "comment", match[0]
        at = match.end()
    yield "code", line[at:]


def tokenize(lines: Sequence[str], inside: Sequence[bool]) -> list[Token]:
    """The words of lines, in order."""
    return [
        (channel, word)
        for line, held in zip(lines, inside, strict=True)
        for channel, text in lex_line(line, held)
        for word in words(text)
    ]


def diff_tokens(old: Sequence[Token], new: Sequence[Token]) -> tuple[list[Token], list[Token]]:
    """Which words of two runs go, and which come."""
    before, after = [w for _, w in old], [w for _, w in new]
    if len(old) * len(new) > MAX_PAIRS:
        there, here = set(after), set(before)
        return [t for t in old if t[1] not in there], [t for t in new if t[1] not in here]
    gone: list[Token] = []
    come: list[Token] = []
    for tag, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag != "equal":
            gone += old[i:j]
            come += new[k:m]
    return gone, come
