"""Strip comments from code of any language and split it into tokens, without a grammar."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

MAX_LINE_CHARS = 2_000
"""The rest of a longer line is ignored."""
MAX_TOKEN_PAIRS = 60_000
"""Pairs of equal tokens, old and new; above this limit, two runs are not compared."""
MAX_TOKENS = 1_200
"""Tokens of one side of a hunk; a larger hunk counts as a rewrite and is not compared."""

_STRING = r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`"""
_HASH_COMMENT = re.compile(rf"(?P<keep>{_STRING})|\#.*")
_SLASH_COMMENT = re.compile(
    rf"(?P<keep>{_STRING}|(?<=[(=,:;!&|?])\s*/(?![/*])(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\\[])+/)|//.*|/\*.*?\*/|/\*"
)
_TOKEN = re.compile(
    rf"""[a-zA-Z]{{0,2}}(?:{_STRING})|[A-Za-z_$@][\w$]*[!?]?(?![\w$=])|[A-Za-z_$@][\w$]*|\d[\w.]*"""
    r"""|===|!==|==|!=|<=|>=|=>|->|&&|\|\||::|\?\.|\*\*|[^\s\w]"""
)
_HASH_COMMENT_SUFFIXES = (".py", ".pyx", ".rb", ".ex", ".exs", ".sh", ".pl", ".yml", ".yaml", ".toml")


@dataclass(frozen=True, slots=True)
class Token:
    """An identifier, string, number or operator, and its line, from 0."""

    text: str
    line: int


def strip_comments(lines: Sequence[str], path: str) -> tuple[str, ...]:
    """Return the lines of a file without comments and triple-quoted strings; keeps the number of lines."""
    hashed = path.endswith(_HASH_COMMENT_SUFFIXES)
    literal = _HASH_COMMENT if hashed else _SLASH_COMMENT
    out, closing = [], ""
    for whole in lines:
        rest, line = "", whole[:MAX_LINE_CHARS]
        while line:
            if closing:
                _, found, line = line.partition(closing)
                closing = "" if found else closing
                continue
            opening = _opening(line, literal)
            if opening is None:
                rest += literal.sub(_without_comment, line)
                break
            rest += literal.sub(_without_comment, line[: opening[0]])
            closing, line = opening[1], line[opening[0] + len(opening[2]) :]
        out.append(rest.rstrip())
    return tuple(out)


def _opening(line: str, literal: re.Pattern[str]) -> tuple[int, str, str] | None:
    """Return the start, the terminator and the opening mark of a triple-quoted string or block comment."""
    for match in literal.finditer(line):
        mark = match[0]
        if mark in ('""', "''") and line.startswith(mark[0] * 3, match.start()):
            return match.start(), mark[0] * 3, mark[0] * 3
        if mark == "/*":
            return match.start(), "*/", mark
    return None


def _without_comment(match: re.Match[str]) -> str:
    return match["keep"] or ""


def tokens(lines: Sequence[str]) -> list[Token]:
    """Split lines into tokens; return an empty list above `MAX_TOKENS`."""
    found: list[Token] = []
    for number, line in enumerate(lines):
        found += [Token(m[0], number) for m in _TOKEN.finditer(line)]
        if len(found) > MAX_TOKENS:
            return []
    return found


def matching_tokens(old: Sequence[Token], new: Sequence[Token]) -> dict[int, int]:
    """Map indexes of old tokens to indexes of equal new tokens, in order."""
    was, now = [t.text for t in old], [t.text for t in new]
    counts = Counter(now)
    if sum(count * counts[text] for text, count in Counter(was).items()) > MAX_TOKEN_PAIRS:
        return {}
    blocks = SequenceMatcher(None, was, now, autojunk=False).get_matching_blocks()
    return {a + n: b + n for a, b, size in blocks for n in range(size)}


def closing_bracket(run: Sequence[Token], at: int) -> int | None:
    """Return the index of the bracket that closes the one at a token."""
    depth = 0
    for number in range(at, len(run)):
        depth += (run[number].text in "([{") - (run[number].text in ")]}")
        if depth == 0:
            return number
    return None


def partition_tokens(run: Sequence[Token], *signs: str) -> list[list[Token]]:
    """Split a run at operators outside brackets."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in run:
        depth += (token.text in "([{") - (token.text in ")]}")
        if depth == 0 and token.text in signs:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def subwords(name: str) -> list[str]:
    """Split a name into lower-case words: `isAdmin_user` → is, admin, user."""
    return [w.lower() for w in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)]


def identifiers(run: Sequence[Token]) -> Iterator[str]:
    """Yield the identifiers of a run, without strings and numbers."""
    return (t.text for t in run if (t.text[0].isalpha() and t.text[-1] not in "\"'`") or t.text[0] in "_$@")


def canonical_text(run: Sequence[Token]) -> str:
    """Join tokens with normalised whitespace and quotes, for comparing conditions."""
    return " ".join(t.text.replace("'", '"') for t in run)
