"""The reply to `/mas ask`: quoted passages of the repository, each with its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.domain import Location
from bot.domain.search import SearchResult
from bot.messages.entries import Permalinks
from bot.messages.markdown import code, code_block

NOT_FOUND = "Not found in this repository."
NOT_INDEXED = "This repository is not indexed yet. `/mas reindex` starts indexing it."

_MAX_LINES = 24
_MAX_CHARACTERS = 4_000
"""Limits of a passage."""


def format_passages(results: Sequence[SearchResult], links: Permalinks) -> str:
    """Return the passages, each under a link to its place at the indexed commit."""
    return "\n\n".join(part for result in results for part in _format_passage(result, links))


def _format_passage(result: SearchResult, links: Permalinks) -> Iterator[str]:
    title = " › ".join(result.title)
    place = f"{result.path}:{result.start_line}" + (f" {title}" if title else "")
    yield f"**{links(code(place), links.head, Location(result.path, result.start_line))}**"
    lines = result.text.strip("\n").split("\n")
    shown = lines if len(lines) <= _MAX_LINES else [*lines[: _MAX_LINES - 1], "…"]
    yield code_block("\n".join(shown)[:_MAX_CHARACTERS])
