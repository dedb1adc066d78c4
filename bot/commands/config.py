"""`/mas config`: the settings in effect."""

from __future__ import annotations

from bot.commands.command import Command, CommandResult, CommandServices, CommentContext, Reply
from bot.domain.permissions import Permission


async def handle(_argument: str, services: CommandServices) -> CommandResult:
    """Reply with the settings of the default branch and the problems in them."""
    return Reply(await services.config())


CONFIG = Command(
    "config",
    "",
    "Show the settings in effect and where they come from.",
    Permission.READ,
    CommentContext.ANYWHERE,
    handle,
    examples=(("/MAS config", ""),),
)
