"""A fact of code in a few words."""

from __future__ import annotations

from bot.domain import Fact, FactKind
from bot.messages.markdown import code


def describe_fact(fact: Fact) -> str:
    """A fact in a few words, its names as code."""
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
            return f"{symbol} takes a new parameter {new}"
        case FactKind.PARAMETER_REMOVED:
            return f"{symbol} no longer takes {old}"
        case FactKind.PARAMETERS_REORDERED:
            return f"the parameters of {symbol} changed their order"
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
            return f"{code(fact.parameter) if fact.parameter else 'the result'} of {symbol} is now {new}"
        case FactKind.DEPRECATED:
            return f"{symbol} is deprecated"
        case FactKind.VERSION_CHANGED:
            return f"the least supported version of {symbol} is now {new}"
