"""Interface of a framework: the options, environment variables and routes that a file declares as strings.

They belong to a program's public API like its functions, but only a library call gives the strings their meaning.
One record per family of frameworks (see `bot/frameworks/__init__.py`); each is a pure function of a file's bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

Kind = Literal["option", "environment variable", "route"]


@dataclass(frozen=True, slots=True)
class Declaration:
    """An option, environment variable or route that a program declares.

    Args:
        kind: which of the three it is.
        name: what users write: `--max-size`, `APP_LEVEL`, `/users/{id}`.
        line: counts from 1.
        default: the literal default, without quotes; None if the source states none.
        binding: what the program does with it: a help text, a handler or a variable. An equal binding identifies a
            renamed declaration.
    """

    kind: Kind
    name: str
    line: int
    default: str | None = None
    binding: str = ""


@dataclass(frozen=True, slots=True)
class FrameworkExample:
    """A file and its expected declarations: names and defaults."""

    source: str
    declarations: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True, slots=True)
class Framework:
    """A family of frameworks that share a way of declaring names as strings.

    Args:
        name: the display name.
        suffixes: the suffixes of the files that may use it, with the dot.
        markers: byte strings; a file that contains none of them is not parsed.
        declarations: parses the declarations of a file.
        examples: run by the contract tests.
    """

    name: str
    suffixes: tuple[str, ...]
    markers: tuple[bytes, ...]
    declarations: Callable[[bytes], Iterable[Declaration]]
    examples: tuple[FrameworkExample, ...] = ()

    def applies_to(self, path: str, data: bytes) -> bool:
        """Return whether a file may contain declarations of this framework."""
        return path.endswith(self.suffixes) and any(marker in data for marker in self.markers)
