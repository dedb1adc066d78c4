"""`/mas ask` and `/mas reindex`: questions about the repository, and the search index that answers them."""

from __future__ import annotations

from bot.commands.command import Command, CommandResult, CommandServices, CommentContext, Reply
from bot.domain.permissions import Permission
from bot.errors import UserError
from bot.messages import usage

MAX_QUESTION_CHARACTERS = 500


async def _ask(argument: str, services: CommandServices) -> CommandResult:
    if not argument:
        raise UserError(*usage.NO_QUESTION)
    return Reply(await services.ask(argument[:MAX_QUESTION_CHARACTERS]))


async def _reindex(_argument: str, services: CommandServices) -> CommandResult:
    return Reply(await services.reindex())


ASK = Command(
    "ask",
    "<question>",
    "Answer a question with quotes from this repository.",
    Permission.READ,
    CommentContext.ANYWHERE,
    _ask,
    examples=(("/mas ask how is the cache cleared?", "how is the cache cleared?"),),
)
REINDEX = Command(
    "reindex",
    "",
    "Update the search index of the default branch.",
    Permission.WRITE,
    CommentContext.ANYWHERE,
    _reindex,
    examples=(("/mas reindex", ""),),
)
