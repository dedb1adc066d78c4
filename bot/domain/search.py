"""Search results: values that cross from the index to the callers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

ContentKind = Literal["doc", "code", "test", "history"]


class ScoreParts(NamedTuple):
    """Of what a score is the weighed sum."""

    words: float
    meaning: float
    names: float
    path: float


@dataclass(frozen=True, slots=True)
class SearchResult:
    """A section or symbol that answers a query.

    Args:
        title: the headings that lead to it, or the symbol's name.
        text: of its best chunk, which begins on line `text_line`.
        parts: of what the score is the weighed sum.
    """

    path: str
    start_line: int
    end_line: int
    kind: ContentKind
    title: tuple[str, ...]
    text: str
    text_line: int
    score: float
    parts: ScoreParts

    @property
    def evidence(self) -> float:
        """How much speaks for it, whatever else there is."""
        return self.parts.words + self.parts.names + (self.parts.meaning or self.parts.words)
