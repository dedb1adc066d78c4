"""The scanner record: which files it reads, how to call it, how to parse its report. `bot.analysis.scan` runs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.domain import Hit

Category = Literal["code", "secrets", "workflows", "containers", "shell", "infrastructure", "dependencies"]

PYTHON = "python"
"""Program name for the running Python interpreter."""


@dataclass(frozen=True, slots=True)
class ScannerExample:
    """A file with known hits: the line and the scanner's own rule of each."""

    path: str
    text: str
    hits: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class ScannerInput:
    """An input besides the texts: rules, or a vulnerability database.

    Args:
        option: command-line option that passes it; comes first in the arguments.
        missing_hint: short message if it is missing.
        setting: environment variable with its file or folder; empty if there is none.
        package: distribution that contains it, in the environment of the scanner's program; empty if there is none.
        subfolder: its folder in that package.
        build: merges its files (bytes by name) into the one file to pass; None passes the path itself.
    """

    option: str
    missing_hint: str
    setting: str = ""
    package: str = ""
    subfolder: str = ""
    build: Callable[[Mapping[str, bytes]], bytes] | None = None


@dataclass(frozen=True, slots=True)
class Scanner:
    """A third-party scanner.

    Args:
        name: its public name, and the prefix of its rules.
        category: what it looks for.
        distribution: Python package that contains it and has its version.
        program: its program, or `PYTHON`.
        binary_path: path of the real binary in its package, if `program` is only a launcher, which doubles the
            start time.
        module: module of `bot` that `PYTHON` runs; empty if the arguments contain the code.
        applies_to: returns whether it can scan a file, by its path in the repository.
        arguments: returns the arguments after the program, for file names in the working folder. They switch off
            everything by which a repository could suppress hits or run code.
        parse: takes the report (standard output) and the scanned texts by name; yields file names and hits, without
            disabled rules and values that only look like secrets. Raises `ValueError` for an invalid report.
        homepage: the project's page.
        licence: SPDX identifier.
        strip_suppressions: removes suppression comments that no option disables; keeps line numbers.
        success: exit codes after which the report is valid.
        extra: the optional set it belongs to, which operators install separately; None if it comes with MAS.
        may_match: returns whether a text can have a reported hit, by path and bytes; other texts are not scanned.
        required_input: input besides the texts; without it the scanner does not run.
        reserved_bytes: memory that it reserves but never uses; added to the memory limit.
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
