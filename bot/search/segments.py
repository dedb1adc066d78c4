"""The columns of an index as files that are mapped into memory, in a folder of their own.

They are made of what the shelf keeps, and made anew where they are missing or not as they should be. A segment is
never changed: what a push brings comes into a new one. When there are many of like size, one is made of them, and one
of which half is held no more gives the rest to another; so a push seldom costs more than what it brings.
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
from bot.search.contents import DIGEST_BYTES, IndexContents, StaleIndexError

VERSION = 1
"""Of the files; those of another are made anew."""

MAX_SIMILAR_SEGMENTS = 8
"""Segments of like size; more are made into one."""

MAX_SEGMENT_ROWS = 20_000
"""Rows of a segment; what is to come beyond them comes into another, and one that has as many stays as it is."""

_BATCH_FILES = 500
"""Files of which the chunks are in memory at once."""
_TEMPORARY_PREFIX = "making-"


def folder_name(model: str) -> str:
    """The name of the folder with a model's segments."""
    return f"{model}-{VERSION}.{lexical.VERSION}"


class Segments:
    """The segments of an index for one model; only one process of a machine writes to them at a time.

    Args:
        folder: made when first written to.
    """

    def __init__(self, folder: Path, contents: IndexContents) -> None:
        self._folder = folder / folder_name(contents.model.name)
        self._contents = contents
        self.parts: dict[Path, ChunkColumns] = {}
        self._refresh()

    def _refresh(self) -> None:
        """Take up what other processes wrote, and let go of what they removed."""
        there = sorted(self._folder.glob("[0-9]*")) if self._folder.is_dir() else []
        kept = {path: part for path, part in self.parts.items() if path in there}
        for path in there:
            if path not in kept:
                part = _load(path)
                if part is not None:
                    kept[path] = part
        self.parts = kept

    def remove(self) -> None:
        """Delete all of them."""
        self.parts = {}
        shutil.rmtree(self._folder, ignore_errors=True)

    def sync(self, keys_in_use: Collection[str]) -> tuple[ChunkColumns, ...]:
        """The columns of all contents that are held; those that no segment has yet come into a new one.

        Raises:
            Gone: some are held no longer.
        """
        self._refresh()
        worn = self._find_compactable(keys_in_use)
        there = {key for path, part in self.parts.items() if path not in worn for key in part.keys}
        for keys in self._key_batches(sorted(set(keys_in_use) - there)):
            self._write_segment(keys)
        for path in worn:
            del self.parts[path]
            shutil.rmtree(path, ignore_errors=True)
        return tuple(self.parts.values())

    def _find_compactable(self, keys_in_use: Collection[str]) -> list[Path]:
        """The segments of which new ones are to be made."""
        worn = {path for path, part in self.parts.items() if 2 * _unused_rows(part, keys_in_use) > len(part)}
        alike: dict[int, list[Path]] = {}
        for path, part in self.parts.items():
            if len(part) < MAX_SEGMENT_ROWS:
                alike.setdefault(int(math.log(len(part) + 1, MAX_SIMILAR_SEGMENTS)), []).append(path)
        worn.update(path for own in alike.values() if len(own) > MAX_SIMILAR_SEGMENTS for path in own)
        return sorted(worn)

    def _key_batches(self, keys: Sequence[str]) -> Iterator[list[str]]:
        """Keys, no more of them at once than fill a segment."""
        rows = {key: len(value) // DIGEST_BYTES for key, value in self._contents.digests(keys).items()}
        if len(rows) < len(keys):
            raise StaleIndexError
        cut: list[str] = []
        filled = 0
        for key in keys:
            cut.append(key)
            filled += rows[key]
            if filled >= MAX_SEGMENT_ROWS:
                yield cut
                cut, filled = [], 0
        if cut:
            yield cut

    def _write_segment(self, keys: Sequence[str]) -> None:
        made = self._build_columns(keys)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left in self._folder.glob(f"{_TEMPORARY_PREFIX}*"):  # by a process that was killed: nobody else is at it
            shutil.rmtree(left, ignore_errors=True)
        fresh = Path(tempfile.mkdtemp(dir=self._folder, prefix=_TEMPORARY_PREFIX))
        _save(made, fresh)
        last = max((int(path.name) for path in self._folder.glob("[0-9]*")), default=0)
        place = fresh.rename(self._folder / f"{last + 1:08}")
        loaded = _load(place)
        if loaded is not None:
            self.parts[place] = loaded

    def _build_columns(self, keys: Sequence[str]) -> ChunkColumns:
        digests = self._contents.digests(keys)
        if len(digests) < len(keys):
            raise StaleIndexError
        every = b"".join(digests[key] for key in keys)
        split = [every[at : at + DIGEST_BYTES] for at in range(0, len(every), DIGEST_BYTES)]
        vectors = np.empty((len(split), self._contents.model.dimensions), np.float32)
        for first in range(0, len(split), 10 * _BATCH_FILES):
            vectors[first : first + 10 * _BATCH_FILES] = self._contents.vectors(
                split[first : first + 10 * _BATCH_FILES]
            )
        files = (
            (key, chunks[key])
            for first in range(0, len(keys), _BATCH_FILES)
            for chunks in (self._contents.chunks(keys[first : first + _BATCH_FILES]),)
            for key in keys[first : first + _BATCH_FILES]
        )
        return build_columns(files, vectors)


def _unused_rows(part: ChunkColumns, keys_in_use: Collection[str]) -> int:
    """How many rows of a segment nobody holds."""
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
    """A segment, mapped; None where it is not whole."""
    try:
        keys = tuple(json.loads((folder / "keys.json").read_text()))
        starts, units, vectors, terms, term_starts, rows, weights = (
            np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)) for name in _ARRAYS
        )
    except (OSError, ValueError):
        return None
    fits = len(starts) == len(keys) + 1 and len(units) == len(vectors) == int(starts[-1])
    fits = fits and len(term_starts) == len(terms) + 1 and len(rows) == len(weights) == int(term_starts[-1])
    return ChunkColumns(keys, starts, units, Postings(terms, term_starts, rows, weights), vectors) if fits else None
