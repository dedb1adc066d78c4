"""The guard record: a rule that detects removed security checks from the old and new lines of one file. Pure."""

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
    """Removed lines and the lines that replace them; `old_start` and `new_start` are line indexes from 0."""

    old_start: int
    old: tuple[str, ...]
    new_start: int
    new: tuple[str, ...]


@dataclass(frozen=True)
class SourceDiff:
    """A source file before and after a change, without comments (line numbers kept).

    Args:
        elsewhere: lines that the change adds to other files, without comments.
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
        """Return whether the lines are removed, not moved elsewhere."""
        return any(without_whitespace(line) for line in lines) and all(
            self._balance[without_whitespace(x)] > 0 for x in lines if len(without_whitespace(x)) > 1
        )

    def has_fewer(self, pattern: re.Pattern[str]) -> bool:
        """Return whether the whole change removes more matches of a pattern than it adds."""
        removed = _count_matches(pattern, (line for hunk in self.hunks for line in hunk.old))
        added = _count_matches(pattern, (line for hunk in self.hunks for line in hunk.new))
        return removed > added + _count_matches(pattern, self.elsewhere)

    def scope_remains(self, at: int) -> bool:
        """Return whether all definitions around an old line still exist."""
        return all(
            name in self._definitions and self._definition_remains(line, name)
            for line, name in enclosing_definitions(self.before, at)
        )

    def defines(self, name: str | None) -> bool:
        """Return whether the new version of the file defines a name."""
        return name in self._definitions

    def _definition_remains(self, line: int, name: str) -> bool:
        """Return whether a definition is unchanged or rewritten in place."""
        hunk = next((h for h in self.hunks if h.old_start <= line < h.old_start + len(h.old)), None)
        return hunk is None or any(definition_name(new) == name for new in hunk.new)


@dataclass(frozen=True, slots=True)
class GuardExample:
    """A file before and after a change, and the lines (after it) of the expected hits; empty for none."""

    title: str
    path: str
    before: str
    after: str
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Guard:
    """A rule about removed lines.

    Args:
        name: kebab-case; the rule of its findings is `guards/<name>`.
        detect: yields a hit for each check that the change of one file removes, on a line of the new version.
    """

    name: str
    detect: Callable[[SourceDiff], Iterator[Hit]]
    examples: tuple[GuardExample, ...] = ()


def without_whitespace(line: str) -> str:
    """Remove all whitespace from a line, for comparisons."""
    return "".join(line.split())


def locate_hit(diff: SourceDiff, hunk: CodeHunk, line: int | None = None) -> int:
    """Return the line, from 1, for a hit in a hunk: the given line (an index), or the first after the deletion."""
    return min(max(1, len(diff.after)), (hunk.new_start if line is None else line) + 1)


def _count_matches(pattern: re.Pattern[str], lines: Iterator[str] | Sequence[str]) -> int:
    return sum(len(pattern.findall(line)) for line in lines)
