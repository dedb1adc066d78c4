"""Escape text from strangers before it reaches a terminal."""

from __future__ import annotations

import unicodedata

_DIRECTED = frozenset(["LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"])


def visible(text: str) -> str:
    """Text that does nothing to a terminal: control characters and overrides of direction are spelt out.

    https://unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
    """
    return text if text.isprintable() else "".join(map(_spelt, text))


def _spelt(character: str) -> str:
    """Tabs, joiners and all that is printed stay."""
    acts = (
        unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") or unicodedata.bidirectional(character) in _DIRECTED
    )
    return character.encode("unicode_escape").decode() if acts and character != "\t" else character
