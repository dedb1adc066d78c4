"""Whether a qualified name that a page shows still means something once a part of it has its new name.

`Stdout` may have become `StandardStream` without `Stdout::new` having become `StandardStream::new`.
"""

from __future__ import annotations

import re

from bot.agents.document_update.rules.fact_context import FactContext
from bot.agents.document_update.rules.occurrences import Occurrence
from bot.languages.program import Program
from bot.languages.symbol_table import SymbolTable

_SIGN = re.compile(r"\.|::|->")


def is_removed(occurrence: Occurrence, old: str, new: str, context: FactContext) -> bool:
    """Whether the code had the qualified name at base, and nothing at head bears it under its new name."""
    if context.programs is None:
        return False
    base, head = context.programs
    shown = [(occurrence.qualifier, ""), ("", occurrence.member)]
    return any(
        _SIGN.search(before + behind) is not None
        and _exists(before + old + behind, context.base, base)
        and not _exists(before + new + behind, context.head, head)
        for before, behind in shown
    )


def _exists(name: str, surface: SymbolTable, program: Program) -> bool:
    """Whether the code spells the name so, or has a class with that member, its own or from a class above."""
    holder, member = _SIGN.split(name)
    return program.contains(name) or any(
        surface.find_in_file(owner.path, f"{owner.symbol.name}.{member}") is not None
        or surface.find_inherited(owner, member) is not None
        for owner in surface.find_definitions(holder)
    )
