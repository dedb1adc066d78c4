"""The files and lines that a change adds or modifies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from bot.domain import Blob, Change, Tree
from bot.text.diff import Hunk, hunks

MAX_FILE_BYTES = 1_000_000
"""Larger files are skipped, with a note."""
MAX_LINE_CHARS = 20_000
"""Files with a longer line are skipped, with a note."""
MAX_FILES = 2_000
"""Files of one change; further files are skipped, with a note."""

Side = Literal["base", "head"]


@dataclass(frozen=True)
class ChangedFile:
    """A changed file that exists at head, with its lines on both sides (no line ends, numbered from 1)."""

    path: str
    base: Sequence[str]
    head: Sequence[str]

    @cached_property
    def hunks(self) -> list[Hunk]:
        return hunks(self.base, self.head)

    @cached_property
    def diff_lines(self) -> frozenset[int]:
        """Numbers of the lines at head that are new or modified."""
        return frozenset(line + 1 for hunk in self.hunks for line in range(hunk.new_start, hunk.new_end))

    def line(self, number: int) -> str:
        """Return a line at head, or an empty string if there is none."""
        return self.head[number - 1] if 0 < number <= len(self.head) else ""


@dataclass(frozen=True, slots=True)
class ChangedFiles:
    """The files of a change that are reviewed.

    Args:
        files: files at head whose content changed; a moved file is compared with its old version.
        base_lines: lines of each modified, moved or deleted file, by its path at base.
        texts: texts to scan: both sides of these files, by side and path.
        notes: full sentences about what was skipped, and why.
    """

    files: tuple[ChangedFile, ...]
    base_lines: Mapping[str, Sequence[str]]
    texts: Mapping[tuple[Side, str], Blob]
    notes: tuple[str, ...] = ()


def collect_changed_files(change: Change) -> ChangedFiles:
    """Collect the changed files, up to `MAX_FILES` in path order."""
    reader = _FileReader()
    files: list[ChangedFile] = []
    before: dict[str, Sequence[str]] = {}
    texts: dict[tuple[Side, str], Blob] = {}
    for file in change.files:
        if len(files) == MAX_FILES:
            reader.over_limit += 1
            continue
        old, new = reader.read(change.base, file.before), reader.read(change.head, file.after)
        if file.before is not None and old is not None:
            before[file.before] = lines(old)
            texts["base", file.before] = old
        if file.after is not None and new is not None and (old is None or old.oid != new.oid):
            files.append(ChangedFile(file.after, before.get(file.before or "", ()), lines(new)))
            texts["head", file.after] = new
    return ChangedFiles(tuple(files), before, texts, reader.notes)


class _FileReader:
    """Reads text files of acceptable size and records what it skips."""

    def __init__(self) -> None:
        self._skipped: dict[str, list[str]] = {}
        self.over_limit = 0

    def read(self, tree: Tree, path: str | None) -> Blob | None:
        blob = tree.get(path) if path is not None else None
        if path is None or blob is None:
            return None
        if blob.size > MAX_FILE_BYTES:
            self._skip(path, f"larger than {MAX_FILE_BYTES // 1_000_000} MB")
            return None
        if b"\0" in blob.data[:8_000]:
            return None  # binary
        if max(map(len, blob.data.split(b"\n"))) > MAX_LINE_CHARS:
            self._skip(path, f"line longer than {MAX_LINE_CHARS:,} characters")
            return None
        return blob

    def _skip(self, path: str, why: str) -> None:
        if path not in self._skipped.setdefault(why, []):
            self._skipped[why].append(path)

    @property
    def notes(self) -> tuple[str, ...]:
        notes = [f"Skipped {_join_paths(paths)}: {why}." for why, paths in self._skipped.items()]
        if self.over_limit:
            notes.append(f"Skipped {self.over_limit:,} more files: only the first {MAX_FILES:,} files are reviewed.")
        return tuple(notes)


def _join_paths(paths: Sequence[str]) -> str:
    shown = ", ".join(f"`{path}`" for path in paths[:3])
    return shown if len(paths) <= 3 else f"{shown} and {len(paths) - 3} more files"


def lines(blob: Blob) -> list[str]:
    """Split a text into lines as git counts them."""
    return blob.data.decode(errors="replace").split("\n")


def without_whitespace(line: str) -> str:
    """Remove all whitespace from a line, so that it compares equal at any indentation."""
    return "".join(line.split())
