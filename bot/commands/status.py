"""`/mas status`: recent activity in the repository."""

from __future__ import annotations

from bot.commands.command import Command, CommandResult, CommandServices, CommentContext, Reply
from bot.domain.permissions import Permission


async def handle(_argument: str, services: CommandServices) -> CommandResult:
    """Reply with the newest jobs of this repository and their results."""
    return Reply(await services.status())


STATUS = Command(
    "status",
    "",
    "Show recent activity and the state of the search index.",
    Permission.READ,
    CommentContext.ANYWHERE,
    handle,
    examples=(("/mas status", ""),),
)
