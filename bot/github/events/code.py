"""Pushes, and the commits of a merge queue."""

from __future__ import annotations

from bot.domain import BranchDeleted, Event, IndexDue, MergeGroupChecksRequested, Push
from bot.github.events import payloads
from bot.github.events.parsing import IgnoredEvent, ignore_action, parse_action, parse_payload
from bot.github.events.payloads import is_branch_name

BRANCH_PREFIX = "mas/"
MERGE_QUEUE_PREFIX = "gh-readonly-queue/"
_HEADS_PREFIX = "refs/heads/"
_NULL_OID = "0" * 40


def push(body: bytes) -> Event | IgnoredEvent:
    """A push to a branch that people work on."""
    told = parse_payload("push", payloads.PushPayload, body)
    branch = told.ref.removeprefix(_HEADS_PREFIX)
    if told.installation is None:
        return IgnoredEvent("The push comes from a webhook that belongs to no installation.")
    if branch == told.ref or not is_branch_name(branch):
        return IgnoredEvent("Only pushes to branches are used.")
    if branch.startswith((BRANCH_PREFIX, MERGE_QUEUE_PREFIX)):
        return IgnoredEvent(f"{branch} is no branch that people work on.")
    if told.repository.archived or told.repository.disabled:
        return IgnoredEvent("The repository is archived or disabled.")
    if told.after == _NULL_OID:
        return BranchDeleted(told.repository.to_repository(told.installation), branch)
    if told.before == _NULL_OID:  # there is nothing before it to compare with, so it can only be indexed
        return IndexDue(told.repository.to_repository(told.installation), branch)
    return Push(told.repository.to_repository(told.installation), branch, told.before, told.after, told.sender.login)


def merge_group(body: bytes) -> Event | IgnoredEvent:
    """A merge queue that waits for our checks."""
    action = parse_action("merge_group", body)
    if action != "checks_requested":
        return ignore_action("merge_group", action)
    told = parse_payload("merge_group", payloads.MergeGroupPayload, body)
    if told.installation is None:
        return IgnoredEvent("The merge group comes from a webhook that belongs to no installation.")
    return MergeGroupChecksRequested(told.repository.to_repository(told.installation), told.merge_group.head_sha)
