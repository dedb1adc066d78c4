"""Rules that update docs after changes of code, one module each."""

from __future__ import annotations

from bot.agents.document_update.rules.changelog import CHANGELOG
from bot.agents.document_update.rules.deprecated import DEPRECATED
from bot.agents.document_update.rules.field import FIELD
from bot.agents.document_update.rules.gone import GONE
from bot.agents.document_update.rules.listed import LISTED
from bot.agents.document_update.rules.moved import MOVED
from bot.agents.document_update.rules.navigation import NAVIGATION
from bot.agents.document_update.rules.option import OPTION
from bot.agents.document_update.rules.parameter import PARAMETER_REMOVED, PARAMETER_RENAMED
from bot.agents.document_update.rules.removed import REMOVED
from bot.agents.document_update.rules.renamed import RENAMED
from bot.agents.document_update.rules.replaced import REPLACED
from bot.agents.document_update.rules.route import ROUTE
from bot.agents.document_update.rules.rule import Rule
from bot.agents.document_update.rules.signature import SIGNATURE
from bot.agents.document_update.rules.stated_default import STATED_DEFAULT
from bot.agents.document_update.rules.value import DEFAULT_CHANGED, VALUE_CHANGED
from bot.agents.document_update.rules.version import VERSION
from bot.agents.document_update.rules.versionchanged import VERSIONCHANGED

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
"""Names of the rules that are off by default."""

__all__ = ["OPTIONAL", "RULES", "Rule"]
