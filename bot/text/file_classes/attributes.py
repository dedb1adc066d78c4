"""Parse the `linguist-*` attributes of `.gitattributes` files.

https://git-scm.com/docs/gitattributes#_description
https://github.com/github-linguist/linguist/blob/main/docs/overrides.md
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.text.globs import path_glob

FILE_NAME = ".gitattributes"
MAX_BYTES, MAX_FILES, MAX_RULES, _MAX_PATTERN = 65_536, 100, 500, 256

VENDORED, GENERATED, DOCUMENTATION = "linguist-vendored", "linguist-generated", "linguist-documentation"
_NAMES = frozenset({VENDORED, GENERATED, DOCUMENTATION})
_LINE = re.compile(r'(?:"([^"]*)"|(\S+))\s+(\S.*)')


@dataclass(frozen=True, slots=True)
class _AttributeLine:
    folder: str
    pattern: re.Pattern[str]
    values: tuple[tuple[str, bool | None], ...]


class Attributes:
    """The attributes that the `.gitattributes` files of a tree set."""

    def __init__(self, files: Iterable[tuple[str, bytes]]) -> None:
        """Parse files, given as paths and contents. The nearest file takes precedence, then the last line in it."""
        ordered = sorted(files, key=lambda file: (file[0].count("/"), file[0]))
        self._rules = [rule for path, data in ordered[:MAX_FILES] for rule in _parse(path, data)]

    def __bool__(self) -> bool:
        return bool(self._rules)

    def of(self, path: str) -> dict[str, bool]:
        """Return the attributes of a file: True if set, False if unset; unspecified ones are left out."""
        found: dict[str, bool | None] = {}
        for rule in self._rules:
            if path.startswith(rule.folder) and rule.pattern.fullmatch(path[len(rule.folder) :]):
                found.update(rule.values)
        return {name: value for name, value in found.items() if value is not None}


def is_attributes_file(path: str) -> bool:
    """Return whether a path is that of a `.gitattributes` file."""
    return path.rpartition("/")[2] == FILE_NAME


def _parse(path: str, data: bytes) -> Iterator[_AttributeLine]:
    folder = path.removesuffix(FILE_NAME)
    text = data[:MAX_BYTES].decode(errors="replace")
    for line in text.splitlines()[:MAX_RULES]:
        match = _LINE.fullmatch(line.strip()[:1_000]) if "linguist-" in line else None
        pattern = (match[1] or match[2] or "") if match else ""
        if match is None or not 0 < len(pattern) <= _MAX_PATTERN or pattern.startswith(("#", "[attr]", "!")):
            continue
        values = tuple(value for word in match[3].split() if (value := _parse_value(word)) is not None)
        if values:
            yield _AttributeLine(folder, path_glob(pattern), values)


def _parse_value(word: str) -> tuple[str, bool | None] | None:
    name, _, value = word.lstrip("-!").partition("=")
    if name not in _NAMES:
        return None
    if word.startswith("!"):
        return name, None
    return name, not word.startswith("-") and value.lower() != "false"
