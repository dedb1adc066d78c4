"""`/mas config`: the settings in force, and where they come from."""

from __future__ import annotations

from bot.commands.command import Answer, Command, Desk, Reply, Where
from bot.domain.permissions import Permission


async def answer(_argument: str, desk: Desk) -> Answer:
    """The settings of the default branch, with what is wrong with them."""
    return Reply(await desk.config())


CONFIG = Command(
    "config",
    "",
    "The settings in force here, and where they come from.",
    Permission.READ,
    Where.ANYWHERE,
    answer,
    examples=(("/MAS config", ""),),
)
