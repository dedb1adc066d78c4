"""A passage of a file: what is embedded, found and cited."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.domain.search import ContentKind

"""What a file is to who searches: prose, program, what tries the program or shows it, and what tells of the past."""

EMBEDDED_KINDS: frozenset[ContentKind] = frozenset(["doc", "code"])
"""What is found by its meaning, too. Tests and histories are half of most repositories, and repeat the words of what
they try and tell: by their words they are found as well, for half of the work."""

MAX_TOKENS = 240
"""Tokens of a chunk: the embedded model reads 256, and no more of them found more."""

_PIECES = re.compile(r"[A-Za-z]+|\d|[^\w\s]|[^\W\dA-Za-z]")
_LETTERS_PER_TOKEN = 6
"""Letters of a token; a longer word is cut into several."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Lines of one section or symbol; a long one is cut into several chunks, which share their unit.

    Args:
        kind: of its file.
        title: the headings that lead to it, or the symbol's name within its file; empty where there is none.
        start_line: counted from 1, as in the file.
        end_line: inclusive.
        unit: the lines of the whole section or symbol.
        text: as it stands in the file.
        about: what the code says of itself: signature and documentation of the symbol.
        names: what is defined here, as written.
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
    """About how many tokens a text is to an embedder."""
    return sum(1 + (len(piece) - 1) // _LETTERS_PER_TOKEN for piece in _PIECES.findall(text))


def line_ranges(lines: list[str], max_tokens: int = MAX_TOKENS) -> list[tuple[int, int]]:
    """Cuts lines into runs within a budget of tokens, by preference at a blank line; first and after the last.

    A single line over the budget stays whole.
    """
    costs = [count_tokens(line) for line in lines]
    cut: list[tuple[int, int]] = []
    start = spent = 0
    for at, cost in enumerate(costs):
        if spent + cost > max_tokens and at > start:
            end = _break_point(lines, start, at)
            cut.append((start, end))
            start, spent = end, sum(costs[end:at])
        spent += cost
    return [*cut, (start, len(lines))] if start < len(lines) else cut


def _break_point(lines: list[str], start: int, end: int) -> int:
    """The line after the last blank one in the second half of a run; else its end."""
    half = (start + end) // 2
    return next((at + 1 for at in range(end - 1, half, -1) if not lines[at].strip()), end)


def trim_blank_lines(lines: list[str], start: int, end: int) -> tuple[int, int]:
    """The range without the blank lines at its ends; `start` is `end` where nothing else is in it."""
    while start < end and not lines[start].strip():
        start += 1
    while end > start and not lines[end - 1].strip():
        end -= 1
    return start, end
