"""Which lines a change adds or alters, and beside which lines something was taken away."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from bot.agents.impact.lines import Hunk, hunks
from bot.domain import Blob, Change, Tree


@dataclass(frozen=True)
class Altered:
    """A file of a change that is there at head, and what differs; lines are without their ends, and count from 1."""

    path: str
    base_path: str | None
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
    """What a change alters.

    Args:
        files: those that it leaves there with other bytes than before; a moved file is compared with what it was.
        before: the lines of all files that it alters, moves or deletes, by their path then.
    """

    files: tuple[Altered, ...]
    before: Mapping[str, Sequence[str]]


def altering(change: Change, holds: Callable[[str, Blob], bool]) -> Altering:
    """The files of a change that are looked at: where `holds` says so of the path and the bytes."""
    files: list[Altered] = []
    before: dict[str, Sequence[str]] = {}
    for file in change.files:
        old = _side(change.base, file.before, holds)
        new = _side(change.head, file.after, holds)
        if file.before is not None and old is not None:
            before[file.before] = lines(old)
        if file.after is not None and new is not None and (old is None or old.oid != new.oid):
            files.append(Altered(file.after, file.before, before.get(file.before or "", ()), lines(new)))
    return Altering(tuple(files), before)


def _side(tree: Tree, path: str | None, holds: Callable[[str, Blob], bool]) -> Blob | None:
    blob = tree.get(path) if path is not None else None
    return blob if path is not None and blob is not None and holds(path, blob) else None


def lines(blob: Blob) -> list[str]:
    """The lines of a text, as git counts them."""
    return blob.data.decode(errors="replace").split("\n")


def squeezed(line: str) -> str:
    """A line without its blanks: the same wherever code moves to."""
    return "".join(line.split())
