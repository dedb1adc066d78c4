"""`/mas status`: what the bot has done here, and what it waits for."""

from __future__ import annotations

from bot.commands.command import Command, CommandResult, CommandServices, CommentContext, Reply
from bot.domain.permissions import Permission


async def handle(_argument: str, services: CommandServices) -> CommandResult:
    """The newest jobs of this repository and what came of them."""
    return Reply(await services.status())


STATUS = Command(
    "status",
    "",
    "What I did here last, and what waits.",
    Permission.READ,
    CommentContext.ANYWHERE,
    handle,
    examples=(("/mas status", ""),),
)
