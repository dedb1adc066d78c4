"""The headings of Markdown and their anchors."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from bot.formats.format import Heading, Span

_OWN_ANCHOR = re.compile(r"\{[^{}]*#([\w:.-]+)[^{}]*\}\s*$")


def headings(found: Iterable[tuple[int, int, Span]], data: bytes, slug: Callable[[str], str]) -> tuple[Heading, ...]:
    """The headings of a document, from their levels, lines and spans; of equal anchors the later ones are numbered."""
    made: list[Heading] = []
    seen: dict[str, int] = {}
    for level, line, span in found:
        text = data[slice(*span)].decode(errors="replace")
        title, own = _plain(text), _OWN_ANCHOR.search(text)
        anchor = own[1] if own else slug(title)
        count = seen.get(anchor, 0)
        seen[anchor] = count + 1
        made.append(Heading(level, line, span, title, f"{anchor}-{count}" if count else anchor))
    return tuple(made)


def _plain(title: str) -> str:
    """A heading's text without backticks, emphasis, links' targets and attribute lists."""
    text = re.sub(r"\s*\{[^}]*\}\s*$", "", title)
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return re.sub(r"`|\*\*|(?<!\w)[*_](?=\w)|(?<=\w)[*_](?!\w)", "", text).strip()
