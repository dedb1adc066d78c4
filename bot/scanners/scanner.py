"""What a scanner is: what it reads, how it is called, how its report is read. Pure; `bot.scanning` runs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from bot.domain.findings import Hit

Sort = Literal["code", "secrets", "workflows", "containers", "shell", "infrastructure", "dependencies"]


@dataclass(frozen=True, slots=True)
class Text:
    """A text to scan, under a name of our making that keeps what scanners go by: its last part and suffix.

    Args:
        name: where it lies in the scanned folder: `0007/Dockerfile`.
        data: the bytes at hand, with suppressions for this scanner taken out of them, lines kept.
    """

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class ScannerExample:
    """A file that it is to find something in, and where: lines and the rule's name without the scanner's."""

    path: str
    text: str
    hits: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Scanner:
    """One of the field's scanners.

    Args:
        name: as its users know it; findings' rules begin with it.
        sort: what it looks for.
        distribution: the Python package that brings its program, and tells its version.
        reads: whether it has something to say of a file, by its path in the repository.
        command: the arguments after the program, for a folder (its path) and the names in it. What a repository could
            say to quiet it or to make it run something is switched off here.
        program: the program's name.
        parse: its report (standard output) and the texts by name; yields the name and what was hit. Raises `ValueError`
            where the report is none.
        blinded: a text without the words that quiet this scanner, byte for byte as long, lines kept.
        success: the exit codes after which the report counts.
        extra: the extra that installs it; None where it comes with MAS.
        home: the project's page.
        licence: SPDX.
    """

    name: str
    sort: Sort
    distribution: str
    program: str
    reads: Callable[[str], bool]
    command: Callable[[str, tuple[str, ...]], list[str]]
    parse: Callable[[bytes, Mapping[str, bytes]], Iterator[tuple[str, Hit]]]
    home: str
    licence: str
    blinded: Callable[[bytes], bytes] = lambda data: data
    success: frozenset[int] = frozenset({0, 1})
    extra: str | None = None
    examples: tuple[ScannerExample, ...] = ()
