"""`/mas config`: the settings in force, and where they come from."""

from __future__ import annotations

from bot.commands.command import Command, CommandResult, CommandServices, CommentContext, Reply
from bot.domain.permissions import Permission


async def handle(_argument: str, services: CommandServices) -> CommandResult:
    """The settings of the default branch, with what is wrong with them."""
    return Reply(await services.config())


CONFIG = Command(
    "config",
    "",
    "The settings in force here, and where they come from.",
    Permission.READ,
    CommentContext.ANYWHERE,
    handle,
    examples=(("/MAS config", ""),),
)
