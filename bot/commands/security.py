"""`/mas security …`: a pull request reviewed again, a finding ignored or explained."""

from __future__ import annotations

import re
from datetime import date

from bot.agents.security_review.review import reason_and_day
from bot.commands.command import Answer, Command, Desk, SecurityWish, Where
from bot.domain.permissions import Permission
from bot.errors import UserError

_ID = re.compile(r"#?`?(?P<id>[0-9a-fA-F]{7})`?")
_LONGEST_WHY = 500


async def _review(_argument: str, _desk: Desk) -> Answer:
    return SecurityWish("review")


async def _ignore(argument: str, _desk: Desk) -> Answer:
    name, _, rest = argument.partition(" ")
    identity = _id(name, "ignore")
    reason, until = reason_and_day(rest)
    if until and not _is_day(until):
        raise UserError(f"{until} is no day.", "Write it as `until 2027-01-31`.")
    why = " ".join(reason.split())[:_LONGEST_WHY]
    if not why:
        raise UserError("Why is it to be ignored?", f"Give a reason: `/mas security ignore {identity} only in tests`.")
    return SecurityWish("ignore", identity, why, until)


async def _explain(argument: str, _desk: Desk) -> Answer:
    return SecurityWish("explain", _id(argument.strip(), "explain"))


def _id(said: str, verb: str) -> str:
    found = _ID.fullmatch(said)
    if found is None:
        why = " only in tests" if verb == "ignore" else ""
        raise UserError("Which finding do you mean?", f"Give the id beside it: `/mas security {verb} 3f9a1c2{why}`.")
    return found["id"].lower()


def _is_day(said: str) -> bool:
    try:
        date.fromisoformat(said)
    except ValueError:
        return False
    return True


REVIEW = Command(
    "security review",
    "",
    "Review the security of this change again, now.",
    Permission.READ,
    Where.PULL_REQUEST,
    _review,
    examples=(("/mas security review", ""),),
)
IGNORE = Command(
    "security ignore",
    "<id> <why>",
    "Leave a finding, on record; `until 2027-01-31` for a time.",
    Permission.MAINTAIN,
    Where.PULL_REQUEST,
    _ignore,
    role="security.ignore_role",
    examples=(("/mas security ignore 3f9a1c2 only in tests", "3f9a1c2 only in tests"),),
)
EXPLAIN_FINDING = Command(
    "security explain",
    "<id>",
    "Why a finding is one, and the way out, in full.",
    Permission.READ,
    Where.PULL_REQUEST,
    _explain,
    examples=(("/mas security explain 3f9a1c2", "3f9a1c2"),),
)
