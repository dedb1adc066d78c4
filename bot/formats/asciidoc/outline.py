"""AsciiDoc headings and their anchors."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.formats.format import Heading, Span

_MARKUP = re.compile(r"`\+?|\+?`|\[\[.*?\]\]|(?<!\w)[*_#]+(?=\w)|(?<=\w)[*_#]+(?!\w)")
_INVALID = re.compile(r"<[^>]+>|&#?\w+;|[^\w .-]")


@dataclass(frozen=True, slots=True)
class Title:
    """A heading in the source: its level from 1, its line, the span of its text, and an explicit anchor, if any."""

    level: int
    line: int
    span: Span
    anchor: str


def anchor(title: str, prefix: str, separator: str) -> str:
    """Return the anchor of a title for the attributes `idprefix` and `idseparator`."""
    bare = _INVALID.sub("", title.lower())
    slug = re.sub(r"[ .-]+" if separator in ("-", "_") else " +", separator, bare)
    return prefix + (slug.strip(separator) if separator else slug)


def headings(titles: Sequence[Title], data: bytes, attributes: Mapping[bytes, bytes]) -> tuple[Heading, ...]:
    """Return the headings of a document. Repeated anchors get a number, starting with 2."""
    prefix = attributes.get(b"idprefix", b"_").decode(errors="replace")
    separator = attributes.get(b"idseparator", b"_").decode(errors="replace")
    seen: dict[str, int] = {}
    found = []
    for title in titles:
        text = _MARKUP.sub("", data[slice(*title.span)].decode(errors="replace"))
        slug = title.anchor or anchor(text, prefix, separator)
        count = seen[slug] = seen.get(slug, 0) + 1
        slug = slug if count == 1 else f"{slug}{separator}{count}"
        found.append(Heading(title.level, title.line, title.span, text, slug))
    return tuple(found)
