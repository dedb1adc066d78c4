"""`/mas status`: what the bot has done here, and what it waits for."""

from __future__ import annotations

from bot.commands.command import Answer, Command, Desk, Reply, Where
from bot.domain.permissions import Permission


async def answer(_argument: str, desk: Desk) -> Answer:
    """The newest jobs of this repository and what came of them."""
    return Reply(await desk.status())


STATUS = Command(
    "status",
    "",
    "What I did here last, and what waits.",
    Permission.READ,
    Where.ANYWHERE,
    answer,
    examples=(("/mas status", ""),),
)
