"""What a text is about: its words and the parts of its names, brought to their stems and to numbers."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache

from bot.agents.rag_management.vocabulary import STOP_WORDS

WORD = re.compile(r"[A-Za-z_$][\w$]*|\d+(?:\.\d+)*|[^\W\dA-Za-z_]+")
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_MAX_WORD_CHARACTERS = 60
"""Characters of a word; a longer one is data."""


def terms(text: str) -> list[str]:
    """The terms of a text in order; a name of several parts gives itself whole and each of its parts."""
    return [term for word in WORD.findall(text) for term in _word_terms(word)]


@lru_cache(1 << 16)
def _word_terms(word: str) -> tuple[str, ...]:
    if len(word) > _MAX_WORD_CHARACTERS:
        return ()
    lower, parts = word.lower(), [part.lower() for part in _PARTS.findall(word)]
    if len(parts) > 1:
        return (lower, *(stem(part) for part in parts if part not in STOP_WORDS))
    return () if lower in STOP_WORDS else (stem(lower),)


@lru_cache(1 << 17)
def term_hash(term: str) -> int:
    """A term as a number of 64 bits, the same everywhere: a table of numbers needs no dictionary to be read."""
    return int.from_bytes(hashlib.blake2b(term.encode(errors="replace"), digest_size=8).digest(), "little")


def stem(word: str) -> str:
    """A word without the endings of English plurals, verbs and participles; short ones stay."""
    if len(word) <= 3:
        return word
    word = _singular(word)
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) - len(ending) > 3:
            word = word[: -len(ending)]
            word = word[:-1] if word[-1] == word[-2] and word[-1] not in "lsz" else word
            break
    return word[:-1] if word.endswith("e") and len(word) > 4 else word


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith("sses") or (word.endswith("es") and len(word) > 5 and word[-3] in "sxzh"):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word
