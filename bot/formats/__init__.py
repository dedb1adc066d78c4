"""The documentation formats that MAS edits: one record each, one line each."""

from __future__ import annotations

from bot.formats.format import Format
from bot.formats.markdown import MARKDOWN

FORMATS: tuple[Format, ...] = (MARKDOWN,)

__all__ = ["FORMATS", "Format"]
