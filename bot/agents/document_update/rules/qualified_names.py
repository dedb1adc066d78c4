"""Check that a qualified name on a page still exists after one part of it is renamed.

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
    """Return whether the code had the qualified name at base, and has no counterpart at head."""
    if context.programs is None:
        return False
    base, head = context.programs
    sides = [(occurrence.qualifier, ""), ("", occurrence.member)]
    return any(
        _SIGN.search(before + behind) is not None
        and _exists(before + old + behind, context.base, base)
        and not _exists(before + new + behind, context.head, head)
        for before, behind in sides
    )


def _exists(name: str, table: SymbolTable, program: Program) -> bool:
    """Return whether the code contains the qualified name, or has a class with that member, own or inherited."""
    holder, member = _SIGN.split(name)
    return program.contains(name) or any(
        table.find_in_file(owner.path, f"{owner.symbol.name}.{member}") is not None
        or table.find_inherited(owner, member) is not None
        for owner in table.find_definitions(holder)
    )
