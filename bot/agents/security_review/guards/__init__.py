"""Registry of guards, the rules about removed security checks: one record each."""

from __future__ import annotations

from bot.agents.security_review.guards.access import ACCESS_CHECK
from bot.agents.security_review.guards.bound import BOUND
from bot.agents.security_review.guards.comparison import COMPARISON
from bot.agents.security_review.guards.contained import CONTAINED
from bot.agents.security_review.guards.guard import Guard
from bot.agents.security_review.guards.header import HEADER
from bot.agents.security_review.guards.looser import LOOSER
from bot.agents.security_review.guards.refusal import REFUSAL
from bot.agents.security_review.guards.refused_names import REFUSED_NAMES
from bot.agents.security_review.guards.route import ROUTE
from bot.agents.security_review.guards.setting import SETTING
from bot.agents.security_review.guards.trusted import TRUSTED
from bot.agents.security_review.guards.unwrapped import UNWRAPPED

GUARDS: tuple[Guard, ...] = (
    UNWRAPPED,
    REFUSAL,
    ACCESS_CHECK,
    BOUND,
    COMPARISON,
    CONTAINED,
    HEADER,
    LOOSER,
    REFUSED_NAMES,
    ROUTE,
    SETTING,
    TRUSTED,
)

__all__ = ["GUARDS", "Guard"]
