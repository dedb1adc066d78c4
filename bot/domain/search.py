"""Search results."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

ContentKind = Literal["doc", "code", "test", "history"]


class ScoreParts(NamedTuple):
    """The parts of a score, which is their weighted sum."""

    words: float
    meaning: float
    names: float
    path: float


@dataclass(frozen=True, slots=True)
class SearchResult:
    """A section or symbol that answers a query.

    Args:
        title: the headings above it, or the symbol's name.
        text: the text of its best chunk, which begins on line `text_line`.
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
        """The strength of the match, independent of other results."""
        return self.parts.words + self.parts.names + (self.parts.meaning or self.parts.words)
