"""Spell out characters that would act on the reader's screen."""

from __future__ import annotations

import unicodedata

_DIRECTIONAL = frozenset(["LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"])


def visible(text: str) -> str:
    """Return text in which control characters and bidirectional overrides are escaped.

    https://unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
    """
    return text if text.isprintable() else "".join(map(_escape, text))


def _escape(character: str) -> str:
    """Escape one character; tabs and everything printable stay."""
    category, direction = unicodedata.category(character), unicodedata.bidirectional(character)
    acts = category in ("Cc", "Cs", "Zl", "Zp") or direction in _DIRECTIONAL
    return character.encode("unicode_escape").decode() if acts and character != "\t" else character
