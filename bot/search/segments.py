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
from bot.agents.rag_management.column_store import Columns, Postings, columns
from bot.search.contents import DIGEST, Contents, Gone

VERSION = 1
"""Of the files; those of another are made anew."""

MOST = 8
"""Segments of like size; more are made into one."""

FULL = 20_000
"""Rows of a segment; what is to come beyond them comes into another, and one that has as many stays as it is."""

_AT_ONCE = 500
"""Files of which the chunks are in memory at once."""
_MAKING = "making-"


def folder_of(model: str) -> str:
    """The name of the folder with a model's segments."""
    return f"{model}-{VERSION}.{lexical.VERSION}"


class Segments:
    """The segments of an index for one model; only one process of a machine writes to them at a time.

    Args:
        folder: made when first written to.
    """

    def __init__(self, folder: Path, contents: Contents) -> None:
        self._folder = folder / folder_of(contents.model.name)
        self._contents = contents
        self.parts: dict[Path, Columns] = {}
        self._open()

    def _open(self) -> None:
        """Take up what other processes wrote, and let go of what they removed."""
        there = sorted(self._folder.glob("[0-9]*")) if self._folder.is_dir() else []
        kept = {path: part for path, part in self.parts.items() if path in there}
        for path in there:
            if path not in kept:
                part = _loaded(path)
                if part is not None:
                    kept[path] = part
        self.parts = kept

    def remove(self) -> None:
        """Delete all of them."""
        self.parts = {}
        shutil.rmtree(self._folder, ignore_errors=True)

    def bring(self, held: Collection[str]) -> tuple[Columns, ...]:
        """The columns of all contents that are held; those that no segment has yet come into a new one.

        Raises:
            Gone: some are held no longer.
        """
        self._open()
        worn = self._worn(held)
        there = {key for path, part in self.parts.items() if path not in worn for key in part.keys}
        for keys in self._cut(sorted(set(held) - there)):
            self._add(keys)
        for path in worn:
            del self.parts[path]
            shutil.rmtree(path, ignore_errors=True)
        return tuple(self.parts.values())

    def _worn(self, held: Collection[str]) -> list[Path]:
        """The segments of which new ones are to be made."""
        worn = {path for path, part in self.parts.items() if 2 * _lost(part, held) > len(part)}
        alike: dict[int, list[Path]] = {}
        for path, part in self.parts.items():
            if len(part) < FULL:
                alike.setdefault(int(math.log(len(part) + 1, MOST)), []).append(path)
        worn.update(path for own in alike.values() if len(own) > MOST for path in own)
        return sorted(worn)

    def _cut(self, keys: Sequence[str]) -> Iterator[list[str]]:
        """Keys, no more of them at once than fill a segment."""
        rows = {key: len(value) // DIGEST for key, value in self._contents.digests(keys).items()}
        if len(rows) < len(keys):
            raise Gone
        cut: list[str] = []
        filled = 0
        for key in keys:
            cut.append(key)
            filled += rows[key]
            if filled >= FULL:
                yield cut
                cut, filled = [], 0
        if cut:
            yield cut

    def _add(self, keys: Sequence[str]) -> None:
        made = self._made(keys)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left in self._folder.glob(f"{_MAKING}*"):  # by a process that was killed: nobody else is at it
            shutil.rmtree(left, ignore_errors=True)
        fresh = Path(tempfile.mkdtemp(dir=self._folder, prefix=_MAKING))
        _save(made, fresh)
        last = max((int(path.name) for path in self._folder.glob("[0-9]*")), default=0)
        place = fresh.rename(self._folder / f"{last + 1:08}")
        loaded = _loaded(place)
        if loaded is not None:
            self.parts[place] = loaded

    def _made(self, keys: Sequence[str]) -> Columns:
        digests = self._contents.digests(keys)
        if len(digests) < len(keys):
            raise Gone
        every = b"".join(digests[key] for key in keys)
        split = [every[at : at + DIGEST] for at in range(0, len(every), DIGEST)]
        vectors = np.empty((len(split), self._contents.model.dimensions), np.float32)
        for first in range(0, len(split), 10 * _AT_ONCE):
            vectors[first : first + 10 * _AT_ONCE] = self._contents.vectors(split[first : first + 10 * _AT_ONCE])
        files = (
            (key, chunks[key])
            for first in range(0, len(keys), _AT_ONCE)
            for chunks in (self._contents.chunks(keys[first : first + _AT_ONCE]),)
            for key in keys[first : first + _AT_ONCE]
        )
        return columns(files, vectors)


def _lost(part: Columns, held: Collection[str]) -> int:
    """How many rows of a segment nobody holds."""
    lengths = np.diff(part.starts)
    return int(sum(length for key, length in zip(part.keys, lengths, strict=True) if key not in held))


_ARRAYS = ("starts", "units", "vectors", "terms", "term_starts", "rows", "weights")


def _save(part: Columns, folder: Path) -> None:
    postings = part.postings
    arrays = (part.starts, part.units, part.vectors, postings.terms, postings.starts, postings.rows, postings.weights)
    for name, array in zip(_ARRAYS, arrays, strict=True):
        np.save(folder / f"{name}.npy", array, allow_pickle=False)
    (folder / "keys.json").write_text(json.dumps(part.keys))


def _loaded(folder: Path) -> Columns | None:
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
    return Columns(keys, starts, units, Postings(terms, term_starts, rows, weights), vectors) if fits else None
