"""`/mas security …`: repeat the review, ignore a finding, explain a finding."""

from __future__ import annotations

import re
from datetime import date

from bot.agents.security_review.review import parse_reason
from bot.commands.command import Command, CommandResult, CommandServices, CommentContext, SecurityRequest
from bot.domain.permissions import Permission
from bot.errors import UserError
from bot.messages import usage

_ID = re.compile(r"#?`?(?P<id>[0-9a-fA-F]{7})`?")
_MAX_REASON_CHARACTERS = 500


async def _review(_argument: str, _services: CommandServices) -> CommandResult:
    return SecurityRequest("review")


async def _ignore(argument: str, _services: CommandServices) -> CommandResult:
    name, _, rest = argument.partition(" ")
    finding_id = _parse_id(name, "ignore")
    reason, until = parse_reason(rest)
    if until and not _is_date(until):
        raise UserError(*usage.not_a_date(until))
    why = " ".join(reason.split())[:_MAX_REASON_CHARACTERS]
    if not why:
        raise UserError(*usage.no_reason(finding_id))
    return SecurityRequest("ignore", finding_id, why, until)


async def _explain(argument: str, _services: CommandServices) -> CommandResult:
    return SecurityRequest("explain", _parse_id(argument.strip(), "explain"))


def _parse_id(text: str, verb: str) -> str:
    found = _ID.fullmatch(text)
    if found is None:
        raise UserError(*usage.no_finding_id(verb))
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
    "Repeat the security review.",
    Permission.READ,
    CommentContext.PULL_REQUEST,
    _review,
    examples=(("/mas security review", ""),),
)
IGNORE = Command(
    "security ignore",
    "<id> <why>",
    "Accept a finding (recorded). End with `until 2027-01-31` to limit the time.",
    Permission.MAINTAIN,
    CommentContext.PULL_REQUEST,
    _ignore,
    role_setting="security.ignore_role",
    examples=(("/mas security ignore 3f9a1c2 only in tests", "3f9a1c2 only in tests"),),
)
EXPLAIN_FINDING = Command(
    "security explain",
    "<id>",
    "Explain a finding and how to fix it.",
    Permission.READ,
    CommentContext.PULL_REQUEST,
    _explain,
    examples=(("/mas security explain 3f9a1c2", "3f9a1c2"),),
)
