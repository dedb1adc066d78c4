"""Match hits at head with hits at base to find those that a change introduces."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from bot.agents.security_review.changed_lines import ChangedFile, ChangedFiles, without_whitespace
from bot.domain import Finding, Hit, Level

HitsByPath = Mapping[str, Sequence[Hit]]
"""Scanner hits by path."""

MatchKey = tuple[str, str]
"""A rule, and either the subject of the hit or its line without whitespace."""


def find_introduced(changes: ChangedFiles, base: HitsByPath, head: HitsByPath) -> Iterator[Finding]:
    """Yield the findings that a change introduces, each on a line that it touches.

    A hit at head is old if a hit of the same rule is on the same line of code in any changed file at base. Hits on
    untouched lines are matched first, so that a second copy of a dangerous line is still reported.

    Args:
        base: hits before the change, by path at base.
        head: hits after the change, by path at head.
    """
    old = _base_severities(changes, base)
    hits = [(file, *entry) for file in changes.files for entry in _with_digests(file, head.get(file.path, ()))]
    untouched = [entry for entry in hits if not _lines_in_diff(entry[0], entry[1])]
    for file, hit, _, _ in untouched:
        _pop_base_hit(old, file, hit)
    for file, hit, code, occurrence in hits:
        if at := _lines_in_diff(file, hit):
            known = _pop_base_hit(old, file, hit)
            if known is None:
                yield Finding(file.path, _move_hit(hit, at), "added", code, occurrence)
            elif known < hit.severity:
                yield Finding(file.path, _move_hit(hit, at), "worse", code, occurrence)


def _base_severities(changes: ChangedFiles, base: HitsByPath) -> dict[MatchKey, list[Level]]:
    """Return the severities of the hits at base, by rule and line."""
    old: dict[MatchKey, list[Level]] = {}
    for path, hits in base.items():
        text = changes.base_lines.get(path, ())
        for hit in hits:
            if 0 < hit.line <= len(text):
                old.setdefault((hit.rule, hit.subject or without_whitespace(text[hit.line - 1])), []).append(
                    hit.severity
                )
    return old


def _pop_base_hit(old: dict[MatchKey, list[Level]], file: ChangedFile, hit: Hit) -> Level | None:
    """Take a matching hit at base and return its severity; None if none is left."""
    left = old.get((hit.rule, hit.subject or without_whitespace(file.line(hit.line))))
    return left.pop(0) if left else None


def _with_digests(file: ChangedFile, hits: Iterable[Hit]) -> Iterator[tuple[Hit, str, int]]:
    """Yield each hit with a digest of its code and the number of equal hits before it in the file."""
    seen: Counter[MatchKey] = Counter()
    for hit in sorted(hits, key=lambda h: (h.line, h.rule)):
        code = digest(hit.subject or without_whitespace(file.line(hit.line)))
        yield hit, code, seen[hit.rule, code]
        seen[hit.rule, code] += 1


def digest(code: str) -> str:
    """Return a digest that identifies code without storing it: any line may contain a secret."""
    return hashlib.sha256(code.encode()).hexdigest()[:12]


def _lines_in_diff(file: ChangedFile, hit: Hit) -> list[int]:
    """Return the lines of a hit that the change touches; a long range counts as its first line."""
    last = hit.end_line if hit.end_line - hit.line < MAX_RANGE_LINES else hit.line
    return [line for line in range(hit.line, last + 1) if line in file.diff_lines]


MAX_RANGE_LINES = 20
"""Longer ranges, such as a whole resource, job or class, are too large for a comment."""


def _move_hit(hit: Hit, at: Sequence[int]) -> Hit:
    """Move a hit to its first touched line; drop a fix that would edit untouched lines."""
    fix = hit.fix if hit.fix and set(range(hit.fix.start_line, hit.fix.end_line + 1)) <= set(at) else None
    end = at[0]
    while end + 1 in at:
        end += 1
    return replace(hit, line=at[0], end_line=end, fix=fix)
