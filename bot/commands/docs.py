"""`/mas docs …`: what follows a change in the docs, looked at, taken over, turned down or explained."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal

from bot.commands.command import Answer, Command, Desk, Where, Wish
from bot.domain.permissions import Permission
from bot.errors import UserError

LONGEST_WHY = 500


def _wishing(what: Literal["check", "apply", "rebase"]) -> Callable[[str, Desk], Awaitable[Answer]]:
    """An answer that asks for something and takes no argument."""

    async def answer(_argument: str, _desk: Desk) -> Answer:
        return Wish(what)

    return answer


async def _skip(argument: str, _desk: Desk) -> Answer:
    return Wish("skip", why=argument[:LONGEST_WHY])


async def _explain(argument: str, _desk: Desk) -> Answer:
    digits = argument.removeprefix("#")
    if not (digits.isascii() and digits.isdecimal() and 0 < len(digits) < 5 and int(digits)):
        raise UserError("Which edit do you mean?", "Give its number: `/mas docs explain 1`.")
    return Wish("explain", number=int(digits))


CHECK = Command(
    "docs check",
    "",
    "Look at the docs again, now.",
    Permission.READ,
    Where.PULL_REQUEST | Where.OURS,
    _wishing("check"),
    examples=(("/mas docs check", ""),),
)
APPLY = Command(
    "docs apply",
    "",
    "Commit the edits that the check proposes to this pull request's branch.",
    Permission.WRITE,
    Where.PULL_REQUEST,
    _wishing("apply"),
    examples=(("  /mas docs apply", ""),),
)
REBASE = Command(
    "docs rebase",
    "",
    "Start my branch again from the newest base. Commits of others on it are left behind.",
    Permission.WRITE,
    Where.OURS,
    _wishing("rebase"),
    examples=(("/mas docs rebase", ""),),
)
SKIP = Command(
    "docs skip",
    "[why]",
    "Turn the proposed edits down, for good.",
    Permission.WRITE,
    Where.PULL_REQUEST | Where.OURS,
    _skip,
    author=True,
    examples=(("/mas docs skip", ""), ("/mas docs skip the old name is meant here", "the old name is meant here")),
)
EXPLAIN = Command(
    "docs explain",
    "<n>",
    "Why the n-th edit is proposed, in full.",
    Permission.READ,
    Where.PULL_REQUEST | Where.OURS,
    _explain,
    examples=(("/mas docs explain 2", "2"),),
)
