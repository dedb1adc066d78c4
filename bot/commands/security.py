"""`/mas security …`: a pull request reviewed again, a finding ignored or explained."""

from __future__ import annotations

import re
from datetime import date

from bot.agents.security_review.review import parse_reason
from bot.commands.command import Command, CommandResult, CommandServices, CommentContext, SecurityRequest
from bot.domain.permissions import Permission
from bot.errors import UserError

_ID = re.compile(r"#?`?(?P<id>[0-9a-fA-F]{7})`?")
_MAX_REASON_CHARACTERS = 500


async def _review(_argument: str, _desk: CommandServices) -> CommandResult:
    return SecurityRequest("review")


async def _ignore(argument: str, _desk: CommandServices) -> CommandResult:
    name, _, rest = argument.partition(" ")
    identity = _parse_id(name, "ignore")
    reason, until = parse_reason(rest)
    if until and not _is_date(until):
        raise UserError(f"{until} is no day.", "Write it as `until 2027-01-31`.")
    why = " ".join(reason.split())[:_MAX_REASON_CHARACTERS]
    if not why:
        raise UserError("Why is it to be ignored?", f"Give a reason: `/mas security ignore {identity} only in tests`.")
    return SecurityRequest("ignore", identity, why, until)


async def _explain(argument: str, _desk: CommandServices) -> CommandResult:
    return SecurityRequest("explain", _parse_id(argument.strip(), "explain"))


def _parse_id(text: str, verb: str) -> str:
    found = _ID.fullmatch(text)
    if found is None:
        why = " only in tests" if verb == "ignore" else ""
        raise UserError("Which finding do you mean?", f"Give the id beside it: `/mas security {verb} 3f9a1c2{why}`.")
    return found["id"].lower()


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


REVIEW = Command(
    "security review",
    "",
    "Review the security of this change again, now.",
    Permission.READ,
    CommentContext.PULL_REQUEST,
    _review,
    examples=(("/mas security review", ""),),
)
IGNORE = Command(
    "security ignore",
    "<id> <why>",
    "Leave a finding, on record; `until 2027-01-31` for a time.",
    Permission.MAINTAIN,
    CommentContext.PULL_REQUEST,
    _ignore,
    role_setting="security.ignore_role",
    examples=(("/mas security ignore 3f9a1c2 only in tests", "3f9a1c2 only in tests"),),
)
EXPLAIN_FINDING = Command(
    "security explain",
    "<id>",
    "Why a finding is one, and the way out, in full.",
    Permission.READ,
    CommentContext.PULL_REQUEST,
    _explain,
    examples=(("/mas security explain 3f9a1c2", "3f9a1c2"),),
)
