"""Markdown with text of unknown origin: the text stays text."""

from __future__ import annotations

import re
from collections.abc import Iterable


def code(text: str) -> str:
    """Return text as a code span (https://spec.commonmark.org/0.31.2/#code-spans)."""
    flat = " ".join(text.split()) or " "
    ticks = "`" * (max((len(run) for run in re.findall("`+", flat)), default=0) + 1)
    pad = " " if flat.startswith("`") or flat.endswith("`") else ""
    return f"{ticks}{pad}{flat}{pad}{ticks}"


def code_block(text: str, language: str = "") -> str:
    """Return text as a fenced block with a fence longer than any in the text."""
    fence = "`" * max(3, max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def escape_text(text: str) -> str:
    """Escape a sentence, except for its code spans. It can neither render markup nor mention anyone."""
    parts = " ".join(text.split()).split("`")
    if len(parts) % 2 == 0 or "" in parts[1::2]:
        return _escape("".join(parts))
    return "".join(code(part) if number % 2 else _escape(part) for number, part in enumerate(parts))


def _escape(text: str) -> str:
    # GitHub links an escaped @ or # too, unless U+2060 (WORD JOINER) follows it.
    joined = re.sub(r"[@#](?=\w)|(?<=\bgh)-(?=\d)", "\\g<0>\u2060", text, flags=re.IGNORECASE)
    return re.sub(r"([\\*_{}\[\]<>|~])", r"\\\1", joined).replace("://", ":/\u2060/")


def fit(entries: Iterable[str], room: int) -> list[str]:
    """Return the first entries that fit into `room` characters with blank lines between them."""
    kept: list[str] = []
    for entry in entries:
        room -= len(entry) + 2
        if room < 0:
            break
        kept.append(entry)
    return kept


def pluralize(number: int, noun: str, plural: str = "") -> str:
    """Return a number of things in words: `1 edit`, `2 edits`. Nouns with another plural than -s need it."""
    return f"{number} {noun}" if number == 1 else f"{number} {plural or noun + 's'}"


def lower_first(text: str) -> str:
    """Return text with its first letter in lower case."""
    return text[:1].lower() + text[1:]
