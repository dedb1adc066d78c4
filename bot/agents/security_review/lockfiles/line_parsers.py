"""Line-based parsers for generated lockfiles with one key per line.

Ordinary TOML and JSON parsers do not keep line numbers. Files formatted differently from the tools' own output yield
nothing.
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
    """A package of a TOML lockfile: its lines, and the text of its table."""

    name: str
    version: str
    line: int
    end_line: int
    text: str


def toml_packages(text: str) -> Iterator[LockedPackage]:
    """Yield the `[[package]]` tables that have a name and, after it, a version."""
    lines = text.split("\n")
    starts = [number for number, line in enumerate(lines) if line.strip() == "[[package]]"]
    for start, end in pairwise([*starts, len(lines)]):
        fields: dict[str, tuple[str, int]] = {}
        for number in range(start + 1, end):
            if lines[number].startswith("["):
                break
            if found := _TOML.match(lines[number]):
                fields.setdefault(found[1], (found[2], number + 1))
        if "name" in fields and "version" in fields and fields["name"][1] < fields["version"][1]:
            (name, line), (version, last) = fields["name"], fields["version"]
            yield LockedPackage(name, version, line, last, "\n".join(lines[start:end]))


@dataclass(slots=True)
class JsonObject:
    """A JSON object: the keys that lead to it, the line of the last key, and its strings with their lines."""

    path: tuple[str, ...]
    line: int
    values: dict[str, tuple[str, int]] = field(default_factory=dict)


def json_objects(text: str) -> Iterator[JsonObject]:
    """Yield the objects of a JSON file with one key per line, inner ones first; stop at `MAX_DEPTH`."""
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
