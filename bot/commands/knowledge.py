"""`/mas ask` and `/mas reindex`: what the repository says, and the index that it is found by."""

from __future__ import annotations

from bot.commands.command import Answer, Command, Desk, Reply, Where
from bot.domain.permissions import Permission
from bot.errors import UserError

LONGEST_QUESTION = 500


async def _ask(argument: str, desk: Desk) -> Answer:
    if not argument:
        raise UserError("What do you want to know?", "Ask in the same line: `/mas ask how is the cache cleared?`")
    return Reply(await desk.ask(argument[:LONGEST_QUESTION]))


async def _reindex(_argument: str, desk: Desk) -> Answer:
    return Reply(await desk.reindex())


ASK = Command(
    "ask",
    "<question>",
    "What the docs and the code of this repository say to a question, word for word.",
    Permission.READ,
    Where.ANYWHERE,
    _ask,
    examples=(("/mas ask how is the cache cleared?", "how is the cache cleared?"),),
)
REINDEX = Command(
    "reindex",
    "",
    "Bring the search index to the default branch's head.",
    Permission.WRITE,
    Where.ANYWHERE,
    _reindex,
    examples=(("/mas reindex", ""),),
)
