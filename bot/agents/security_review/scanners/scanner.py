"""What a scanner is: what it reads, how it is called, how its report is read. Pure; `bot.scanning` runs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.domain import Hit

Category = Literal["code", "secrets", "workflows", "containers", "shell", "infrastructure", "dependencies"]

PYTHON = "python"
"""The name of a program that is the interpreter we run in."""


@dataclass(frozen=True, slots=True)
class ScannerExample:
    """A file in which it finds something: on which lines, by which of its own rules."""

    path: str
    text: str
    hits: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class ScannerInput:
    """What a scanner needs besides the texts: its rules, or what is publicly known.

    Args:
        option: the option that hands it over; the first of the arguments.
        lacking: what is said where it is not there, in a few words.
        setting: the variable by which the operator names its file or folder; empty where there is none.
        package: the distribution that brings it, in the environment of the scanner's program; empty where none does.
        inside: the folder in there.
        made: the one file that is handed over, of the bytes of those there by name; None hands over the place itself.
    """

    option: str
    missing_hint: str
    setting: str = ""
    package: str = ""
    subfolder: str = ""
    build: Callable[[Mapping[str, bytes]], bytes] | None = None


@dataclass(frozen=True, slots=True)
class Scanner:
    """One of the field's scanners.

    Args:
        name: as its users know it; its findings' rules begin with it.
        sort: what it looks for.
        distribution: the Python package that brings it, and tells its version.
        program: its program, or `PYTHON`.
        inside: where its package keeps the program itself, if `program` only starts it, which takes as long again.
        module: the module of ours that `PYTHON` runs; empty where the arguments say what it does.
        reads: whether it has something to say of a file, by its path in the repository.
        arguments: those after the program, for names of files in the folder it is called in. Whatever a repository
            could say to quiet it, or to make it run something, is switched off here.
        parse: its report (standard output) and the scanned texts by name; yields the name and what was hit. Rules that
            are off, and values that only look like secrets, are left out here. Raises `ValueError` for no report.
        home: the project's page.
        licence: SPDX.
        blinded: a text without the words that quiet this scanner, where no switch does that; lines stay.
        success: the exit codes after which the report counts.
        extra: the set it belongs to that an operator installs apart; None where it comes with MAS.
        could: whether a text, by its path and bytes, could have a hit that counts; what cannot is not scanned.
        given: what it needs besides the texts; without it the scanner is not there.
        reserved: bytes of memory that it takes hold of and never touches; they are not counted.
    """

    name: str
    category: Category
    distribution: str
    program: str
    applies_to: Callable[[str], bool]
    arguments: Callable[[Sequence[str]], list[str]]
    parse: Callable[[bytes, Mapping[str, bytes]], Iterator[tuple[str, Hit]]]
    homepage: str
    licence: str
    binary_path: str = ""
    module: str = ""
    strip_suppressions: Callable[[bytes], bytes] = lambda data: data
    may_match: Callable[[str, bytes], bool] = lambda path, data: True
    success: frozenset[int] = frozenset({0, 1})
    extra: str | None = None
    required_input: ScannerInput | None = None
    reserved_bytes: int = 0
    examples: tuple[ScannerExample, ...] = ()
