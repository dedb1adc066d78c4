"""What an embedder reads of a chunk."""

from __future__ import annotations

import re

from bot.agents.rag_management.chunk import Chunk

VERSION = 1
"""Of what `passage` makes of a chunk; vectors of another are not used."""

_CAMEL_CASE_BOUNDARY = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_TARGET = re.compile(r"\]\([^()\s]*\)|https?://\S+")
_RULE = re.compile(r"[-=~*#_+^]{4,}")


def embedding_text(chunk: Chunk) -> str:
    """The text that stands for a chunk: what it is called, then what it says.

    Models of language know no camelCase, so humps become blanks; addresses and rules would only use up its tokens.
    """
    text = _RULE.sub("", chunk.text if chunk.is_program else _TARGET.sub("]", chunk.text))
    whole = f"{' > '.join(chunk.title)}\n{text}"
    return expand_camel_case(whole) if chunk.is_program else whole


def expand_camel_case(text: str) -> str:
    """A text with its camelCase names taken apart."""
    return _CAMEL_CASE_BOUNDARY.sub(" ", text)
