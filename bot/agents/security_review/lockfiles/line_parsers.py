"""Packages in files that tools write, a key a line: read line by line, for a reader of values forgets the lines.

What is written otherwise than the tools do is not found; nothing is said of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

_TOML = re.compile(r'^(name|version) = "([^"\n]{1,200})"$')
_KEY = re.compile(r'^\s*"((?:[^"\\]|\\.){0,300})"\s*:\s*(\{)?(?:"((?:[^"\\]|\\.){0,300})")?')
MAX_DEPTH = 100


@dataclass(frozen=True, slots=True)
class LockedPackage:
    """A package of a lock in TOML: its lines, and the text of its table."""

    name: str
    version: str
    line: int
    end_line: int
    text: str


def toml_packages(text: str) -> Iterator[LockedPackage]:
    """The `[[package]]` tables with a name and, after it, a version."""
    lines = text.split("\n")
    starts = [number for number, line in enumerate(lines) if line.strip() == "[[package]]"]
    for start, end in pairwise([*starts, len(lines)]):
        said: dict[str, tuple[str, int]] = {}
        for number in range(start + 1, end):
            if lines[number].startswith("["):
                break
            if found := _TOML.match(lines[number]):
                said.setdefault(found[1], (found[2], number + 1))
        if "name" in said and "version" in said and said["name"][1] < said["version"][1]:
            (name, line), (version, last) = said["name"], said["version"]
            yield LockedPackage(name, version, line, last, "\n".join(lines[start:end]))


@dataclass(slots=True)
class JsonObject:
    """An object of a JSON file: the keys that lead to it, the line of the last, and its strings with their lines."""

    path: tuple[str, ...]
    line: int
    values: dict[str, tuple[str, int]] = field(default_factory=dict)


def json_objects(text: str) -> Iterator[JsonObject]:
    """The objects of a JSON file that has a key a line, each when it ends; none that lies too deep."""
    stack: list[JsonObject] = []
    for number, line in enumerate(text.split("\n"), 1):
        found = _KEY.match(line)
        if found and found[2]:
            path = (*stack[-1].path, found[1]) if stack else (found[1],)
            if len(path) > MAX_DEPTH:
                return
            stack.append(JsonObject(path, number))
            if line.rstrip().rstrip(",").endswith("}"):
                yield stack.pop()
        elif found and found[3] is not None and stack:
            stack[-1].values[found[1]] = (found[3], number)
        elif line.strip() in ("}", "},") and stack:
            yield stack.pop()
