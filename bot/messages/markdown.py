"""Text that nothing in it can turn into something else once it is drawn."""

from __future__ import annotations

import re
from collections.abc import Iterable


def code(text: str) -> str:
    """Text as inline code, whatever is in it (https://spec.commonmark.org/0.31.2/#code-spans)."""
    flat = " ".join(text.split()) or " "
    ticks = "`" * (max((len(run) for run in re.findall("`+", flat)), default=0) + 1)
    pad = " " if flat.startswith("`") or flat.endswith("`") else ""
    return f"{ticks}{pad}{flat}{pad}{ticks}"


def code_block(text: str, language: str = "") -> str:
    """Text as a fenced block that nothing in it can end."""
    fence = "`" * max(3, max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def escape_text(text: str) -> str:
    """A sentence with names as code in it; what does not stand in code draws nothing and calls nobody."""
    parts = " ".join(text.split()).split("`")
    if len(parts) % 2 == 0 or "" in parts[1::2]:
        return _inert("".join(parts))
    return "".join(code(part) if number % 2 else _inert(part) for number, part in enumerate(parts))


def _inert(text: str) -> str:
    # An escaped @ or # still mentions or refers once it is drawn: a word joiner keeps it from doing so.
    joined = re.sub(r"[@#](?=\w)|(?<=\bgh)-(?=\d)", "\\g<0>\u2060", text, flags=re.IGNORECASE)
    return re.sub(r"([\\*_{}\[\]<>|~])", r"\\\1", joined).replace("://", ":/\u2060/")


def fit(entries: Iterable[str], room: int) -> list[str]:
    """The first of the entries that fit into so many characters, with an empty line between them."""
    kept: list[str] = []
    for entry in entries:
        room -= len(entry) + 2
        if room < 0:
            break
        kept.append(entry)
    return kept


def pluralize(number: int, noun: str) -> str:
    """A number of things in words: `1 edit`, `2 edits`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
