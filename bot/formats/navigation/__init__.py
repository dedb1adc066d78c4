"""The files in which documentation generators keep the order of their pages: one record each, one line each.

Of such a file only its entries are read and edited: they follow a page that moves, and go with one that is deleted.
"""

from __future__ import annotations

from bot.formats.format import Format
from bot.formats.navigation.docusaurus import DOCUSAURUS
from bot.formats.navigation.jupyter_book import JUPYTER_BOOK
from bot.formats.navigation.mkdocs import MKDOCS

NAVIGATION: tuple[Format, ...] = (MKDOCS, JUPYTER_BOOK, DOCUSAURUS)

__all__ = ["NAVIGATION"]
