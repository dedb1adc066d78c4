"""`/mas ask` and `/mas reindex`: what the repository says, and the index that it is found by."""

from __future__ import annotations

from bot.commands.command import Command, CommandResult, CommandServices, CommentContext, Reply
from bot.domain.permissions import Permission
from bot.errors import UserError

MAX_QUESTION_CHARACTERS = 500


async def _ask(argument: str, services: CommandServices) -> CommandResult:
    if not argument:
        raise UserError("What do you want to know?", "Ask in the same line: `/mas ask how is the cache cleared?`")
    return Reply(await services.ask(argument[:MAX_QUESTION_CHARACTERS]))


async def _reindex(_argument: str, services: CommandServices) -> CommandResult:
    return Reply(await services.reindex())


ASK = Command(
    "ask",
    "<question>",
    "What the docs and the code of this repository say to a question, word for word.",
    Permission.READ,
    CommentContext.ANYWHERE,
    _ask,
    examples=(("/mas ask how is the cache cleared?", "how is the cache cleared?"),),
)
REINDEX = Command(
    "reindex",
    "",
    "Bring the search index to the default branch's head.",
    Permission.WRITE,
    CommentContext.ANYWHERE,
    _reindex,
    examples=(("/mas reindex", ""),),
)
