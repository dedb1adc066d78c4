"""Slash-commands: one record each, listed in `COMMANDS`."""

from __future__ import annotations

from bot.commands.command import (
    Command,
    CommandResult,
    CommandServices,
    CommentContext,
    DocsRequest,
    ParsedCommand,
    Reply,
    SecurityRequest,
)
from bot.commands.config import CONFIG
from bot.commands.docs import APPLY, CHECK, EXPLAIN, REBASE, SKIP
from bot.commands.help import make_help
from bot.commands.parsing import UnknownCommand, parse_command
from bot.commands.search import ASK, REINDEX
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

COMMANDS: tuple[Command, ...] = (*_COMMANDS, make_help(_COMMANDS))

__all__ = [
    "COMMANDS",
    "Command",
    "CommandResult",
    "CommandServices",
    "CommentContext",
    "DocsRequest",
    "ParsedCommand",
    "Reply",
    "SecurityRequest",
    "UnknownCommand",
    "parse_command",
]
