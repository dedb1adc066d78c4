"""The slash-commands: one record each, one line each."""

from __future__ import annotations

from bot.commands.command import Answer, Asked, Command, Desk, Reply, SecurityWish, Where, Wish
from bot.commands.config import CONFIG
from bot.commands.docs import APPLY, CHECK, EXPLAIN, REBASE, SKIP
from bot.commands.help import help_on
from bot.commands.knowledge import ASK, REINDEX
from bot.commands.parsing import Unknown, parse
from bot.commands.security import EXPLAIN_FINDING, IGNORE, REVIEW
from bot.commands.status import STATUS

_COMMANDS: tuple[Command, ...] = (
    CHECK,
    APPLY,
    REBASE,
    SKIP,
    EXPLAIN,
    REVIEW,
    IGNORE,
    EXPLAIN_FINDING,
    ASK,
    REINDEX,
    CONFIG,
    STATUS,
)

COMMANDS: tuple[Command, ...] = (*_COMMANDS, help_on(_COMMANDS))

__all__ = [
    "COMMANDS",
    "Answer",
    "Asked",
    "Command",
    "Desk",
    "Reply",
    "SecurityWish",
    "Unknown",
    "Where",
    "Wish",
    "parse",
]
