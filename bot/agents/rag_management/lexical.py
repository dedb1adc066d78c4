"""BM25F with the part that depends on a single chunk precomputed.

BM25F (https://doi.org/10.1561/1500000019) weighs the term frequency in each field by that field's length. Lengths are
normalized by constants here, not by the repository's average, so that a chunk's weights, like its vector, depend on
the chunk alone and stay valid when other files change. Only the inverse document frequency (idf) is computed over the
whole repository, at query time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from bot.agents.rag_management.chunk import Chunk
from bot.agents.rag_management.terms import term_hash, terms

VERSION = 1
"""Version of the weights; those of another version are computed again."""

SATURATION = 1.2
"""BM25's k1: how fast repetitions of a term stop counting."""

_TITLE, _ABOUT, _TEXT = (3.0, 0.5, 3), (1.0, 0.5, 30), (1.0, 0.75, 80)
"""Weight, length normalization (BM25's b) and usual length in terms of each field."""

OWN_NAME, QUALIFIED_NAME, INNER_NAME = 1.0, 1.2, 0.6
"""Weights of the chunk's own name, of that name qualified with its class, and of names defined inside the chunk."""


def term_weights(chunk: Chunk) -> Mapping[int, float]:
    """Return the weight of each term in a chunk, from 0 to 1, by term hash."""
    frequencies: Counter[str] = Counter()
    fields = ((" ".join(chunk.title), _TITLE), (chunk.about, _ABOUT), (chunk.text, _TEXT))
    for text, (weight, b, usual_length) in fields:
        counts = Counter(terms(text))
        norm = 1 - b + b * counts.total() / usual_length
        for term, count in counts.items():
            frequencies[term] += weight * count / norm  # type: ignore[assignment]
    return {term_hash(term): frequency / (frequency + SATURATION) for term, frequency in frequencies.items()}


def name_weights(chunk: Chunk) -> Mapping[int, float]:
    """Return the weight of each name that a chunk defines, by the hash of its `name_term`."""
    qualified = chunk.title[0] if chunk.is_program and chunk.title else ""
    bare = qualified.rpartition(".")[2]
    weights: dict[int, float] = {}
    for name in chunk.names:
        weights[term_hash(name_term(name))] = OWN_NAME if name == bare else INNER_NAME
    if bare in chunk.names:
        weights[term_hash(name_term(qualified))] = QUALIFIED_NAME if qualified != bare else OWN_NAME
    return weights


def name_term(name: str) -> str:
    """Return the term that only chunks with the definition of a name have."""
    return "=" + name.lower()
