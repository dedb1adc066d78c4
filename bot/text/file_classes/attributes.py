"""The `linguist-*` attributes of `.gitattributes`.

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
class _Rule:
    folder: str
    pattern: re.Pattern[str]
    values: tuple[tuple[str, bool | None], ...]


class Attributes:
    """What the `.gitattributes` of a tree say of its files."""

    def __init__(self, files: Iterable[tuple[str, bytes]]) -> None:
        """Read the files of these paths and contents; what is nearer to a file wins, then what is written last."""
        ordered = sorted(files, key=lambda file: (file[0].count("/"), file[0]))
        self._rules = [rule for path, data in ordered[:MAX_FILES] for rule in _read(path, data)]

    def __bool__(self) -> bool:
        return bool(self._rules)

    def of(self, path: str) -> dict[str, bool]:
        """Return the attributes of a file: set is True, unset is False, and what is unspecified is left out."""
        found: dict[str, bool | None] = {}
        for rule in self._rules:
            if path.startswith(rule.folder) and rule.pattern.fullmatch(path[len(rule.folder) :]):
                found.update(rule.values)
        return {name: value for name, value in found.items() if value is not None}


def is_attributes_file(path: str) -> bool:
    """Return whether a path is that of a file of attributes."""
    return path.rpartition("/")[2] == FILE_NAME


def _read(path: str, data: bytes) -> Iterator[_Rule]:
    folder = path.removesuffix(FILE_NAME)
    text = data[:MAX_BYTES].decode(errors="replace")
    for line in text.splitlines()[:MAX_RULES]:
        match = _LINE.fullmatch(line.strip()[:1_000]) if "linguist-" in line else None
        pattern = (match[1] or match[2] or "") if match else ""
        if match is None or not 0 < len(pattern) <= _MAX_PATTERN or pattern.startswith(("#", "[attr]", "!")):
            continue
        values = tuple(value for word in match[3].split() if (value := _value(word)) is not None)
        if values:
            yield _Rule(folder, path_glob(pattern), values)


def _value(word: str) -> tuple[str, bool | None] | None:
    name, _, value = word.lstrip("-!").partition("=")
    if name not in _NAMES:
        return None
    if word.startswith("!"):
        return name, None
    return name, not word.startswith("-") and value.lower() != "false"
