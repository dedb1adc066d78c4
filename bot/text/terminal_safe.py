"""Escape untrusted text for terminals."""

from __future__ import annotations

import unicodedata

_BIDI_CONTROLS = frozenset(["LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"])


def escape_for_terminal(text: str) -> str:
    """Escape control characters and overrides of text direction.

    https://unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
    """
    return text if text.isprintable() else "".join(map(_escape_character, text))


def _escape_character(character: str) -> str:
    """Escape a character, unless it is a tab, a joiner or printable."""
    is_control = (
        unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
        or unicodedata.bidirectional(character) in _BIDI_CONTROLS
    )
    return character.encode("unicode_escape").decode() if is_control and character != "\t" else character
