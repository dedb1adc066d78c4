"""Which sections and symbols answer a query best.

Each place gets a sum of parts, each between 0 and about 1: the words it shares with the query, how near its meaning
is, the names it defines, the words of its path. How the parts are weighed depends on the query's shape, and a little
on the file: who searches wants the program or its docs, seldom its tests or its past.
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
    """How much each part of a score counts.

    Args:
        words: BM25, in parts of what a place would have that is about nothing else.
        meaning: the cosine of its vector with the query's.
        names: that it defines a name which the query is.
        path: the rarer words of its path that the query has.
        file: the words that its whole file shares with the query.
        beside: the words and the meaning of the chunks before and after it in its file.
        leaning: for program (or against it) where the query describes code (or does not).
        aside: against tests, examples and histories.
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
    """The weights for a query of its shape, chosen on queries of eleven repositories (benchmarks/README.md)."""
    if query.is_name:
        return Weights(names=1.0)
    if query.is_commit_subject:
        return Weights(meaning=1.1, path=0.6)
    return Weights(
        meaning=1.0 + 0.5 * max(query.code_affinity, 0.0), path=0.35, file=0.25, neighbours=0.1, code_affinity=0.15
    )


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A section or symbol that was found: the file, its chunks from `first` up to `last`, and the best of them."""

    path: str
    key: str
    first: int
    last: int
    best: int
    score: float
    parts: ScoreParts


class Scores:
    """What each place of a view has of a query; `file` and `path` are by path.

    Args:
        vector: the query's; None where there is no embedder.
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
        """BM25 by row and by path, in parts of the most that there could be; a file has of a term what its best has."""
        view = self.snapshot
        by_row, by_file = np.zeros(int(view.offsets[-1]), np.float32), np.zeros(len(view.paths), np.float32)
        most = most_of_file = 0.0
        for term in self.query.terms:
            rows, weights = view.postings(term_hash(term))
            rarity = _idf(len(rows), view.live_count)
            most += rarity
            by_row[rows] += np.float32(rarity) * weights
            best = np.zeros(len(view.paths), np.float32)
            np.maximum.at(best, view.path_by_row[rows], weights)
            rarity = _idf(int(np.count_nonzero(best)), len(view.paths))
            most_of_file += rarity
            by_file += np.float32(rarity) * best
        return by_row / np.float32(most or 1), by_file / np.float32(most_of_file or 1)

    def _names(self) -> Floats:
        found = np.zeros(int(self.snapshot.offsets[-1]), np.float32)
        for name in self.query.names if self.query.is_name else ():
            rows, weights = self.snapshot.postings(term_hash(name_term(name)))
            found[rows] = np.maximum(found[rows], weights)
        return found

    def _path(self) -> Floats:
        """By path: the share of the query's terms that it has, each by its rarity."""
        found = np.zeros(len(self.snapshot.paths), np.float32)
        most = 0.0
        for term in self.query.terms:
            own = self.snapshot.paths_with(term_hash(term))
            rarity = _idf(len(own), len(self.snapshot.paths))
            most += rarity
            found[own] += np.float32(rarity)
        return found / np.float32(most or 1)

    def total(self, weights: Weights) -> Floats:
        """The score of each place."""
        by_path = weights.path * self.path + weights.file * self.file
        program = np.isin(self.snapshot.kinds, ("code", "test"))
        aside = np.isin(self.snapshot.kinds, ("test", "history"))
        by_path += (
            np.where(program, 1, -1) * weights.code_affinity * self.query.code_affinity - aside * weights.demotion
        )
        total = weights.words * self.words + weights.meaning * self.meaning
        if weights.neighbours:
            total = total + weights.neighbours * self._neighbour_sums(total)
        total = total + weights.names * self.names + by_path.astype(np.float32)[self.snapshot.path_index]
        return np.asarray(total, np.float32)

    def _neighbour_sums(self, values: Floats) -> Floats:
        """For each place the sum of its neighbours' values within its file."""
        together = self.snapshot.path_index[1:] == self.snapshot.path_index[:-1]
        found = np.zeros(len(values), np.float32)
        found[1:] += values[:-1] * together
        found[:-1] += values[1:] * together
        return found

    def breakdown(self, place: int) -> ScoreParts:
        """Of what the score of a place is made."""
        own = (self.words[place], self.meaning[place], self.names[place], self.path[self.snapshot.path_index[place]])
        return ScoreParts(*(round(float(value), 4) for value in own))


def _idf(having: int, of: int) -> float:
    """BM25's idf: how much it tells that one of so many has a term."""
    return math.log(1 + (of - having + 0.5) / (having + 0.5))


def rank(
    snapshot: Snapshot,
    query: Query,
    vector: Floats | None,
    path_mask: Array | None = None,
    limit: int = 10,
    weights: Weights | None = None,
) -> list[SearchHit]:
    """The best sections and symbols, best first, each as good as the best of its chunks.

    Args:
        vector: the query's; None searches by words alone.
        wanted: by number of path, whether it is looked at; None for all.
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
    """The numbers of the greatest values in falling order; of equal ones the earlier first."""
    if limit < len(values):
        least = np.partition(values, -limit)[-limit]
        enough = np.flatnonzero(values >= least)
    else:
        enough = np.arange(len(values))
    return enough[np.argsort(-values[enough], kind="stable")][:limit]


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
