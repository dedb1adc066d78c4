"""Columns of an index as memory-mapped files.

They are built from the index storage, and rebuilt if they are missing or damaged. Segments are immutable: new content
goes to a new segment. Many segments of similar size are merged, and a segment of which more than half is unused is
rewritten, so the cost of a push is usually proportional to its new content.
"""

from __future__ import annotations

import json
import math
import shutil
import tempfile
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import numpy as np

from bot.agents.rag_management import lexical
from bot.agents.rag_management.column_store import ChunkColumns, Postings, build_columns
from bot.search.contents import DIGEST_BYTES, IndexContents, StaleIndexError, unpack_digests

VERSION = 1
"""Version of the files; those of another version are built again."""

MAX_SIMILAR_SEGMENTS = 8
"""Maximum number of segments of similar size; more are merged."""

MAX_SEGMENT_ROWS = 20_000
"""A segment of this many rows takes no further files and is not merged with others."""

_BATCH_FILES = 500
"""Number of files whose chunks are in memory at once."""
_TEMPORARY_PREFIX = "making-"


def folder_name(model: str) -> str:
    """Return the name of the folder with a model's segments."""
    return f"{model}-{VERSION}.{lexical.VERSION}"


class Segments:
    """The segments of an index for one model. Only one process of a machine may write to them at a time.

    Args:
        folder: created on the first write.
    """

    def __init__(self, folder: Path, contents: IndexContents) -> None:
        self._folder = folder / folder_name(contents.model.name)
        self._contents = contents
        self.parts: dict[Path, ChunkColumns] = {}
        self._refresh()

    def _refresh(self) -> None:
        """Load the segments that other processes wrote, and release those that they removed."""
        paths = sorted(self._folder.glob("[0-9]*")) if self._folder.is_dir() else []
        parts = {path: part for path, part in self.parts.items() if path in paths}
        for path in paths:
            if path not in parts:
                part = _load(path)
                if part is not None:
                    parts[path] = part
        self.parts = parts

    def remove(self) -> None:
        """Delete all segments."""
        self.parts = {}
        shutil.rmtree(self._folder, ignore_errors=True)

    def sync(self, keys_in_use: Collection[str]) -> tuple[ChunkColumns, ...]:
        """Return the columns with all contents in use; contents that no segment has are written to new ones.

        Raises:
            StaleIndexError: some contents are no longer in the storage.
        """
        self._refresh()
        compactable = self._find_compactable(keys_in_use)
        present = {key for path, part in self.parts.items() if path not in compactable for key in part.keys}
        for keys in self._key_batches(sorted(set(keys_in_use) - present)):
            self._write_segment(keys)
        for path in compactable:
            del self.parts[path]
            shutil.rmtree(path, ignore_errors=True)
        return tuple(self.parts.values())

    def _find_compactable(self, keys_in_use: Collection[str]) -> list[Path]:
        """Return the segments to rewrite: those mostly unused, and those of a size that is too frequent."""
        compactable = {
            path for path, part in self.parts.items() if 2 * _count_unused_rows(part, keys_in_use) > len(part)
        }
        by_size: dict[int, list[Path]] = {}
        for path, part in self.parts.items():
            if len(part) < MAX_SEGMENT_ROWS:
                by_size.setdefault(int(math.log(len(part) + 1, MAX_SIMILAR_SEGMENTS)), []).append(path)
        compactable.update(path for paths in by_size.values() if len(paths) > MAX_SIMILAR_SEGMENTS for path in paths)
        return sorted(compactable)

    def _key_batches(self, keys: Sequence[str]) -> Iterator[list[str]]:
        """Group keys into the segments to write."""
        rows = {key: len(value) // DIGEST_BYTES for key, value in self._contents.digests(keys).items()}
        if len(rows) < len(keys):
            raise StaleIndexError
        batch: list[str] = []
        count = 0
        for key in keys:
            batch.append(key)
            count += rows[key]
            if count >= MAX_SEGMENT_ROWS:
                yield batch
                batch, count = [], 0
        if batch:
            yield batch

    def _write_segment(self, keys: Sequence[str]) -> None:
        columns = self._build_columns(keys)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # The caller has the lock, so temporary folders are left over from killed processes.
        for leftover in self._folder.glob(f"{_TEMPORARY_PREFIX}*"):
            shutil.rmtree(leftover, ignore_errors=True)
        temporary = Path(tempfile.mkdtemp(dir=self._folder, prefix=_TEMPORARY_PREFIX))
        _save(columns, temporary)
        last = max((int(path.name) for path in self._folder.glob("[0-9]*")), default=0)
        path = temporary.rename(self._folder / f"{last + 1:08}")
        loaded = _load(path)
        if loaded is not None:
            self.parts[path] = loaded

    def _build_columns(self, keys: Sequence[str]) -> ChunkColumns:
        digests = self._contents.digests(keys)
        if len(digests) < len(keys):
            raise StaleIndexError
        rows = unpack_digests(b"".join(digests[key] for key in keys))
        vectors = np.empty((len(rows), self._contents.model.dimensions), np.float32)
        for first in range(0, len(rows), 10 * _BATCH_FILES):
            vectors[first : first + 10 * _BATCH_FILES] = self._contents.vectors(rows[first : first + 10 * _BATCH_FILES])
        files = (
            (key, chunks[key])
            for first in range(0, len(keys), _BATCH_FILES)
            for chunks in (self._contents.chunks(keys[first : first + _BATCH_FILES]),)
            for key in keys[first : first + _BATCH_FILES]
        )
        return build_columns(files, vectors)


def _count_unused_rows(part: ChunkColumns, keys_in_use: Collection[str]) -> int:
    """Count the rows of a segment whose content is not in use."""
    lengths = np.diff(part.starts)
    return int(sum(length for key, length in zip(part.keys, lengths, strict=True) if key not in keys_in_use))


_ARRAYS = ("starts", "units", "vectors", "terms", "term_starts", "rows", "weights")


def _save(part: ChunkColumns, folder: Path) -> None:
    postings = part.postings
    arrays = (part.starts, part.units, part.vectors, postings.terms, postings.starts, postings.rows, postings.weights)
    for name, array in zip(_ARRAYS, arrays, strict=True):
        np.save(folder / f"{name}.npy", array, allow_pickle=False)
    (folder / "keys.json").write_text(json.dumps(part.keys))


def _load(folder: Path) -> ChunkColumns | None:
    """Map a segment into memory; None if it is damaged or incomplete."""
    try:
        keys = tuple(json.loads((folder / "keys.json").read_text()))
        starts, units, vectors, terms, term_starts, rows, weights = (
            np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)) for name in _ARRAYS
        )
    except (OSError, ValueError):
        return None
    valid = len(starts) == len(keys) + 1 and len(units) == len(vectors) == int(starts[-1])
    valid = valid and len(term_starts) == len(terms) + 1 and len(rows) == len(weights) == int(term_starts[-1])
    return ChunkColumns(keys, starts, units, Postings(terms, term_starts, rows, weights), vectors) if valid else None
