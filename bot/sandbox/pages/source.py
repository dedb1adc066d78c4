"""Files and their changes as numbered lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST = 5_000
"""Lines that one file shows at most."""

_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a diff with its numbers on both sides; `kind` is `hunk`, `added`, `removed` or `same`."""

    kind: str
    before: int | None
    after: int | None
    text: str


def changed_lines(patch: str) -> Iterator[Line]:
    """The lines of a file's hunks, at most `LONGEST`."""
    before = after = 0
    for text in patch.split("\n")[:LONGEST]:
        if found := _HUNK.match(text):
            before, after = int(found[1]), int(found[2])
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


def numbered_lines(data: bytes) -> list[tuple[int, str]] | None:
    """A text file's lines from 1, at most `LONGEST`; None for a binary file."""
    if b"\0" in data:
        return None
    lines = data.decode(errors="replace").removesuffix("\n").split("\n")
    return list(enumerate(lines[:LONGEST], start=1))
