"""Answers to questions: passages of the repository, word for word, with where they stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.domain import Place
from bot.domain.search import Found
from bot.messages.entries import Permalinks
from bot.messages.markdown import code, fenced

NOT_FOUND = "Not found in this repository."
NOT_INDEXED = "This repository is not indexed yet. `/mas reindex` begins with it."

_MOST_LINES = 24
_LONGEST = 4_000
"""Characters of a passage."""


def quoted(said: Sequence[Found], links: Permalinks) -> str:
    """The passages, each under its place at the indexed commit, as they stand there."""
    return "\n\n".join(part for found in said for part in _quoted(found, links))


def _quoted(found: Found, links: Permalinks) -> Iterator[str]:
    title = " › ".join(found.title)
    named = f"{found.path}:{found.start_line}" + (f" {title}" if title else "")
    yield f"**{links(code(named), links.head, Place(found.path, found.start_line))}**"
    lines = found.text.strip("\n").split("\n")
    shown = lines if len(lines) <= _MOST_LINES else [*lines[: _MOST_LINES - 1], "…"]
    yield fenced("\n".join(shown)[:_LONGEST])
