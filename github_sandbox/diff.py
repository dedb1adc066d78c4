"""Changed files as GitHub lists them, and the lines of their patches."""

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
    """One changed file. `patch` holds its hunks without git's headers, or None for a binary file or a pure rename."""

    path: str
    previous: str | None
    status: str
    oid: str
    additions: int
    deletions: int
    patch: str | None


def files(git: GitRepository, base: str | None, head: str) -> list[FileDiff]:
    """Return the files that differ between two commits, by path. `base` None means the empty tree."""
    span = (base or _EMPTY_TREE, head)
    listing = git.run("diff-tree", "-r", "-M", "-z", "--raw", "--numstat", "--no-abbrev", *span).decode(
        errors="replace"
    )
    fields = listing.split("\0")
    patches = iter(_patches(git.run("diff-tree", "-r", "-M", "-p", *span).decode(errors="replace")))
    raw: list[tuple[str, str, str | None, str]] = []
    while fields and fields[0].startswith(":"):
        _, _, before, after, status = fields.pop(0).split(" ")
        previous = fields.pop(0) if status[0] in "RC" else None
        raw.append((status[0], fields.pop(0), previous, before if status[0] == "D" else after))
    changed = []
    for status, path, previous, oid in raw:
        added, deleted, name = fields.pop(0).split("\t")
        if not name:  # for a rename, both names follow as separate fields
            del fields[:2]
        counts = [0 if number == "-" else int(number) for number in (added, deleted)]
        patch = next(patches)
        if status == "T":  # a type change is printed as a deletion and an addition
            patch = next(patches)
        changed.append(FileDiff(path, previous, _STATUS[status], oid, counts[0], counts[1], patch))
    return changed


def _patches(text: str) -> list[str | None]:
    """Return the hunks of each file of `diff-tree -p`. Content lines never start with `diff --git`."""
    parts = ("\n" + text).split("\ndiff --git ")[1:]
    hunks = [part.partition("\n@@") for part in parts]
    return [separator[1:] + rest.rstrip("\n") if separator else None for _, separator, rest in hunks]


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A diff line with its line numbers on both sides. `kind` is `hunk`, `added`, `removed` or `same`."""

    kind: str
    before: int | None
    after: int | None
    text: str


def parse_patch(patch: str) -> Iterator[DiffLine]:
    """Yield the lines of a file's patch."""
    before = after = 0
    for text in patch.split("\n"):
        if match := _HUNK.match(text):
            before, after = int(match[1]), int(match[3])
            yield DiffLine("hunk", None, None, text)
        elif text.startswith("+"):
            yield DiffLine("added", None, after, text)
            after += 1
        elif text.startswith("-"):
            yield DiffLine("removed", before, None, text)
            before += 1
        elif text.startswith("\\"):  # "No newline at end of file"
            yield DiffLine("hunk", None, None, text)
        else:
            yield DiffLine("same", before, after, text)
            before, after = before + 1, after + 1


def map_line(git: GitRepository, before: str, after: str, path: str, line: int) -> int | None:
    """Return the number that a line has in a later commit, or None if the line was changed or the file removed."""
    if git.resolve(f"{after}:{path}", "object") is None:
        return None
    offset = 0
    for text in (
        git.run("--literal-pathspecs", "diff", "-U0", before, after, "--", path).decode(errors="replace").split("\n")
    ):
        if match := _HUNK.match(text):
            start, count, added = int(match[1]), int(match[2] or 1), int(match[4] or 1)
            if start <= line < start + count:
                return None
            offset += added - count if line >= start + max(count, 1) else 0
    return line + offset
