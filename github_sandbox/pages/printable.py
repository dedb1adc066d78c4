"""Escaping of control characters that would affect how text is displayed."""

from __future__ import annotations

import unicodedata

_DIRECTIONAL = frozenset(["LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"])


def to_printable(text: str) -> str:
    """Return text in which control characters and bidirectional overrides are escaped.

    https://unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
    """
    return text if text.isprintable() else "".join(map(_escape, text))


def _escape(character: str) -> str:
    """Escape one character unless it is printable or a tab."""
    category, direction = unicodedata.category(character), unicodedata.bidirectional(character)
    acts = category in ("Cc", "Cs", "Zl", "Zp") or direction in _DIRECTIONAL
    return character.encode("unicode_escape").decode() if acts and character != "\t" else character
