"""Detection of source languages, and the size limit of source files."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain import Blob
from bot.languages.language import Language

MAX_SOURCE_BYTES = 1_000_000
"""A larger file is data or generated."""


def language_of(path: str, languages: Sequence[Language]) -> Language | None:
    """Return the language of a file, by its suffix."""
    return next((language for language in languages if path.endswith(language.suffixes)), None)


def is_readable(blob: Blob) -> bool:
    return blob.size <= MAX_SOURCE_BYTES
