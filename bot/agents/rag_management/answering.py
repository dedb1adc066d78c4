"""What is found, as it is cited; and whether it is enough to answer a question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.agents.rag_management.chunk import Chunk, Kind
from bot.agents.rag_management.ranking import Hit, Parts

MOST_LINES = 120
"""Lines of a result; of a longer section or symbol only the best chunk is cited."""

MOST_PASSAGES = 3
"""Passages that answer a question."""

_ENOUGH = 0.65
"""The least sum of shared words and nearness of meaning (of words alone, half of it) that is evidence.

Of questions whose answer the repository has, 97 in 100 had it; of those taken from other repositories' docs, 15.
"""
_ENOUGH_WORDS = 0.55
"""The same where nothing is embedded: 75 in 100, and 13."""
_BESIDE = 0.75
"""How near to the best a passage's evidence must be to stand beside it."""


@dataclass(frozen=True, slots=True)
class Found:
    """A section or symbol that answers a query.

    Args:
        title: the headings that lead to it, or the symbol's name.
        text: of its best chunk, which begins on line `text_line`.
        parts: of what the score is the weighed sum.
    """

    path: str
    start_line: int
    end_line: int
    kind: Kind
    title: tuple[str, ...]
    text: str
    text_line: int
    score: float
    parts: Parts

    @classmethod
    def of(cls, hit: Hit, chunks: Sequence[Chunk]) -> Found:
        """A hit with what stands there; the chunks are those of its file."""
        best = chunks[hit.best]
        start, end = chunks[hit.first].unit
        if end - start >= MOST_LINES:
            start, end = best.start_line, best.end_line
        return cls(hit.path, start, end, best.kind, best.title, best.text, best.start_line, hit.score, hit.parts)

    @property
    def evidence(self) -> float:
        """How much speaks for it, whatever else there is."""
        return self.parts.words + self.parts.names + (self.parts.meaning or self.parts.words)


def passages(found: Sequence[Found]) -> tuple[Found, ...]:
    """Those of the results, best first, that answer a question as they stand; none where the evidence is weak."""
    enough = _ENOUGH if any(each.parts.meaning for each in found) else _ENOUGH_WORDS
    if not found or found[0].evidence < enough:
        return ()
    least = found[0].evidence * _BESIDE
    return tuple(each for each in found if each.evidence >= least)[:MOST_PASSAGES]
