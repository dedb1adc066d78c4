"""What may have taken the place of a symbol that is gone, where that is not sure enough to call it a rename."""

from __future__ import annotations

import re
from collections import Counter

from bot.agents.document_update.rules.fact_context import Subject
from bot.languages.namespaces import Offer
from bot.languages.program import parts
from bot.languages.surface import Surface

_TOKEN = re.compile(rb"\w+|[^\w\s]")
_ALIKE = 0.7
"""The share of their tokens that two bodies have in common."""
_FEWEST = 12
"""Tokens; two shorter bodies are alike by chance."""


def heir(subject: Subject) -> str | None:
    """A name that is new in the same place and shares the words of the one that went, or is of its kind and body."""
    before = subject.offered
    fresh = [offer for name, offer in subject.offered_after.items() if name not in before]
    old = set(parts(subject.bare))
    named = (offer for offer in fresh if (new := set(parts(offer.name))) and (old <= new or new <= old))
    own = before.get(subject.bare)
    alike = (offer for offer in fresh if own is not None and offer.what == own.what and _are_alike(own, offer, subject))
    found = next(named, None) or next(alike, None)
    return found.name if found is not None else None


def succession(subject: Subject) -> str:
    """The sentence on what was removed, and on what may have taken its place."""
    found = heir(subject)
    new = f"; `{found}` is new beside it and may have taken its place" if found is not None else ""
    return f"`{subject.fact.symbol}` was removed{new}."


def _are_alike(old: Offer, new: Offer, subject: Subject) -> bool:
    before, after = _body(old, subject.base), _body(new, subject.head)
    return before.total() >= _FEWEST and (before & after).total() >= _ALIKE * (before | after).total()


def _body(offer: Offer, surface: Surface) -> Counter[bytes]:
    if offer.symbol is None:
        return Counter()
    counts = Counter(_TOKEN.findall(surface.source(offer.path)[slice(*offer.symbol.span)]))
    del counts[offer.name.encode()]
    return counts
