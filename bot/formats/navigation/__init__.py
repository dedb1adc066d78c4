"""Navigation files of documentation generators, one record per generator.

Only their entries are parsed and edited: they are updated when a page moves and removed when a page is deleted.
"""

from __future__ import annotations

from bot.formats.format import Format
from bot.formats.navigation.docusaurus import DOCUSAURUS
from bot.formats.navigation.jupyter_book import JUPYTER_BOOK
from bot.formats.navigation.mkdocs import MKDOCS

NAVIGATION: tuple[Format, ...] = (MKDOCS, JUPYTER_BOOK, DOCUSAURUS)

__all__ = ["NAVIGATION"]
