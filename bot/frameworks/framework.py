"""What a framework tells the core: the options, variables and routes that a file declares as strings.

They are a program's surface like its functions, but no grammar names them: a library's call gives them their meaning.
One record a family of frameworks (see `bot/interfaces/__init__.py`), pure in the bytes that it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

Kind = Literal["option", "environment variable", "route"]


@dataclass(frozen=True, slots=True)
class Declaration:
    """One string by which others reach the program.

    `name` is what its users write (`--max-size`, `APP_LEVEL`, `/users/{id}`); `default` the plain value, without
    quotes, where the source states one; `bound` what the program does with it, in its own words: a help text,
    a handler, a variable. It tells a rename from another thing.
    """

    kind: Kind
    name: str
    line: int
    default: str | None = None
    binding: str = ""


@dataclass(frozen=True, slots=True)
class FrameworkExample:
    """A file and what it declares: each name with its default."""

    source: str
    declarations: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True, slots=True)
class Framework:
    """A family of frameworks that give names to strings.

    Args:
        name: as people write it.
        suffixes: of the files in which it may stand, with the dot.
        marks: words of which a file must hold one; without them it is not read.
        declared: what a file declares.
        examples: run by the contract tests.
    """

    name: str
    suffixes: tuple[str, ...]
    markers: tuple[bytes, ...]
    declarations: Callable[[bytes], Iterable[Declaration]]
    examples: tuple[FrameworkExample, ...] = ()

    def applies_to(self, path: str, data: bytes) -> bool:
        """Whether a file of that path may declare something by it."""
        return path.endswith(self.suffixes) and any(mark in data for mark in self.markers)
