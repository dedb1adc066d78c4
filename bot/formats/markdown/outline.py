"""Markdown headings and their anchors."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from bot.formats.format import Heading, Span

_OWN_ANCHOR = re.compile(r"\{[^{}]*#([\w:.-]+)[^{}]*\}\s*$")


def headings(found: Iterable[tuple[int, int, Span]], data: bytes, slug: Callable[[str], str]) -> tuple[Heading, ...]:
    """Build headings from their levels, lines and spans. Repeated anchors get a number, starting with 1."""
    result: list[Heading] = []
    seen: dict[str, int] = {}
    for level, line, span in found:
        text = data[slice(*span)].decode(errors="replace")
        title, explicit = _plain(text), _OWN_ANCHOR.search(text)
        anchor = explicit[1] if explicit else slug(title)
        count = seen.get(anchor, 0)
        seen[anchor] = count + 1
        result.append(Heading(level, line, span, title, f"{anchor}-{count}" if count else anchor))
    return tuple(result)


def _plain(title: str) -> str:
    """Return the text of a heading without backticks, emphasis, link targets and attribute lists."""
    text = re.sub(r"\s*\{[^}]*\}\s*$", "", title)
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return re.sub(r"`|\*\*|(?<!\w)[*_](?=\w)|(?<=\w)[*_](?!\w)", "", text).strip()
