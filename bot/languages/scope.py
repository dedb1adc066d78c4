"""Which language a file is written in, and whether it is read."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain import Blob
from bot.languages.language import Language

MAX_SOURCE_BYTES = 1_000_000
"""Bytes; a longer source file is data or generated."""


def language_of(path: str, languages: Sequence[Language]) -> Language | None:
    """The language of a file, by its suffix."""
    return next((language for language in languages if path.endswith(language.suffixes)), None)


def is_readable(blob: Blob) -> bool:
    return blob.size <= MAX_SOURCE_BYTES
