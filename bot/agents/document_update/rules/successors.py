"""What may have taken the place of a symbol that is gone, where that is not sure enough to call it a rename."""

from __future__ import annotations

import re
from collections import Counter

from bot.agents.document_update.rules.fact_context import FactContext
from bot.languages.namespaces import ExportedName
from bot.languages.program import subwords
from bot.languages.symbol_table import SymbolTable

_TOKEN = re.compile(rb"\w+|[^\w\s]")
_MIN_SIMILARITY = 0.7
"""The share of their tokens that two bodies have in common."""
_MIN_TOKENS = 12
"""Tokens; two shorter bodies are alike by chance."""


def likely_successor(context: FactContext) -> str | None:
    """A name that is new in the same place and shares the words of the one that went, or is of its kind and body."""
    before = context.exports
    new_exports = [offer for name, offer in context.exports_after.items() if name not in before]
    old = set(subwords(context.bare))
    named = (offer for offer in new_exports if (new := set(subwords(offer.name))) and (old <= new or new <= old))
    own = before.get(context.bare)
    alike = (
        offer
        for offer in new_exports
        if own is not None and offer.what == own.what and _have_similar_bodies(own, offer, context)
    )
    found = next(named, None) or next(alike, None)
    return found.name if found is not None else None


def removal_reason(context: FactContext) -> str:
    """The sentence on what was removed, and on what may have taken its place."""
    found = likely_successor(context)
    new = f"; `{found}` is new beside it and may have taken its place" if found is not None else ""
    return f"`{context.fact.symbol}` was removed{new}."


def _have_similar_bodies(old: ExportedName, new: ExportedName, context: FactContext) -> bool:
    before, after = _body(old, context.base), _body(new, context.head)
    return before.total() >= _MIN_TOKENS and (before & after).total() >= _MIN_SIMILARITY * (before | after).total()


def _body(offer: ExportedName, surface: SymbolTable) -> Counter[bytes]:
    if offer.symbol is None:
        return Counter()
    counts = Counter(_TOKEN.findall(surface.content(offer.path)[slice(*offer.symbol.span)]))
    del counts[offer.name.encode()]
    return counts
