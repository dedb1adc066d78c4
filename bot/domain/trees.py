"""Git blobs and trees, and the change between two trees."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property


class Blob:
    """A file's bytes, identified by their content and read on first use.

    Args:
        oid: git's object id, 40 hexadecimal digits.
        size: in bytes, known without reading.
        read: returns the bytes.
    """

    def __init__(self, oid: str, size: int, read: Callable[[], bytes]) -> None:
        self.oid = oid
        self.size = size
        self._read = read

    @classmethod
    def of(cls, content: bytes | str) -> Blob:
        """Return a blob with this content and git's id for it."""
        data = content.encode() if isinstance(content, str) else content
        oid = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
        return cls(oid, len(data), lambda: data)

    @cached_property
    def data(self) -> bytes:
        return self._read()

    def release(self) -> None:
        """Release the bytes. They are read again on the next use."""
        self.__dict__.pop("data", None)

    @property
    def is_loaded(self) -> bool:
        """Whether the bytes are in memory."""
        return "data" in self.__dict__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Blob) and other.oid == self.oid

    def __hash__(self) -> int:
        return hash(self.oid)

    def __repr__(self) -> str:
        return f"Blob({self.oid[:12]}, {self.size} bytes)"


Tree = Mapping[str, Blob]
"""Blobs by path: regular files only, without links and submodules."""


@dataclass(frozen=True, slots=True)
class FileChange:
    """A changed file. `before` is None for an added file, `after` for a deleted one."""

    before: str | None
    after: str | None


@dataclass(frozen=True)
class Change:
    """Two trees and the files in which they differ. A moved file is one entry."""

    base: Tree
    head: Tree
    files: tuple[FileChange, ...]

    @classmethod
    def between(cls, base: Tree, head: Tree) -> Change:
        """Return the change from one tree to another. Files are matched by path, then by equal content."""
        removed = {p: b.oid for p, b in base.items() if p not in head}
        added = {p: b.oid for p, b in head.items() if p not in base}
        by_oid: dict[str, list[str]] = {}
        for path, oid in removed.items():
            by_oid.setdefault(oid, []).append(path)
        files = [FileChange(p, p) for p in base if p in head and base[p].oid != head[p].oid]
        for path, oid in added.items():
            same = by_oid.get(oid)
            before = same.pop(0) if same else None
            if before is not None:
                del removed[before]
            files.append(FileChange(before, path))
        files += [FileChange(p, None) for p in removed]
        return cls(base, head, tuple(sorted(files, key=lambda f: f.after or f.before or "")))
