"""`/mas docs …`: what follows a change in the docs, looked at, taken over, turned down or explained."""

from __future__ import annotations

from bot.commands.command import Answer, Command, Desk, Where, Wish
from bot.errors import UserError
from bot.ports import Permission

LONGEST_WHY = 500


async def _check(_argument: str, _desk: Desk) -> Answer:
    return Wish("check")


async def _apply(_argument: str, _desk: Desk) -> Answer:
    return Wish("apply")


async def _rebase(_argument: str, _desk: Desk) -> Answer:
    return Wish("rebase")


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
    _check,
    examples=(("/mas docs check", ""),),
)
APPLY = Command(
    "docs apply",
    "",
    "Commit the edits that the check proposes to this pull request's branch.",
    Permission.WRITE,
    Where.PULL_REQUEST,
    _apply,
    examples=(("  /mas docs apply", ""),),
)
REBASE = Command(
    "docs rebase",
    "",
    "Start my branch again from the newest base. Commits of others on it are left behind.",
    Permission.WRITE,
    Where.OURS,
    _rebase,
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
