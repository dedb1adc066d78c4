"""Files and patches as numbered lines."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from github_sandbox.diff import DiffLine, parse_patch

MAX_LINES = 5_000
"""Most lines shown per file."""


def patch_lines(patch: str) -> Iterator[DiffLine]:
    """Return the lines of a file's patch, at most `MAX_LINES`."""
    return islice(parse_patch(patch), MAX_LINES)


def number_lines(data: bytes) -> list[tuple[int, str]] | None:
    """Return a text file's numbered lines, at most `MAX_LINES`, or None for a binary file."""
    if b"\0" in data:
        return None
    lines = data.decode(errors="replace").removesuffix("\n").split("\n")
    return list(enumerate(lines[:MAX_LINES], start=1))
