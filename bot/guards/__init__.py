"""Rules on removed lines: one record each, one line each."""

from __future__ import annotations

from bot.guards.access import ACCESS_ASKED
from bot.guards.bound import BOUND
from bot.guards.comparison import COMPARISON
from bot.guards.contained import CONTAINED
from bot.guards.guard import Guard
from bot.guards.header import HEADER
from bot.guards.looser import LOOSER
from bot.guards.refusal import REFUSAL
from bot.guards.refused_names import REFUSED_NAMES
from bot.guards.route import ROUTE
from bot.guards.setting import SETTING
from bot.guards.trusted import TRUSTED
from bot.guards.unwrapped import UNWRAPPED

GUARDS: tuple[Guard, ...] = (
    UNWRAPPED,
    REFUSAL,
    ACCESS_ASKED,
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
