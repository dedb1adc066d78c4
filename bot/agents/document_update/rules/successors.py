"""Find a likely successor of a removed symbol, where a rename is not certain."""

from __future__ import annotations

import re
from collections import Counter

from bot.agents.document_update.rules.fact_context import FactContext
from bot.languages.namespaces import ExportedName
from bot.languages.program import subwords
from bot.languages.symbol_table import SymbolTable

_TOKEN = re.compile(rb"\w+|[^\w\s]")
_MIN_SIMILARITY = 0.7
"""The share of tokens that two similar bodies have in common."""
_MIN_TOKENS = 12
"""Bodies with fewer tokens are similar by chance."""


def likely_successor(context: FactContext) -> str | None:
    """Return a new name from the same place that shares the old name's words, or its kind and body."""
    before = context.exports
    new_exports = [export for name, export in context.exports_after.items() if name not in before]
    old = set(subwords(context.bare))
    named = (export for export in new_exports if (new := set(subwords(export.name))) and (old <= new or new <= old))
    own = before.get(context.bare)
    alike = (
        export
        for export in new_exports
        if own is not None and export.what == own.what and _have_similar_bodies(own, export, context)
    )
    found = next(named, None) or next(alike, None)
    return found.name if found is not None else None


def removal_reason(context: FactContext) -> str:
    """Return a sentence about the removed symbol and its likely successor."""
    found = likely_successor(context)
    hint = f" `{found}` is new in the same place and may replace it." if found is not None else ""
    return f"`{context.fact.symbol}` was removed.{hint}"


def _have_similar_bodies(old: ExportedName, new: ExportedName, context: FactContext) -> bool:
    before, after = _body(old, context.base), _body(new, context.head)
    return before.total() >= _MIN_TOKENS and (before & after).total() >= _MIN_SIMILARITY * (before | after).total()


def _body(export: ExportedName, table: SymbolTable) -> Counter[bytes]:
    if export.symbol is None:
        return Counter()
    counts = Counter(_TOKEN.findall(table.content(export.path)[slice(*export.symbol.span)]))
    del counts[export.name.encode()]
    return counts
