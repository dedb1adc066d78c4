"""What a guard is: a line whose removal opens a door. Pure; a guard sees the old and the new lines of one file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from bot.domain.findings import Hit
from bot.languages.heuristics import definition_name, enclosing_definitions


@dataclass(frozen=True, slots=True)
class CodeHunk:
    """Lines that go and lines that come in their place; `old_start`, `new_start` count from 0 into the file's lines."""

    old_start: int
    old: tuple[str, ...]
    new_start: int
    new: tuple[str, ...]


@dataclass(frozen=True)
class SourceDiff:
    """A source file before and after, without its comments (line for line).

    Args:
        elsewhere: what the change adds to its other files, without comments.
    """

    path: str
    before: Sequence[str]
    after: Sequence[str]
    hunks: tuple[CodeHunk, ...]
    elsewhere: Sequence[str] = ()

    @cached_property
    def _balance(self) -> Counter[str]:
        lines = Counter(without_whitespace(line) for hunk in self.hunks for line in hunk.old)
        lines.subtract(without_whitespace(line) for hunk in self.hunks for line in hunk.new)
        lines.subtract(without_whitespace(line) for line in self.elsewhere)
        return lines

    @cached_property
    def _definitions(self) -> frozenset[str]:
        return frozenset(name for line in self.after if (name := definition_name(line)))

    def is_removed(self, lines: Sequence[str]) -> bool:
        """Whether none of the lines stands elsewhere now: what was moved is no less than it was."""
        return any(without_whitespace(line) for line in lines) and all(
            self._balance[without_whitespace(x)] > 0 for x in lines if len(without_whitespace(x)) > 1
        )

    def has_fewer(self, pattern: re.Pattern[str]) -> bool:
        """Whether the whole change takes away more of a wording than it adds."""
        gone = _count_matches(pattern, (line for hunk in self.hunks for line in hunk.old))
        come = _count_matches(pattern, (line for hunk in self.hunks for line in hunk.new))
        return gone > come + _count_matches(pattern, self.elsewhere)

    def scope_remains(self, at: int) -> bool:
        """Whether the definitions that held an old line are still there: none of them goes with it."""
        return all(
            name in self._definitions and self._definition_remains(line, name)
            for line, name in enclosing_definitions(self.before, at)
        )

    def defines(self, name: str | None) -> bool:
        """Whether the file after defines a name."""
        return name in self._definitions

    def _definition_remains(self, line: int, name: str) -> bool:
        """Whether a definition was left as it is, or written anew in its place."""
        hunk = next((h for h in self.hunks if h.old_start <= line < h.old_start + len(h.old)), None)
        return hunk is None or any(definition_name(new) == name for new in hunk.new)


@dataclass(frozen=True, slots=True)
class GuardExample:
    """A file before and after, and the lines (of the file after) beside which it speaks; none: it is silent."""

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
    detect: Callable[[SourceDiff], Iterator[Hit]]
    examples: tuple[GuardExample, ...] = ()


def without_whitespace(line: str) -> str:
    """A line without blanks: what it is compared by."""
    return "".join(line.split())


def locate_hit(diff: SourceDiff, hunk: CodeHunk, line: int | None = None) -> int:
    """Where one speaks of a hunk, from 1: on a line that came, else on the one after the deletion."""
    return min(max(1, len(diff.after)), (hunk.new_start if line is None else line) + 1)


def _count_matches(pattern: re.Pattern[str], lines: Iterator[str] | Sequence[str]) -> int:
    return sum(len(pattern.findall(line)) for line in lines)
