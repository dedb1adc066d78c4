"""Titles of sections, and the names that they are about."""

from __future__ import annotations

import re

from bot.agents.document_update.rules.page import looks_like_code


def title_mentions(title: str, name: str) -> bool:
    """Return whether a title is about a name; an ordinary word must be nearly all of it."""
    if looks_like_code(name) or name[:1].isupper():
        return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", title) is not None
    around = r"(?:the |an? |class |function |method |def )*"
    return (
        re.fullmatch(rf"{around}(?:[\w.]+\.)?{re.escape(name)}(?:\(.*)?(?: function| method| class)?", title)
        is not None
    )
