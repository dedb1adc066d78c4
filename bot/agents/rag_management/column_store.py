"""Chunks as columns of numbers, so that a search over all of them is a few sums over arrays.

A row is a chunk. What the rows say is a function of the chunks alone; which of them count, and where their files
lie, is the matter of who searches.
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
"""The number that stands for a weight of `_MOST`."""
_MAX_WEIGHT = 1.25


@dataclass(frozen=True)
class Postings:
    """For each term the rows that have it, and how much it counts there.

    Args:
        terms: numbers of terms, ascending.
        starts: for each term where its rows begin; one more for the end.
        rows: ascending within a term.
        weights: of each row, in steps of 1.25/255.
    """

    terms: Array
    starts: Array
    rows: Array
    weights: Array

    @classmethod
    def from_rows(cls, rows: Sequence[tuple[Array, Array]]) -> Postings:
        """The postings of rows, each given by the numbers of its terms and their weights."""
        counts = np.array([len(terms) for terms, _ in rows], np.int64)
        every = np.concatenate([terms for terms, _ in rows]) if rows else np.empty(0, np.uint64)
        weight = np.concatenate([weight for _, weight in rows]) if rows else np.empty(0, np.uint8)
        order = np.argsort(every, kind="stable")
        terms, starts = np.unique(every[order], return_index=True)
        numbers = np.repeat(np.arange(len(rows), dtype=np.int32), counts)
        return cls(terms, np.append(starts, len(every)).astype(np.int64), numbers[order], weight[order])

    def find(self, term: int) -> tuple[Array, Floats]:
        """The rows that have a term, and how much it counts in each."""
        at = int(np.searchsorted(self.terms, np.uint64(term)))
        if at == len(self.terms) or self.terms[at] != term:
            return np.empty(0, np.int32), np.empty(0, np.float32)
        own = slice(int(self.starts[at]), int(self.starts[at + 1]))
        return self.rows[own], self.weights[own].astype(np.float32) * np.float32(_MAX_WEIGHT / WEIGHT_STEPS)


@dataclass(frozen=True)
class ChunkColumns:
    """Chunks of some files, file by file.

    Args:
        keys: of the files' contents.
        starts: for each of them where its rows begin; one more for the end.
        units: rows of one section or symbol have one number, which no other has.
        vectors: of length 1, a row each; without an embedder it has no columns.
    """

    keys: tuple[str, ...]
    starts: Array
    units: Array
    postings: Postings
    vectors: Array

    def __len__(self) -> int:
        return len(self.units)


def posting_row(chunk: Chunk) -> tuple[Array, Array]:
    """The numbers of a chunk's terms and names, and their weights."""
    found = {**term_weights(chunk), **name_weights(chunk)}
    scaled = np.array(list(found.values())) * (WEIGHT_STEPS / _MAX_WEIGHT)
    return np.fromiter(found, np.uint64, len(found)), np.clip(np.rint(scaled), 1, WEIGHT_STEPS).astype(np.uint8)


def build_columns(files: Iterable[tuple[str, Sequence[Chunk]]], vectors: Array) -> ChunkColumns:
    """The columns of some files, each given by its key and its chunks; the vectors are in the chunks' order."""
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
