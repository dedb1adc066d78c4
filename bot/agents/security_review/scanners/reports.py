"""Reports of scanners as plain values; whatever is in them is as hostile as what was scanned."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.domain import Level

_SPACES = re.compile(r"\s+")


def parse_object(report: bytes) -> dict[str, Any]:
    """A report that is a JSON object. Raises `ValueError` where it is none."""
    value = json.loads(report)
    if not isinstance(value, dict):
        raise ValueError("The report is no object.")
    return value


def parse_objects(report: bytes | Any) -> Iterator[dict[str, Any]]:
    """A report, or a part of one, that is a list of JSON objects; others are left out. Raises `ValueError` for none."""
    value = json.loads(report) if isinstance(report, bytes) else report
    if not isinstance(value, list):
        raise ValueError("The report is no list.")
    return (entry for entry in value if isinstance(entry, dict))


def parse_level(text: object) -> Level:
    """A scanner's word for how bad or how sure; `LOW` for one that is not known."""
    return _LEVELS.get(str(text).lower(), Level.LOW)


_LEVELS = {"critical": Level.CRITICAL, "high": Level.HIGH, "error": Level.HIGH, "medium": Level.MEDIUM}
_LEVELS |= {"warning": Level.MEDIUM}

MAX_TITLE_CHARS = 160


def first_sentence(text: object) -> str:
    """A scanner's message as a title: its first sentence, on one line, not too long."""
    first = re.split(r"(?<=[a-z)`'\"])\.(?:\s|$)", _SPACES.sub(" ", str(text)).strip(), maxsplit=1)[0]
    first = first[:1].upper() + first[1:]
    return first if len(first) <= MAX_TITLE_CHARS else f"{first[: MAX_TITLE_CHARS - 1].rstrip()}…"


def relative_name(path: object) -> str:
    """A file's name as it was handed in, from a scanner's word for it."""
    return str(path).removeprefix("./")


class Lines:
    """The lines of the scanned texts, each text split once however many hits it has."""

    def __init__(self, texts: Mapping[str, bytes]) -> None:
        self._texts = texts
        self._split: dict[str, list[str]] = {}

    def of(self, name: str) -> list[str]:
        """All lines of a text; none where it was not scanned."""
        if name not in self._split:
            self._split[name] = self._texts.get(name, b"").decode(errors="replace").split("\n")
        return self._split[name]

    def at(self, name: str, number: int) -> str:
        """A line, from 1; nothing beyond the ends."""
        lines = self.of(name)
        return lines[number - 1] if 0 < number <= len(lines) else ""
