"""What is found, as it is cited; and whether it is enough to answer a question."""

from __future__ import annotations

from collections.abc import Sequence

from bot.agents.rag_management.chunk import Chunk
from bot.agents.rag_management.ranking import SearchHit
from bot.domain.search import SearchResult

MAX_RESULT_LINES = 120
"""Lines of a result; of a longer section or symbol only the best chunk is cited."""

MAX_PASSAGES = 3
"""Passages that answer a question."""

_MIN_EVIDENCE = 0.65
"""The least sum of shared words and nearness of meaning (of words alone, half of it) that is evidence.

Of questions whose answer the repository has, 97 in 100 had it; of those taken from other repositories' docs, 15.
"""
_MIN_EVIDENCE_WORDS_ONLY = 0.55
"""The same where nothing is embedded: 75 in 100, and 13."""
_RELATIVE_CUTOFF = 0.75
"""How near to the best a passage's evidence must be to stand beside it."""


def cite(hit: SearchHit, chunks: Sequence[Chunk]) -> SearchResult:
    """Return a hit with the text at its place; `chunks` are those of its file."""
    best = chunks[hit.best]
    start, end = chunks[hit.first].unit
    if end - start >= MAX_RESULT_LINES:
        start, end = best.start_line, best.end_line
    return SearchResult(hit.path, start, end, best.kind, best.title, best.text, best.start_line, hit.score, hit.parts)


def select_passages(found: Sequence[SearchResult]) -> tuple[SearchResult, ...]:
    """Those of the results, best first, that answer a question as they stand; none where the evidence is weak."""
    enough = _MIN_EVIDENCE if any(each.parts.meaning for each in found) else _MIN_EVIDENCE_WORDS_ONLY
    if not found or found[0].evidence < enough:
        return ()
    least = found[0].evidence * _RELATIVE_CUTOFF
    return tuple(each for each in found if each.evidence >= least)[:MAX_PASSAGES]
