"""Parse scanner reports. Their content is untrusted, like the scanned files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.domain import Level

_SPACES = re.compile(r"\s+")


def parse_object(report: bytes) -> dict[str, Any]:
    """Parse a report that must be a JSON object; raise `ValueError` otherwise."""
    value = json.loads(report)
    if not isinstance(value, dict):
        raise ValueError("The report is not a JSON object.")
    return value


def parse_objects(report: bytes | Any) -> Iterator[dict[str, Any]]:
    """Return the JSON objects of a list, skipping other values; raise `ValueError` if it is not a list."""
    value = json.loads(report) if isinstance(report, bytes) else report
    if not isinstance(value, list):
        raise ValueError("The report is not a JSON list.")
    return (entry for entry in value if isinstance(entry, dict))


def parse_level(text: object) -> Level:
    """Parse a severity or confidence level; unknown words count as `LOW`."""
    return _LEVELS.get(str(text).lower(), Level.LOW)


_LEVELS = {"critical": Level.CRITICAL, "high": Level.HIGH, "error": Level.HIGH, "medium": Level.MEDIUM}
_LEVELS |= {"warning": Level.MEDIUM}

MAX_TITLE_CHARS = 160


def first_sentence(text: object) -> str:
    """Return the first sentence of a message as a title, at most `MAX_TITLE_CHARS` long."""
    first = re.split(r"(?<=[a-z)`'\"])\.(?:\s|$)", _SPACES.sub(" ", str(text)).strip(), maxsplit=1)[0]
    first = first[:1].upper() + first[1:]
    return first if len(first) <= MAX_TITLE_CHARS else f"{first[: MAX_TITLE_CHARS - 1].rstrip()}…"


def relative_name(path: object) -> str:
    """Return a file name without a leading `./`, as it was passed to the scanner."""
    return str(path).removeprefix("./")


class Lines:
    """Lines of the scanned texts; splits each text once."""

    def __init__(self, texts: Mapping[str, bytes]) -> None:
        self._texts = texts
        self._split: dict[str, list[str]] = {}

    def of(self, name: str) -> list[str]:
        """Return all lines of a text; empty if it was not scanned."""
        if name not in self._split:
            self._split[name] = self._texts.get(name, b"").decode(errors="replace").split("\n")
        return self._split[name]

    def at(self, name: str, number: int) -> str:
        """Return a line by its number, from 1, or an empty string if there is none."""
        lines = self.of(name)
        return lines[number - 1] if 0 < number <= len(lines) else ""
