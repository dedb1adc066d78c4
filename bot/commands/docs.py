"""`/mas docs …`: check, apply, rebase, decline and explain documentation edits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal

from bot.commands.command import Command, CommandResult, CommandServices, CommentContext, DocsRequest
from bot.domain.permissions import Permission
from bot.errors import UserError
from bot.messages import usage

MAX_REASON_CHARACTERS = 500


def _request(what: Literal["check", "apply", "rebase"]) -> Callable[[str, CommandServices], Awaitable[CommandResult]]:
    """Return a handler that requests work and takes no argument."""

    async def handle(_argument: str, _services: CommandServices) -> CommandResult:
        return DocsRequest(what)

    return handle


async def _skip(argument: str, _services: CommandServices) -> CommandResult:
    return DocsRequest("skip", why=argument[:MAX_REASON_CHARACTERS])


async def _explain(argument: str, _services: CommandServices) -> CommandResult:
    digits = argument.removeprefix("#")
    if not (digits.isascii() and digits.isdecimal() and 0 < len(digits) < 5 and int(digits)):
        raise UserError(*usage.NO_EDIT_NUMBER)
    return DocsRequest("explain", number=int(digits))


CHECK = Command(
    "docs check",
    "",
    "Check the docs again.",
    Permission.READ,
    CommentContext.PULL_REQUEST | CommentContext.DOCS_PULL_REQUEST,
    _request("check"),
    examples=(("/mas docs check", ""),),
)
APPLY = Command(
    "docs apply",
    "",
    "Commit the suggested edits to this pull request's branch.",
    Permission.WRITE,
    CommentContext.PULL_REQUEST,
    _request("apply"),
    examples=(("  /mas docs apply", ""),),
)
REBASE = Command(
    "docs rebase",
    "",
    "Rebuild the documentation branch from its base. Drops commits that people pushed to it.",
    Permission.WRITE,
    CommentContext.DOCS_PULL_REQUEST,
    _request("rebase"),
    examples=(("/mas docs rebase", ""),),
)
SKIP = Command(
    "docs skip",
    "[why]",
    "Decline the suggested edits permanently.",
    Permission.WRITE,
    CommentContext.PULL_REQUEST | CommentContext.DOCS_PULL_REQUEST,
    _skip,
    allows_author=True,
    examples=(("/mas docs skip", ""), ("/mas docs skip the old name is meant here", "the old name is meant here")),
)
EXPLAIN = Command(
    "docs explain",
    "<n>",
    "Explain why edit `n` is suggested.",
    Permission.READ,
    CommentContext.PULL_REQUEST | CommentContext.DOCS_PULL_REQUEST,
    _explain,
    examples=(("/mas docs explain 2", "2"),),
)
