"""What git has: blobs, trees, and the change between two of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property


class Blob:
    """A file's bytes, named by their content; read when first asked for.

    Args:
        oid: git's object id, 40 hexadecimal digits.
        size: length in bytes, known without reading.
        read: returns the bytes.
    """

    def __init__(self, oid: str, size: int, read: Callable[[], bytes]) -> None:
        self.oid = oid
        self.size = size
        self._read = read

    @classmethod
    def of(cls, content: bytes | str) -> Blob:
        """A blob from its content, with the id that git gives it."""
        data = content.encode() if isinstance(content, str) else content
        oid = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
        return cls(oid, len(data), lambda: data)

    @cached_property
    def data(self) -> bytes:
        return self._read()

    def release(self) -> None:
        """Let go of its bytes; they are read again when they are asked for."""
        self.__dict__.pop("data", None)

    @property
    def is_loaded(self) -> bool:
        """Whether its bytes are at hand."""
        return "data" in self.__dict__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Blob) and other.oid == self.oid

    def __hash__(self) -> int:
        return hash(self.oid)

    def __repr__(self) -> str:
        return f"Blob({self.oid[:12]}, {self.size} bytes)"


Tree = Mapping[str, Blob]
"""Path → blob, regular files only: links and submodules are left out by whoever builds it."""


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file of a change: `before` is None where it was added, `after` where it was deleted."""

    before: str | None
    after: str | None


@dataclass(frozen=True)
class Change:
    """Two trees and the files in which they differ (moved files stand in one entry)."""

    base: Tree
    head: Tree
    files: tuple[FileChange, ...]

    @classmethod
    def between(cls, base: Tree, head: Tree) -> Change:
        """The change from one tree to another; files are matched by path, then by equal content."""
        gone = {p: b.oid for p, b in base.items() if p not in head}
        come = {p: b.oid for p, b in head.items() if p not in base}
        by_oid: dict[str, list[str]] = {}
        for path, oid in gone.items():
            by_oid.setdefault(oid, []).append(path)
        files = [FileChange(p, p) for p in base if p in head and base[p].oid != head[p].oid]
        for path, oid in come.items():
            twins = by_oid.get(oid)
            before = twins.pop(0) if twins else None
            if before is not None:
                del gone[before]
            files.append(FileChange(before, path))
        files += [FileChange(p, None) for p in gone]
        return cls(base, head, tuple(sorted(files, key=lambda f: f.after or f.before or "")))
