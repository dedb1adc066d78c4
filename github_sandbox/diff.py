"""The files of a change as GitHub lists them, and their lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from github_sandbox.git import GitRepository

_STATUS = {"A": "added", "D": "removed", "M": "modified", "T": "changed", "R": "renamed", "C": "copied"}
_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


@dataclass(frozen=True, slots=True)
class FileDiff:
    """One file: `patch` is the hunks without git's headers, None for a binary file or a mere rename."""

    path: str
    previous: str | None
    status: str
    oid: str
    additions: int
    deletions: int
    patch: str | None


def files(git: GitRepository, base: str | None, head: str) -> list[FileDiff]:
    """What differs between two commits, by path; `base` None compares with nothing."""
    span = (base or _EMPTY_TREE, head)
    listed = git.run("diff-tree", "-r", "-M", "-z", "--raw", "--numstat", "--no-abbrev", *span).decode(errors="replace")
    fields = listed.split("\0")
    patches = iter(_patches(git.run("diff-tree", "-r", "-M", "-p", *span).decode(errors="replace")))
    raw: list[tuple[str, str, str | None, str]] = []
    while fields and fields[0].startswith(":"):
        _, _, before, after, letter = fields.pop(0).split(" ")
        previous = fields.pop(0) if letter[0] in "RC" else None
        raw.append((letter[0], fields.pop(0), previous, before if letter[0] == "D" else after))
    found = []
    for letter, path, previous, oid in raw:
        added, deleted, name = fields.pop(0).split("\t")
        if not name:  # a rename: both names follow as fields of their own
            del fields[:2]
        counts = [0 if number == "-" else int(number) for number in (added, deleted)]
        patch = next(patches)
        if letter == "T":  # a change of type is shown as a deletion and an addition
            patch = next(patches)
        found.append(FileDiff(path, previous, _STATUS[letter], oid, counts[0], counts[1], patch))
    return found


def _patches(text: str) -> list[str | None]:
    """The hunks of each file of `diff-tree -p`; a content line never begins with `diff --git`."""
    parts = ("\n" + text).split("\ndiff --git ")[1:]
    hunks = [part.partition("\n@@") for part in parts]
    return [mark[1:] + rest.rstrip("\n") if mark else None for _, mark, rest in hunks]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a diff with its numbers on both sides; `kind` is `hunk`, `added`, `removed` or `same`."""

    kind: str
    before: int | None
    after: int | None
    text: str


def lines(patch: str) -> Iterator[Line]:
    """The lines of a file's hunks."""
    before = after = 0
    for text in patch.split("\n"):
        if found := _HUNK.match(text):
            before, after = int(found[1]), int(found[3])
            yield Line("hunk", None, None, text)
        elif text.startswith("+"):
            yield Line("added", None, after, text)
            after += 1
        elif text.startswith("-"):
            yield Line("removed", before, None, text)
            before += 1
        elif text.startswith("\\"):  # "No newline at end of file"
            yield Line("hunk", None, None, text)
        else:
            yield Line("same", before, after, text)
            before, after = before + 1, after + 1


def moved(git: GitRepository, before: str, after: str, path: str, line: int) -> int | None:
    """Where a file's line is in a later commit; None when it was changed or the file went."""
    if git.resolve(f"{after}:{path}", "object") is None:
        return None
    shift = 0
    for text in (
        git.run("--literal-pathspecs", "diff", "-U0", before, after, "--", path).decode(errors="replace").split("\n")
    ):
        if found := _HUNK.match(text):
            start, count, added = int(found[1]), int(found[2] or 1), int(found[4] or 1)
            if start <= line < start + count:
                return None
            shift += added - count if line >= start + max(count, 1) else 0
    return line + shift
