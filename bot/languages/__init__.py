"""The programming languages that MAS reads: one record each, one line each."""

from __future__ import annotations

from bot.languages.language import Language
from bot.languages.python import PYTHON

LANGUAGES: tuple[Language, ...] = (PYTHON,)

__all__ = ["LANGUAGES", "Language"]
