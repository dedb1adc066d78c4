"""The chunks of a repository at one commit: its live rows, and the paths of their files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np

from bot.agents.rag_management.column_store import Array, ChunkColumns, Floats
from bot.agents.rag_management.terms import term_hash, terms


class Snapshot:
    """The chunks of the files of a commit.

    A place is a row at a path. Places are ordered by path: content at two paths has one set of rows and two of places.

    Args:
        segments: all available columns; if several have a key, the first is used.
        files: path → content key; paths whose key is in no segment are left out.
    """

    def __init__(self, segments: Sequence[ChunkColumns], files: Mapping[str, str]) -> None:
        self.segments = tuple(segment for segment in segments if len(segment))
        self.offsets = np.cumsum([0, *(len(segment) for segment in self.segments)])
        spans = self._spans()
        self.paths = tuple(path for path in sorted(files) if files[path] in spans)
        self.keys = tuple(files[path] for path in self.paths)
        rows = np.array([spans[key] for key in self.keys], np.int64).reshape(-1, 2)
        lengths = rows[:, 1] - rows[:, 0]
        self.starts = np.append(0, np.cumsum(lengths))
        """First place of each path, and the end; shape (paths + 1,)."""
        self.path_index = np.repeat(np.arange(len(rows), dtype=np.int32), lengths)
        """Path number of each place; shape (places,)."""
        self.row_index = np.arange(self.starts[-1]) + np.repeat(rows[:, 0] - self.starts[:-1], lengths)
        """Row of each place, numbered across all segments; shape (places,)."""

    def _spans(self) -> dict[str, tuple[int, int]]:
        """Return the rows of each key (start, end exclusive), numbered across all segments."""
        spans: dict[str, tuple[int, int]] = {}
        for segment, offset in zip(self.segments, self.offsets, strict=False):
            starts = (segment.starts + offset).tolist()
            for number, key in enumerate(segment.keys):
                if starts[number] < starts[number + 1]:
                    spans.setdefault(key, (starts[number], starts[number + 1]))
        return spans

    def __len__(self) -> int:
        return len(self.row_index)

    @cached_property
    def live_rows(self) -> Array:
        """Whether each row is in this commit; shape (rows,)."""
        live = np.zeros(int(self.offsets[-1]), bool)
        live[self.row_index] = True
        return live

    @cached_property
    def live_count(self) -> int:
        """Number of live rows; equal content at two paths counts once."""
        return int(np.count_nonzero(self.live_rows))

    @cached_property
    def unit_starts(self) -> Array:
        """The first place of each section or symbol, in order; shape (units,)."""
        numbers = (
            np.concatenate([segment.units for segment in self.segments])[self.row_index]
            if self.segments
            else self.row_index
        )
        changes = (np.diff(numbers) != 0) | (np.diff(self.path_index) != 0)
        return np.append(0, np.flatnonzero(changes) + 1) if len(self) else np.empty(0, np.int64)

    @cached_property
    def path_by_row(self) -> Array:
        """Path number of each row; for equal content at two paths, the last."""
        paths = np.zeros(int(self.offsets[-1]), np.int32)
        paths[self.row_index] = self.path_index
        return paths

    @cached_property
    def canonical_path(self) -> Array:
        """For each path, the path number that `path_by_row` has for its rows."""
        return self.path_by_row[self.row_index[self.starts[:-1]]] if len(self.paths) else np.empty(0, np.int32)

    @cached_property
    def kinds(self) -> Array:
        """The content kind of each path, read from its key."""
        return np.array([key.split(":")[1] for key in self.keys], dtype="U7")

    @cached_property
    def _path_terms(self) -> Mapping[int, Array]:
        """Return term hash → numbers of the paths that contain the term."""
        numbers: dict[int, list[int]] = {}
        for number, path in enumerate(self.paths):
            for term in set(terms(path.replace("/", " "))):
                numbers.setdefault(term_hash(term), []).append(number)
        return {term: np.array(paths) for term, paths in numbers.items()}

    # ------------------------------------------------------------------ queries

    def postings(self, term: int) -> tuple[Array, Floats]:
        """Return the live rows that have a term, and its weight in each."""
        rows, weights = [], []
        for segment, offset in zip(self.segments, self.offsets, strict=False):
            segment_rows, segment_weights = segment.postings.find(term)
            rows.append(segment_rows + offset)
            weights.append(segment_weights)
        all_rows = np.concatenate(rows) if rows else np.empty(0, np.int64)
        all_weights = np.concatenate(weights) if weights else np.empty(0, np.float32)
        is_live = self.live_rows[all_rows]
        return all_rows[is_live], all_weights[is_live]

    def paths_with(self, term: int) -> Array:
        """Return the numbers of the paths that contain a term."""
        return self._path_terms.get(term, np.empty(0, np.int64))

    def cosine_similarities(self, vector: Floats) -> Floats:
        """Return the cosine similarity of each place's vector and the given one; shape (places,)."""
        cosines = [
            segment.vectors @ vector if segment.vectors.shape[1] else np.zeros(len(segment))
            for segment in self.segments
        ]
        return np.concatenate(cosines).astype(np.float32)[self.row_index] if cosines else np.empty(0, np.float32)
