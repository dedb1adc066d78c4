"""Events about commits: pushes and merge groups."""

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
    """Parse a push. Pushes to the bot's own branches and to merge queues are ignored."""
    payload = parse_payload("push", payloads.PushPayload, body)
    branch = payload.ref.removeprefix(_HEADS_PREFIX)
    if payload.installation is None:
        return IgnoredEvent("The push comes from a webhook that belongs to no installation.")
    if branch == payload.ref or not is_branch_name(branch):
        return IgnoredEvent("Only pushes to branches are used.")
    if branch.startswith((BRANCH_PREFIX, MERGE_QUEUE_PREFIX)):
        return IgnoredEvent(f"{branch} is a branch of the bot or of a merge queue.")
    if payload.repository.archived or payload.repository.disabled:
        return IgnoredEvent("The repository is archived or disabled.")
    repository = payload.repository.to_repository(payload.installation)
    if payload.after == _NULL_OID:
        return BranchDeleted(repository, branch)
    if payload.before == _NULL_OID:  # a new branch has nothing to compare with, so it is only indexed
        return IndexDue(repository, branch)
    return Push(repository, branch, payload.before, payload.after, payload.sender.login)


def merge_group(body: bytes) -> Event | IgnoredEvent:
    """Parse a merge queue's request for checks."""
    action = parse_action("merge_group", body)
    if action != "checks_requested":
        return ignore_action("merge_group", action)
    payload = parse_payload("merge_group", payloads.MergeGroupPayload, body)
    if payload.installation is None:
        return IgnoredEvent("The merge group comes from a webhook that belongs to no installation.")
    repository = payload.repository.to_repository(payload.installation)
    return MergeGroupChecksRequested(repository, payload.merge_group.head_sha)
