"""Pushes, and the commits of a merge queue."""

from __future__ import annotations

from bot.domain import BranchDeleted, Event, IndexDue, Push, Queued
from bot.github.events import payloads
from bot.github.events.parsing import Ignored, action_of, read, unused
from bot.github.events.payloads import is_branch

OURS = "mas/"
MERGE_QUEUE = "gh-readonly-queue/"
_HEADS = "refs/heads/"
_NOWHERE = "0" * 40


def push(body: bytes) -> Event | Ignored:
    """A push to a branch that people work on."""
    told = read("push", payloads.Push, body)
    branch = told.ref.removeprefix(_HEADS)
    if told.installation is None:
        return Ignored("The push comes from a webhook that belongs to no installation.")
    if branch == told.ref or not is_branch(branch):
        return Ignored("Only pushes to branches are used.")
    if branch.startswith((OURS, MERGE_QUEUE)):
        return Ignored(f"{branch} is no branch that people work on.")
    if told.repository.archived or told.repository.disabled:
        return Ignored("The repository is archived or disabled.")
    if told.after == _NOWHERE:
        return BranchDeleted(told.repository.at(told.installation), branch)
    if told.before == _NOWHERE:  # there is nothing before it to compare with, so it can only be indexed
        return IndexDue(told.repository.at(told.installation), branch)
    return Push(told.repository.at(told.installation), branch, told.before, told.after, told.sender.login)


def merge_group(body: bytes) -> Event | Ignored:
    """A merge queue that waits for our checks."""
    action = action_of("merge_group", body)
    if action != "checks_requested":
        return unused("merge_group", action)
    told = read("merge_group", payloads.MergeGroup, body)
    if told.installation is None:
        return Ignored("The merge group comes from a webhook that belongs to no installation.")
    return Queued(told.repository.at(told.installation), told.merge_group.head_sha)
