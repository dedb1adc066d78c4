"""Chunks as arrays of numbers, so that a search over all of them is a few array operations.

A row is a chunk. Rows depend on the chunks alone; which rows are live, and the paths of their files, belong to a
`Snapshot`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.agents.rag_management.chunk import Chunk
from bot.agents.rag_management.lexical import name_weights, term_weights

Array = NDArray[Any]
Floats = NDArray[np.float32]

WEIGHT_STEPS = 255
"""The stored integer for a weight of `_MAX_WEIGHT`."""
_MAX_WEIGHT = 1.25


@dataclass(frozen=True)
class Postings:
    """An inverted index: for each term, the rows that have it and its weight in each.

    Args:
        terms: term hashes, ascending; uint64, shape (terms,).
        starts: index in `rows` where the rows of each term begin, and the end; int64, shape (terms + 1,).
        rows: row numbers, ascending within a term; int32, shape (postings,).
        weights: weight in each row, in steps of 1.25/255; uint8, shape (postings,).
    """

    terms: Array
    starts: Array
    rows: Array
    weights: Array

    @classmethod
    def from_rows(cls, rows: Sequence[tuple[Array, Array]]) -> Postings:
        """Build the postings of rows, each given by its term hashes and their weights."""
        counts = np.array([len(terms) for terms, _ in rows], np.int64)
        hashes = np.concatenate([terms for terms, _ in rows]) if rows else np.empty(0, np.uint64)
        weights = np.concatenate([weight for _, weight in rows]) if rows else np.empty(0, np.uint8)
        order = np.argsort(hashes, kind="stable")
        terms, starts = np.unique(hashes[order], return_index=True)
        numbers = np.repeat(np.arange(len(rows), dtype=np.int32), counts)
        return cls(terms, np.append(starts, len(hashes)).astype(np.int64), numbers[order], weights[order])

    def find(self, term: int) -> tuple[Array, Floats]:
        """Return the rows that have a term, and its weight in each."""
        at = int(np.searchsorted(self.terms, np.uint64(term)))
        if at == len(self.terms) or self.terms[at] != term:
            return np.empty(0, np.int32), np.empty(0, np.float32)
        span = slice(int(self.starts[at]), int(self.starts[at + 1]))
        return self.rows[span], self.weights[span].astype(np.float32) * np.float32(_MAX_WEIGHT / WEIGHT_STEPS)


@dataclass(frozen=True)
class ChunkColumns:
    """The chunks of some files as arrays, file by file.

    Args:
        keys: content keys of the files.
        starts: row where each file begins, and the end; int64, shape (files + 1,).
        units: number of each row's section or symbol, unique within these columns; int32, shape (rows,).
        postings: terms of the rows.
        vectors: unit vectors, float32, shape (rows, dimensions); 0 dimensions without an embedder.
    """

    keys: tuple[str, ...]
    starts: Array
    units: Array
    postings: Postings
    vectors: Array

    def __len__(self) -> int:
        return len(self.units)


def posting_row(chunk: Chunk) -> tuple[Array, Array]:
    """Return the hashes of a chunk's terms and names, and their scaled weights."""
    weights = {**term_weights(chunk), **name_weights(chunk)}
    scaled = np.array(list(weights.values())) * (WEIGHT_STEPS / _MAX_WEIGHT)
    return np.fromiter(weights, np.uint64, len(weights)), np.clip(np.rint(scaled), 1, WEIGHT_STEPS).astype(np.uint8)


def build_columns(files: Iterable[tuple[str, Sequence[Chunk]]], vectors: Array) -> ChunkColumns:
    """Build the columns of files, each given by its key and chunks; `vectors` has a row per chunk, in order."""
    keys, starts, units, rows = [], [0], [], []
    unit = -1
    for key, chunks in files:
        last: tuple[int, int] | None = None
        for chunk in chunks:
            unit += chunk.unit != last
            last = chunk.unit
            units.append(unit)
            rows.append(posting_row(chunk))
        keys.append(key)
        starts.append(len(units))
    return ChunkColumns(
        tuple(keys),
        np.array(starts, np.int64),
        np.array(units, np.int32),
        Postings.from_rows(rows),
        vectors,
    )
