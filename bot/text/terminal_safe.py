"""Escape text from strangers before it reaches a terminal."""

from __future__ import annotations

import unicodedata

_BIDI_CONTROLS = frozenset(["LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"])


def escape_for_terminal(text: str) -> str:
    """Text that does nothing to a terminal: control characters and overrides of direction are spelt out.

    https://unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
    """
    return text if text.isprintable() else "".join(map(_escape_character, text))


def _escape_character(character: str) -> str:
    """Tabs, joiners and all that is printed stay."""
    acts = (
        unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
        or unicodedata.bidirectional(character) in _BIDI_CONTROLS
    )
    return character.encode("unicode_escape").decode() if acts and character != "\t" else character
