"""The ways in which docs follow code: one record each, one line each."""

from __future__ import annotations

from bot.rules.changelog import CHANGELOG
from bot.rules.deprecated import DEPRECATED
from bot.rules.field import FIELD
from bot.rules.gone import GONE
from bot.rules.listed import LISTED
from bot.rules.moved import MOVED
from bot.rules.navigation import NAVIGATION
from bot.rules.option import OPTION
from bot.rules.parameter import PARAMETER_REMOVED, PARAMETER_RENAMED
from bot.rules.removed import REMOVED
from bot.rules.renamed import RENAMED
from bot.rules.replaced import REPLACED
from bot.rules.route import ROUTE
from bot.rules.rule import Rule
from bot.rules.signature import SIGNATURE
from bot.rules.stated_default import STATED_DEFAULT
from bot.rules.value import DEFAULT_CHANGED, VALUE_CHANGED
from bot.rules.version import VERSION
from bot.rules.versionchanged import VERSIONCHANGED

RULES: tuple[Rule, ...] = (
    RENAMED,
    SIGNATURE,
    FIELD,
    PARAMETER_RENAMED,
    PARAMETER_REMOVED,
    DEFAULT_CHANGED,
    VALUE_CHANGED,
    REMOVED,
    LISTED,
    MOVED,
    NAVIGATION,
    REPLACED,
    GONE,
    VERSION,
    OPTION,
    STATED_DEFAULT,
    ROUTE,
    DEPRECATED,
    VERSIONCHANGED,
    CHANGELOG,
)

OPTIONAL = frozenset(rule.name for rule in RULES if not rule.default)
"""The names of the rules that are off unless asked for."""

__all__ = ["OPTIONAL", "RULES", "Rule"]
