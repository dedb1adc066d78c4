"""Chunks: the passages of a file that are embedded, found and cited."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.domain.search import ContentKind

EMBEDDED_KINDS: frozenset[ContentKind] = frozenset(["doc", "code"])
"""The kinds that are embedded.

Tests and histories are half of most repositories and repeat the words of the code and changes they cover, so lexical
search finds them as well, for half the work.
"""

MAX_TOKENS = 240
"""Maximum number of tokens of a chunk: the embedded model reads 256, and larger chunks did not find more."""

_PIECES = re.compile(r"[A-Za-z]+|\d|[^\w\s]|[^\W\dA-Za-z]")
_LETTERS_PER_TOKEN = 6
"""Estimated letters per token; a longer word counts as several tokens."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Lines of one section or symbol. A long one is split into several chunks with the same unit.

    Args:
        kind: of the file.
        title: the headings that lead to the section, or the symbol's qualified name; empty if there is none.
        start_line: line in the file, counted from 1.
        end_line: line in the file, inclusive.
        unit: first and last line of the whole section or symbol.
        text: verbatim text.
        about: signature and documentation of the symbol.
        names: names that the chunk defines, as written.
    """

    kind: ContentKind
    title: tuple[str, ...]
    start_line: int
    end_line: int
    unit: tuple[int, int]
    text: str
    about: str = ""
    names: tuple[str, ...] = ()

    @property
    def is_program(self) -> bool:
        return self.kind in ("code", "test")


def count_tokens(text: str) -> int:
    """Estimate the number of tokens of a text for an embedder."""
    return sum(1 + (len(piece) - 1) // _LETTERS_PER_TOKEN for piece in _PIECES.findall(text))


def line_ranges(lines: list[str], max_tokens: int = MAX_TOKENS) -> list[tuple[int, int]]:
    """Split lines into ranges (start, end exclusive) within a token budget, preferably at blank lines.

    A single line over the budget is not split.
    """
    costs = [count_tokens(line) for line in lines]
    ranges: list[tuple[int, int]] = []
    start = spent = 0
    for at, cost in enumerate(costs):
        if spent + cost > max_tokens and at > start:
            end = _break_point(lines, start, at)
            ranges.append((start, end))
            start, spent = end, sum(costs[end:at])
        spent += cost
    return [*ranges, (start, len(lines))] if start < len(lines) else ranges


def _break_point(lines: list[str], start: int, end: int) -> int:
    """Return the line after the last blank line in the second half of a range, or the end of the range."""
    half = (start + end) // 2
    return next((at + 1 for at in range(end - 1, half, -1) if not lines[at].strip()), end)


def trim_blank_lines(lines: list[str], start: int, end: int) -> tuple[int, int]:
    """Remove the blank lines at both ends of a range; if all lines are blank, `start` equals `end`."""
    while start < end and not lines[start].strip():
        start += 1
    while end > start and not lines[end - 1].strip():
        end -= 1
    return start, end
