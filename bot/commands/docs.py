"""`/mas docs …`: what follows a change in the docs, looked at, taken over, turned down or explained."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal

from bot.commands.command import Command, CommandResult, CommandServices, CommentContext, DocsRequest
from bot.domain.permissions import Permission
from bot.errors import UserError

MAX_REASON_CHARACTERS = 500


def _request(what: Literal["check", "apply", "rebase"]) -> Callable[[str, CommandServices], Awaitable[CommandResult]]:
    """An answer that asks for something and takes no argument."""

    async def answer(_argument: str, _desk: CommandServices) -> CommandResult:
        return DocsRequest(what)

    return answer


async def _skip(argument: str, _desk: CommandServices) -> CommandResult:
    return DocsRequest("skip", why=argument[:MAX_REASON_CHARACTERS])


async def _explain(argument: str, _desk: CommandServices) -> CommandResult:
    digits = argument.removeprefix("#")
    if not (digits.isascii() and digits.isdecimal() and 0 < len(digits) < 5 and int(digits)):
        raise UserError("Which edit do you mean?", "Give its number: `/mas docs explain 1`.")
    return DocsRequest("explain", number=int(digits))


CHECK = Command(
    "docs check",
    "",
    "Look at the docs again, now.",
    Permission.READ,
    CommentContext.PULL_REQUEST | CommentContext.DOCS_PULL_REQUEST,
    _request("check"),
    examples=(("/mas docs check", ""),),
)
APPLY = Command(
    "docs apply",
    "",
    "Commit the edits that the check proposes to this pull request's branch.",
    Permission.WRITE,
    CommentContext.PULL_REQUEST,
    _request("apply"),
    examples=(("  /mas docs apply", ""),),
)
REBASE = Command(
    "docs rebase",
    "",
    "Start my branch again from the newest base. Commits of others on it are left behind.",
    Permission.WRITE,
    CommentContext.DOCS_PULL_REQUEST,
    _request("rebase"),
    examples=(("/mas docs rebase", ""),),
)
SKIP = Command(
    "docs skip",
    "[why]",
    "Turn the proposed edits down, for good.",
    Permission.WRITE,
    CommentContext.PULL_REQUEST | CommentContext.DOCS_PULL_REQUEST,
    _skip,
    allows_author=True,
    examples=(("/mas docs skip", ""), ("/mas docs skip the old name is meant here", "the old name is meant here")),
)
EXPLAIN = Command(
    "docs explain",
    "<n>",
    "Why the n-th edit is proposed, in full.",
    Permission.READ,
    CommentContext.PULL_REQUEST | CommentContext.DOCS_PULL_REQUEST,
    _explain,
    examples=(("/mas docs explain 2", "2"),),
)
