"""Line-based diffs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines `old[old_start:old_end]` became `new[new_start:new_end]`, counted from 0."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int


def hunks(old: Sequence[str], new: Sequence[str]) -> list[Hunk]:
    """Return the hunks between two texts: patience diff, then the longest common runs between its anchors."""
    return [Hunk(*h) for h in _diff(old, new, 0, len(old), 0, len(new))]


def _diff(
    old: Sequence[str], new: Sequence[str], a: int, b: int, c: int, d: int
) -> Iterator[tuple[int, int, int, int]]:
    while a < b and c < d and old[a] == new[c]:
        a, c = a + 1, c + 1
    while a < b and c < d and old[b - 1] == new[d - 1]:
        b, d = b - 1, d - 1
    if a == b and c == d:
        return
    if a == b or c == d:
        yield a, b, c, d
    elif pairs := _unique_anchors(old, new, a, b, c, d):
        for x, y in [*pairs, (b, d)]:
            yield from _diff(old, new, a, x, c, y)
            a, c = x + 1, y + 1
    else:
        matcher = SequenceMatcher(None, old[a:b], new[c:d], autojunk=b - a > 400)
        for tag, i, j, k, m in matcher.get_opcodes():
            if tag != "equal":
                yield a + i, a + j, c + k, c + m


def _unique_anchors(old: Sequence[str], new: Sequence[str], a: int, b: int, c: int, d: int) -> list[tuple[int, int]]:
    """Return the longest common sequence of lines that occur once on both sides (patience diff)."""
    positions = _unique_lines(new, c, d)
    pairs = [(x, positions[line]) for line, x in _unique_lines(old, a, b).items() if line in positions]
    piles: list[int] = []
    backs: list[int] = [-1] * len(pairs)
    tops: list[int] = []
    for number, (_, y) in enumerate(pairs):
        low, high = 0, len(piles)
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if piles[middle] < y else (low, middle)
        backs[number] = tops[low - 1] if low else -1
        piles[low : low + 1] = [y]
        tops[low : low + 1] = [number]
    chain, at = [], tops[-1] if tops else -1
    while at >= 0:
        chain.append(pairs[at])
        at = backs[at]
    return chain[::-1]


def _unique_lines(lines: Sequence[str], start: int, end: int) -> dict[str, int]:
    seen: dict[str, int] = {}
    for number in range(start, end):
        line = lines[number]
        if line.strip():
            seen[line] = -1 if line in seen else number
    return {line: number for line, number in seen.items() if number >= 0}
