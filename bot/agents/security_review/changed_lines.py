"""Which lines a change adds or alters, and beside which lines something was taken away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from bot.domain import Blob, Change, Tree
from bot.text.diff import Hunk, hunks

LARGEST = 1_000_000
"""Bytes of a file; a larger one is not looked at, and that is said. So are, each with its own number:"""
LONGEST_LINE = 20_000
MOST_FILES = 2_000

Side = Literal["base", "head"]


@dataclass(frozen=True)
class Altered:
    """A file of a change that is there at head, and what differs; lines are without their ends, and count from 1."""

    path: str
    base: Sequence[str]
    head: Sequence[str]

    @cached_property
    def hunks(self) -> list[Hunk]:
        return hunks(self.base, self.head)

    @cached_property
    def lines(self) -> frozenset[int]:
        """The lines at head that are new or not as they were."""
        return frozenset(line + 1 for hunk in self.hunks for line in range(hunk.c, hunk.d))

    def line(self, number: int) -> str:
        """The text of a line at head; nothing beyond the end."""
        return self.head[number - 1] if 0 < number <= len(self.head) else ""


@dataclass(frozen=True, slots=True)
class Altering:
    """What a change alters, as far as it is looked at.

    Args:
        files: those that it leaves there with other bytes than before; a moved file is compared with what it was.
        before: the lines of all files that it alters, moves or deletes, by their path then.
        texts: what is to be scanned: each side of these files, by side and path.
        notes: whole sentences on what was left out, and why.
    """

    files: tuple[Altered, ...]
    before: Mapping[str, Sequence[str]]
    texts: Mapping[tuple[Side, str], Blob]
    notes: tuple[str, ...] = ()


def altering(change: Change) -> Altering:
    """What a change alters; of many files the first `MOST_FILES` by path."""
    left = _LeftOut()
    files: list[Altered] = []
    before: dict[str, Sequence[str]] = {}
    texts: dict[tuple[Side, str], Blob] = {}
    for file in change.files:
        if len(files) == MOST_FILES:
            left.beyond += 1
            continue
        old, new = left.read(change.base, file.before), left.read(change.head, file.after)
        if file.before is not None and old is not None:
            before[file.before] = lines(old)
            texts["base", file.before] = old
        if file.after is not None and new is not None and (old is None or old.oid != new.oid):
            files.append(Altered(file.after, before.get(file.before or "", ()), lines(new)))
            texts["head", file.after] = new
    return Altering(tuple(files), before, texts, left.notes)


class _LeftOut:
    """Reads what is text and not too long; remembers what is left out."""

    def __init__(self) -> None:
        self._why: dict[str, list[str]] = {}
        self.beyond = 0

    def read(self, tree: Tree, path: str | None) -> Blob | None:
        blob = tree.get(path) if path is not None else None
        if path is None or blob is None:
            return None
        if blob.size > LARGEST:
            self._without(path, f"more than {LARGEST // 1_000_000} MB long")
            return None
        if b"\0" in blob.data[:8_000]:
            return None  # no text
        if max(map(len, blob.data.split(b"\n"))) > LONGEST_LINE:
            self._without(path, f"with a line of more than {LONGEST_LINE:,} characters")
            return None
        return blob

    def _without(self, path: str, why: str) -> None:
        if path not in self._why.setdefault(why, []):
            self._why[why].append(path)

    @property
    def notes(self) -> tuple[str, ...]:
        said = [f"{_named(paths)} {why}: not looked at." for why, paths in self._why.items()]
        if self.beyond:
            said.append(f"{self.beyond:,} more files: not looked at; of one change the first {MOST_FILES:,} are.")
        return tuple(said)


def _named(paths: Sequence[str]) -> str:
    shown = ", ".join(f"`{path}`" for path in paths[:3])
    return shown if len(paths) <= 3 else f"{shown} and {len(paths) - 3} more files"


def lines(blob: Blob) -> list[str]:
    """The lines of a text, as git counts them."""
    return blob.data.decode(errors="replace").split("\n")


def squeezed(line: str) -> str:
    """A line without its blanks: the same wherever code moves to."""
    return "".join(line.split())
