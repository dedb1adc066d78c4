"""Which hits a change brings: those at head that no hit at base accounts for."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from bot.agents.security_review.changed_lines import ChangedFile, ChangedFiles, without_whitespace
from bot.domain import Finding, Hit, Level

HitsByPath = Mapping[str, Sequence[Hit]]
"""What scanners hit, by path."""

MatchKey = tuple[str, str]
"""A rule, and the line it was hit on without blanks, the same wherever code moves to, or what the hit is about."""


def find_introduced(changes: ChangedFiles, base: HitsByPath, head: HitsByPath) -> Iterator[Finding]:
    """The findings of a change, each on a line that it touches.

    A hit at head is old where one of the same rule stands on the same line of code in any changed file at base. Those
    on lines that the change leaves alone take their own first, so that a second copy of a dangerous line still counts.

    Args:
        base: the hits in the files before, by their path then.
        head: the hits in the files after.
    """
    old = _base_severities(changes, base)
    named = [(file, *named) for file in changes.files for named in _with_digests(file, head.get(file.path, ()))]
    untouched = [entry for entry in named if not _lines_in_diff(entry[0], entry[1])]
    for file, hit, _, _ in untouched:
        _pop_base_hit(old, file, hit)
    for file, hit, code, occurrence in named:
        if at := _lines_in_diff(file, hit):
            known = _pop_base_hit(old, file, hit)
            if known is None:
                yield Finding(file.path, _move_hit(hit, at), "added", code, occurrence)
            elif known < hit.severity:
                yield Finding(file.path, _move_hit(hit, at), "worse", code, occurrence)


def _base_severities(changes: ChangedFiles, base: HitsByPath) -> dict[MatchKey, list[Level]]:
    """How bad each hit at base was."""
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
    """Take a hit at base that accounts for this one: how bad it was; None where there is none left."""
    left = old.get((hit.rule, hit.subject or without_whitespace(file.line(hit.line))))
    return left.pop(0) if left else None


def _with_digests(file: ChangedFile, hits: Iterable[Hit]) -> Iterator[tuple[Hit, str, int]]:
    """Each hit with a digest of the code it stands on, and how often that came before in the file."""
    seen: Counter[MatchKey] = Counter()
    for hit in sorted(hits, key=lambda h: (h.line, h.rule)):
        code = digest(hit.subject or without_whitespace(file.line(hit.line)))
        yield hit, code, seen[hit.rule, code]
        seen[hit.rule, code] += 1


def digest(code: str) -> str:
    """Names code without holding it: whatever the rule, a secret may stand on its line."""
    return hashlib.sha256(code.encode()).hexdigest()[:12]


def _lines_in_diff(file: ChangedFile, hit: Hit) -> list[int]:
    """The lines of a hit that the change touches; a long range stands for its first line alone."""
    last = hit.end_line if hit.end_line - hit.line < MAX_RANGE_LINES else hit.line
    return [line for line in range(hit.line, last + 1) if line in file.diff_lines]


MAX_RANGE_LINES = 20
"""Lines; a whole resource, job or class is no place for a comment."""


def _move_hit(hit: Hit, at: Sequence[int]) -> Hit:
    """The hit on the first of its lines that the change touches; its fix only where it lies on such lines alone."""
    fix = hit.fix if hit.fix and set(range(hit.fix.start_line, hit.fix.end_line + 1)) <= set(at) else None
    end = at[0]
    while end + 1 in at:
        end += 1
    return replace(hit, line=at[0], end_line=end, fix=fix)
