"""A repository's chunks at one commit: the rows that count, and the files in which they lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np

from bot.agents.rag_management.column_store import Array, ChunkColumns, Floats
from bot.agents.rag_management.terms import term_hash, terms


class Snapshot:
    """The chunks of the files of a commit; a place is a row in a file, file by file in the order of their paths.

    Args:
        parts: all columns there are; of a key that stands in several the first counts.
        files: the key of each path; one that no part has is left out.
    """

    def __init__(self, segments: Sequence[ChunkColumns], files: Mapping[str, str]) -> None:
        self.segments = tuple(part for part in segments if len(part))
        self.offsets = np.cumsum([0, *(len(part) for part in self.segments)])
        spans = self._spans()
        self.paths = tuple(path for path in sorted(files) if files[path] in spans)
        self.keys = tuple(files[path] for path in self.paths)
        own = np.array([spans[key] for key in self.keys], np.int64).reshape(-1, 2)
        lengths = own[:, 1] - own[:, 0]
        self.starts = np.append(0, np.cumsum(lengths))
        self.path_index = np.repeat(np.arange(len(own), dtype=np.int32), lengths)
        """For each place the number of its path."""
        self.row_index = np.arange(self.starts[-1]) + np.repeat(own[:, 0] - self.starts[:-1], lengths)
        """For each place its row, all parts counted through."""

    def _spans(self) -> dict[str, tuple[int, int]]:
        """The rows of each key, all parts counted through."""
        found: dict[str, tuple[int, int]] = {}
        for part, offset in zip(self.segments, self.offsets, strict=False):
            ends = (part.starts + offset).tolist()
            for number_, key in enumerate(part.keys):
                if ends[number_] < ends[number_ + 1]:
                    found.setdefault(key, (ends[number_], ends[number_ + 1]))
        return found

    def __len__(self) -> int:
        return len(self.row_index)

    @cached_property
    def live_rows(self) -> Array:
        """Whether a row counts."""
        found = np.zeros(int(self.offsets[-1]), bool)
        found[self.row_index] = True
        return found

    @cached_property
    def live_count(self) -> int:
        """How many rows count; equal content at two paths once."""
        return int(np.count_nonzero(self.live_rows))

    @cached_property
    def unit_starts(self) -> Array:
        """The first place of each section or symbol, in order."""
        numbers = (
            np.concatenate([part.units for part in self.segments])[self.row_index] if self.segments else self.row_index
        )
        changes = (np.diff(numbers) != 0) | (np.diff(self.path_index) != 0)
        return np.append(0, np.flatnonzero(changes) + 1) if len(self) else np.empty(0, np.int64)

    @cached_property
    def path_by_row(self) -> Array:
        """For each row the number of its path; of equal content at two paths the last."""
        found = np.zeros(int(self.offsets[-1]), np.int32)
        found[self.row_index] = self.path_index
        return found

    @cached_property
    def canonical_path(self) -> Array:
        """For each path the one that `content` has for its rows."""
        return self.path_by_row[self.row_index[self.starts[:-1]]] if len(self.paths) else np.empty(0, np.int32)

    @cached_property
    def kinds(self) -> Array:
        """For each path the kind of its content, as its key names it."""
        return np.array([key.split(":")[1] for key in self.keys], dtype="U7")

    @cached_property
    def _path_terms(self) -> Mapping[int, Array]:
        found: dict[int, list[int]] = {}
        for place, path in enumerate(self.paths):
            for term in set(terms(path.replace("/", " "))):
                found.setdefault(term_hash(term), []).append(place)
        return {term: np.array(places) for term, places in found.items()}

    # ------------------------------------------------------------------ what a query finds

    def postings(self, term: int) -> tuple[Array, Floats]:
        """The rows that count and have a term, and how much it counts in each."""
        rows, weights = [], []
        for part, offset in zip(self.segments, self.offsets, strict=False):
            own, weight = part.postings.find(term)
            rows.append(own + offset)
            weights.append(weight)
        every = np.concatenate(rows) if rows else np.empty(0, np.int64)
        weight = np.concatenate(weights) if weights else np.empty(0, np.float32)
        counts = self.live_rows[every]
        return every[counts], weight[counts]

    def paths_with(self, term: int) -> Array:
        """The numbers of the paths in which a term stands."""
        return self._path_terms.get(term, np.empty(0, np.int64))

    def cosine_similarities(self, vector: Floats) -> Floats:
        """The cosine of each place's vector with another."""
        near = [part.vectors @ vector if part.vectors.shape[1] else np.zeros(len(part)) for part in self.segments]
        return np.concatenate(near).astype(np.float32)[self.row_index] if near else np.empty(0, np.float32)
