"""BM25 over fields, with the part that depends on a single chunk worked out beforehand.

BM25F (https://doi.org/10.1561/1500000019) weighs how often a term stands in each field against that field's length.
Lengths are compared with fixed ones here, not with the repository's average, so that a chunk's weights are a function
of the chunk alone, as its vector is: nothing is counted anew when other files change. Only how rare a term is (idf) is
asked of the whole repository, when it is searched.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from bot.agents.rag_management.chunk import Chunk
from bot.agents.rag_management.terms import term_hash, terms

VERSION = 1
"""Of the weights; those that were kept under another are worked out anew."""

SATURATION = 1.2
"""BM25's k1: how soon more of the same word counts no more."""

_TITLE, _ABOUT, _TEXT = (3.0, 0.5, 3), (1.0, 0.5, 30), (1.0, 0.75, 80)
"""Of each field its weight, how much its length counts (BM25's b), and its usual length in terms."""

OWN_NAME, QUALIFIED_NAME, INNER_NAME = 1.0, 1.2, 0.6
"""How much it counts that a name is the chunk's own, written with its class, or that of something inside it."""


def term_weights(chunk: Chunk) -> Mapping[int, float]:
    """The weight of each term in a chunk, from 0 to 1, by the term's number."""
    counted: Counter[str] = Counter()
    fields = ((" ".join(chunk.title), _TITLE), (chunk.about, _ABOUT), (chunk.text, _TEXT))
    for text, (weight, by_length, usual) in fields:
        found = Counter(terms(text))
        norm = 1 - by_length + by_length * found.total() / usual
        for term, times in found.items():
            counted[term] += weight * times / norm  # type: ignore[assignment]
    return {term_hash(term): times / (times + SATURATION) for term, times in counted.items()}


def name_weights(chunk: Chunk) -> Mapping[int, float]:
    """The names that a chunk defines, by the number of `name_term`, and how much each counts."""
    own = chunk.title[0] if chunk.is_program and chunk.title else ""
    bare = own.rpartition(".")[2]
    found: dict[int, float] = {}
    for name in chunk.names:
        found[term_hash(name_term(name))] = OWN_NAME if name == bare else INNER_NAME
    if bare in chunk.names:
        found[term_hash(name_term(own))] = QUALIFIED_NAME if own != bare else OWN_NAME
    return found


def name_term(name: str) -> str:
    """The term that only the definition of a name has."""
    return "=" + name.lower()
