"""A change of code in a few words."""

from __future__ import annotations

from bot.domain import Fact, FactKind
from bot.messages.markdown import code


def describe_fact(fact: Fact) -> str:
    """Return a fact as a clause, with its names in code spans."""
    old, new, symbol = code(fact.old or ""), code(fact.new or ""), code(fact.symbol)
    match fact.kind:
        case FactKind.RENAMED:
            return f"{old} is now {new}"
        case FactKind.REMOVED:
            return f"{old} was removed"
        case FactKind.ADDED:
            return f"{symbol} is new"
        case FactKind.FILE_MOVED:
            return f"{old} moved to {new}"
        case FactKind.PAGE_REMOVED:
            return f"{old} was deleted"
        case FactKind.PARAMETER_RENAMED:
            return f"the parameter {old} of {symbol} is now {new}"
        case FactKind.PARAMETER_ADDED:
            return f"{symbol} has a new parameter {new}"
        case FactKind.PARAMETER_REMOVED:
            return f"{symbol} no longer has the parameter {old}"
        case FactKind.PARAMETERS_REORDERED:
            return f"the parameters of {symbol} were reordered"
        case FactKind.DEFAULT_CHANGED:
            return f"the default of {code(fact.parameter or '')} in {symbol} is now {new}"
        case FactKind.VALUE_CHANGED:
            return f"{symbol} is now {new}"
        case FactKind.NAME_REPLACED:
            return f"{old} was replaced by {new}"
        case FactKind.NAME_GONE:
            return f"{old} is gone from the code"
        case FactKind.INTERFACE_RENAMED:
            return f"the {fact.what} {old} is now {new}"
        case FactKind.INTERFACE_REMOVED:
            return f"the {fact.what} {old} was removed"
        case FactKind.INTERFACE_DEFAULT_CHANGED:
            return f"the default of the {fact.what} {symbol} is now {new}"
        case FactKind.TYPE_CHANGED:
            subject = f"type of {code(fact.parameter)} in" if fact.parameter else "return type of"
            return f"the {subject} {symbol} is now {new}"
        case FactKind.DEPRECATED:
            return f"{symbol} is deprecated"
        case FactKind.VERSION_CHANGED:
            return f"the minimum version of {symbol} is now {new}"
