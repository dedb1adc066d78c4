"""Whether a qualified name that a page shows still means something once a part of it has its new name.

`Stdout` may have become `StandardStream` without `Stdout::new` having become `StandardStream::new`.
"""

from __future__ import annotations

import re

from bot.agents.document_update.rules.fact_context import Subject
from bot.agents.document_update.rules.spelling import Spelled
from bot.languages.program import Program
from bot.languages.surface import Surface

_SIGN = re.compile(r"\.|::|->")


def is_lost(spelled: Spelled, old: str, new: str, subject: Subject) -> bool:
    """Whether the code had the qualified name at base, and nothing at head bears it under its new name."""
    if subject.programs is None:
        return False
    base, head = subject.programs
    shown = [(spelled.before, ""), ("", spelled.behind)]
    return any(
        _SIGN.search(before + behind) is not None
        and _stands(before + old + behind, subject.base, base)
        and not _stands(before + new + behind, subject.head, head)
        for before, behind in shown
    )


def _stands(name: str, surface: Surface, program: Program) -> bool:
    """Whether the code spells the name so, or has a class with that member, its own or from a class above."""
    holder, member = _SIGN.split(name)
    return program.holds(name) or any(
        surface.definition(owner.path, f"{owner.symbol.name}.{member}") is not None
        or surface.inherited(owner, member) is not None
        for owner in surface.definitions(holder)
    )
