"""Which lines a change adds or alters, and beside which lines something was taken away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from bot.domain import Blob, Change, Tree
from bot.text.diff import Hunk, hunks

MAX_FILE_BYTES = 1_000_000
"""Bytes of a file; a larger one is not looked at, and that is said. So are, each with its own number:"""
MAX_LINE_CHARS = 20_000
MAX_FILES = 2_000

Side = Literal["base", "head"]


@dataclass(frozen=True)
class ChangedFile:
    """A file of a change that is there at head, and what differs; lines are without their ends, and count from 1."""

    path: str
    base: Sequence[str]
    head: Sequence[str]

    @cached_property
    def hunks(self) -> list[Hunk]:
        return hunks(self.base, self.head)

    @cached_property
    def diff_lines(self) -> frozenset[int]:
        """The lines at head that are new or not as they were."""
        return frozenset(line + 1 for hunk in self.hunks for line in range(hunk.new_start, hunk.new_end))

    def line(self, number: int) -> str:
        """The text of a line at head; nothing beyond the end."""
        return self.head[number - 1] if 0 < number <= len(self.head) else ""


@dataclass(frozen=True, slots=True)
class ChangedFiles:
    """What a change alters, as far as it is looked at.

    Args:
        files: those that it leaves there with other bytes than before; a moved file is compared with what it was.
        before: the lines of all files that it alters, moves or deletes, by their path then.
        texts: what is to be scanned: each side of these files, by side and path.
        notes: whole sentences on what was left out, and why.
    """

    files: tuple[ChangedFile, ...]
    base_lines: Mapping[str, Sequence[str]]
    texts: Mapping[tuple[Side, str], Blob]
    notes: tuple[str, ...] = ()


def collect_changed_files(change: Change) -> ChangedFiles:
    """What a change alters; of many files the first `MAX_FILES` by path."""
    left = _FileReader()
    files: list[ChangedFile] = []
    before: dict[str, Sequence[str]] = {}
    texts: dict[tuple[Side, str], Blob] = {}
    for file in change.files:
        if len(files) == MAX_FILES:
            left.over_limit += 1
            continue
        old, new = left.read(change.base, file.before), left.read(change.head, file.after)
        if file.before is not None and old is not None:
            before[file.before] = lines(old)
            texts["base", file.before] = old
        if file.after is not None and new is not None and (old is None or old.oid != new.oid):
            files.append(ChangedFile(file.after, before.get(file.before or "", ()), lines(new)))
            texts["head", file.after] = new
    return ChangedFiles(tuple(files), before, texts, left.notes)


class _FileReader:
    """Reads what is text and not too long; remembers what is left out."""

    def __init__(self) -> None:
        self._skipped: dict[str, list[str]] = {}
        self.over_limit = 0

    def read(self, tree: Tree, path: str | None) -> Blob | None:
        blob = tree.get(path) if path is not None else None
        if path is None or blob is None:
            return None
        if blob.size > MAX_FILE_BYTES:
            self._skip(path, f"more than {MAX_FILE_BYTES // 1_000_000} MB long")
            return None
        if b"\0" in blob.data[:8_000]:
            return None  # no text
        if max(map(len, blob.data.split(b"\n"))) > MAX_LINE_CHARS:
            self._skip(path, f"with a line of more than {MAX_LINE_CHARS:,} characters")
            return None
        return blob

    def _skip(self, path: str, why: str) -> None:
        if path not in self._skipped.setdefault(why, []):
            self._skipped[why].append(path)

    @property
    def notes(self) -> tuple[str, ...]:
        said = [f"{_join_paths(paths)} {why}: not looked at." for why, paths in self._skipped.items()]
        if self.over_limit:
            said.append(f"{self.over_limit:,} more files: not looked at; of one change the first {MAX_FILES:,} are.")
        return tuple(said)


def _join_paths(paths: Sequence[str]) -> str:
    shown = ", ".join(f"`{path}`" for path in paths[:3])
    return shown if len(paths) <= 3 else f"{shown} and {len(paths) - 3} more files"


def lines(blob: Blob) -> list[str]:
    """The lines of a text, as git counts them."""
    return blob.data.decode(errors="replace").split("\n")


def without_whitespace(line: str) -> str:
    """A line without its blanks: the same wherever code moves to."""
    return "".join(line.split())
