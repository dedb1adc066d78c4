"""Files and their changes as numbered lines."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from github_sandbox.diff import Line, lines

LONGEST = 5_000
"""Lines that one file shows at most."""


def changed_lines(patch: str) -> Iterator[Line]:
    """The lines of a file's hunks, at most `LONGEST`."""
    return islice(lines(patch), LONGEST)


def numbered_lines(data: bytes) -> list[tuple[int, str]] | None:
    """A text file's lines from 1, at most `LONGEST`; None for a binary file."""
    if b"\0" in data:
        return None
    lines = data.decode(errors="replace").removesuffix("\n").split("\n")
    return list(enumerate(lines[:LONGEST], start=1))
