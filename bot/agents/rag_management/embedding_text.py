"""The text of a chunk that is embedded."""

from __future__ import annotations

import re

from bot.agents.rag_management.chunk import Chunk

VERSION = 1
"""Version of `embedding_text`; vectors made with another version are not used."""

_CAMEL_CASE_BOUNDARY = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_TARGET = re.compile(r"\]\([^()\s]*\)|https?://\S+")
_RULE = re.compile(r"[-=~*#_+^]{4,}")


def embedding_text(chunk: Chunk) -> str:
    """Return the text to embed for a chunk: its title, then its text.

    In code, camelCase names are split into words, which language models know. URLs in prose and horizontal rules are
    removed: they only use up tokens.
    """
    body = _RULE.sub("", chunk.text if chunk.is_program else _TARGET.sub("]", chunk.text))
    text = f"{' > '.join(chunk.title)}\n{body}"
    return expand_camel_case(text) if chunk.is_program else text


def expand_camel_case(text: str) -> str:
    """Split the camelCase names of a text into words."""
    return _CAMEL_CASE_BOUNDARY.sub(" ", text)
