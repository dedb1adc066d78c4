"""Rank the sections and symbols for a query.

The score of a place is a weighted sum of parts, each between 0 and about 1: shared words, similar meaning, defined
names, words of the path. The weights depend on the shape of the query and slightly on the file: most searches are for
the program or its docs, seldom for tests or change logs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bot.agents.rag_management.column_store import Array, Floats
from bot.agents.rag_management.lexical import name_term
from bot.agents.rag_management.query import Query
from bot.agents.rag_management.snapshot import Snapshot
from bot.agents.rag_management.terms import term_hash
from bot.domain.search import ScoreParts


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of the parts of a score.

    Args:
        words: BM25, relative to the maximum for the query.
        meaning: cosine similarity of the place's vector and the query's.
        names: whether the place defines the name that the query is.
        path: share of the query's terms in the path, weighted by idf.
        file: BM25 of the whole file.
        neighbours: words and meaning of the chunks before and after the place in its file.
        code_affinity: bonus for program files if the query describes code, and for others if it does not.
        demotion: penalty for tests, examples and histories.
    """

    words: float = 1.0
    meaning: float = 1.0
    names: float = 0.0
    path: float = 0.2
    file: float = 0.2
    neighbours: float = 0.0
    code_affinity: float = 0.0
    demotion: float = 0.2


def weights_for(query: Query) -> Weights:
    """Return the weights for the shape of a query, tuned on queries of eleven repositories (benchmarks/README.md)."""
    if query.is_name:
        return Weights(names=1.0)
    if query.is_commit_subject:
        return Weights(meaning=1.1, path=0.6)
    return Weights(
        meaning=1.0 + 0.5 * max(query.code_affinity, 0.0), path=0.35, file=0.25, neighbours=0.1, code_affinity=0.15
    )


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A section or symbol in the ranking.

    Args:
        path: of the file.
        key: content key of the file.
        first: number of the unit's first chunk in its file.
        last: number of the unit's last chunk, exclusive.
        best: number of the best chunk.
        score: of the best chunk.
        parts: breakdown of the score.
    """

    path: str
    key: str
    first: int
    last: int
    best: int
    score: float
    parts: ScoreParts


class Scores:
    """The parts of the score of each place in a snapshot; `file` and `path` are indexed by path.

    Args:
        vector: the query's; None without an embedder.
    """

    def __init__(self, snapshot: Snapshot, query: Query, vector: Floats | None) -> None:
        self.snapshot, self.query = snapshot, query
        by_row, by_file = self._words()
        self.words = by_row[snapshot.row_index]
        self.file = by_file[snapshot.canonical_path]
        self.meaning = (
            snapshot.cosine_similarities(vector) if vector is not None else np.zeros(len(snapshot), np.float32)
        )
        self.names = self._names()[snapshot.row_index]
        self.path = self._path()

    def _words(self) -> tuple[Floats, Floats]:
        """Return BM25 by row and by path, relative to the maximum. In a file, a term has the weight of its best row."""
        snapshot = self.snapshot
        by_row, by_file = np.zeros(int(snapshot.offsets[-1]), np.float32), np.zeros(len(snapshot.paths), np.float32)
        max_row = max_file = 0.0
        for term in self.query.terms:
            rows, weights = snapshot.postings(term_hash(term))
            idf = _idf(len(rows), snapshot.live_count)
            max_row += idf
            by_row[rows] += np.float32(idf) * weights
            best = np.zeros(len(snapshot.paths), np.float32)
            np.maximum.at(best, snapshot.path_by_row[rows], weights)
            idf = _idf(int(np.count_nonzero(best)), len(snapshot.paths))
            max_file += idf
            by_file += np.float32(idf) * best
        return by_row / np.float32(max_row or 1), by_file / np.float32(max_file or 1)

    def _names(self) -> Floats:
        """Return by row the weight of a defined name that the query is."""
        by_row = np.zeros(int(self.snapshot.offsets[-1]), np.float32)
        for name in self.query.names if self.query.is_name else ():
            rows, weights = self.snapshot.postings(term_hash(name_term(name)))
            by_row[rows] = np.maximum(by_row[rows], weights)
        return by_row

    def _path(self) -> Floats:
        """Return by path the share of the query's terms in it, weighted by idf."""
        by_path = np.zeros(len(self.snapshot.paths), np.float32)
        maximum = 0.0
        for term in self.query.terms:
            paths = self.snapshot.paths_with(term_hash(term))
            idf = _idf(len(paths), len(self.snapshot.paths))
            maximum += idf
            by_path[paths] += np.float32(idf)
        return by_path / np.float32(maximum or 1)

    def total(self, weights: Weights) -> Floats:
        """Return the score of each place."""
        by_path = weights.path * self.path + weights.file * self.file
        is_program = np.isin(self.snapshot.kinds, ("code", "test"))
        is_demoted = np.isin(self.snapshot.kinds, ("test", "history"))
        affinity = np.where(is_program, 1, -1) * weights.code_affinity * self.query.code_affinity
        by_path += affinity - is_demoted * weights.demotion
        total = weights.words * self.words + weights.meaning * self.meaning
        if weights.neighbours:
            total = total + weights.neighbours * self._neighbour_sums(total)
        total = total + weights.names * self.names + by_path.astype(np.float32)[self.snapshot.path_index]
        return np.asarray(total, np.float32)

    def _neighbour_sums(self, values: Floats) -> Floats:
        """Return for each place the sum of the values of its neighbours in the same file."""
        same_file = self.snapshot.path_index[1:] == self.snapshot.path_index[:-1]
        sums = np.zeros(len(values), np.float32)
        sums[1:] += values[:-1] * same_file
        sums[:-1] += values[1:] * same_file
        return sums

    def breakdown(self, place: int) -> ScoreParts:
        """Return the parts of the score of a place, before weighting."""
        parts = (self.words[place], self.meaning[place], self.names[place], self.path[self.snapshot.path_index[place]])
        return ScoreParts(*(round(float(value), 4) for value in parts))


def _idf(matches: int, total: int) -> float:
    """Return BM25's inverse document frequency of a term that `matches` of `total` items have."""
    return math.log(1 + (total - matches + 0.5) / (matches + 0.5))


def rank(
    snapshot: Snapshot,
    query: Query,
    vector: Floats | None,
    path_mask: Array | None = None,
    limit: int = 10,
    weights: Weights | None = None,
) -> list[SearchHit]:
    """Return the best sections and symbols, best first. A unit's score is that of its best chunk.

    Args:
        vector: the query's; None for lexical search only.
        path_mask: by path number, whether to search the path; None for all.
        weights: None for those of the query's shape.
    """
    if not len(snapshot):
        return []
    scores = Scores(snapshot, query, vector)
    total = scores.total(weights or weights_for(query))
    if path_mask is not None:
        total = np.where(path_mask[snapshot.path_index], total, -np.inf).astype(np.float32)
    by_unit = np.maximum.reduceat(total, snapshot.unit_starts)
    ends = np.append(snapshot.unit_starts[1:], len(snapshot))
    return [
        _to_hit(snapshot, scores, total, int(snapshot.unit_starts[unit]), int(ends[unit]))
        for unit in _top(by_unit, limit)
        if by_unit[unit] > -np.inf
    ]


def _top(values: Floats, limit: int) -> Array:
    """Return the indices of the greatest values, in descending order; ties keep their order."""
    if limit < len(values):
        minimum = np.partition(values, -limit)[-limit]
        candidates = np.flatnonzero(values >= minimum)
    else:
        candidates = np.arange(len(values))
    return candidates[np.argsort(-values[candidates], kind="stable")][:limit]


def _to_hit(snapshot: Snapshot, scores: Scores, total: Floats, begin: int, end: int) -> SearchHit:
    best = begin + int(np.argmax(total[begin:end]))
    file = int(snapshot.path_index[begin])
    start = int(snapshot.starts[file])
    return SearchHit(
        snapshot.paths[file],
        snapshot.keys[file],
        begin - start,
        end - start,
        best - start,
        round(float(total[best]), 4),
        scores.breakdown(best),
    )
