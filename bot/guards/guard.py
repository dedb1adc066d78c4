"""What a guard is: a line whose removal opens a door. Pure; a guard sees the old and the new lines of one file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bot.domain.findings import Hit


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines that go and lines that come in their place; `old_start`, `new_start` count from 0 into the file's lines."""

    old_start: int
    old: tuple[str, ...]
    new_start: int
    new: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Edited:
    """A source file before and after; `moved` are the lines, without blanks, that the whole change adds elsewhere."""

    path: str
    before: Sequence[str]
    after: Sequence[str]
    hunks: tuple[Hunk, ...]
    moved: frozenset[str]


@dataclass(frozen=True, slots=True)
class GuardExample:
    """A file before and after, and the lines (of the file after) beside which it speaks."""

    title: str
    path: str
    before: str
    after: str
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Guard:
    """A rule on removed lines.

    Args:
        name: kebab-case; the findings' rule is `guards/<name>`.
        look: yields what the change of one file takes away, each placed on a line of the file after it.
    """

    name: str
    look: Callable[[Edited], Iterator[Hit]]
    examples: tuple[GuardExample, ...] = ()
