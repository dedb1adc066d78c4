"""The documentation formats that MAS edits, one record per format."""

from __future__ import annotations

from bot.formats.asciidoc import ASCIIDOC
from bot.formats.format import Format
from bot.formats.markdown import MARKDOWN
from bot.formats.mdx import MDX
from bot.formats.navigation import NAVIGATION
from bot.formats.notebook import NOTEBOOK
from bot.formats.restructuredtext import RESTRUCTUREDTEXT

FORMATS: tuple[Format, ...] = (MARKDOWN, MDX, RESTRUCTUREDTEXT, ASCIIDOC, NOTEBOOK)

__all__ = ["FORMATS", "NAVIGATION", "Format"]
