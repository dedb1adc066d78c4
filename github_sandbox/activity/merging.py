"""Merges of pull requests, direct or through the merge queue.

https://docs.github.com/repositories/configuring-branches-and-merges-in-your-repository/configuring-pull-request-merges/managing-a-merge-queue
"""

from __future__ import annotations

from typing import Literal

from github_sandbox.activity.base import ActivityBase
from github_sandbox.activity.pulls import Pulls
from github_sandbox.activity.references import References
from github_sandbox.conversations import MergeGroup, PullRequest
from github_sandbox.git import ZERO, Commit, GitError, RefChange
from github_sandbox.payloads.commits import commit_simple
from github_sandbox.state import Account, World
from github_sandbox.webhooks import Webhooks

_QUEUE = "github-merge-queue[bot]"


class Merging(ActivityBase):
    """Actions that merge pull requests."""

    def __init__(self, world: World, webhooks: Webhooks, references: References, pulls: Pulls) -> None:
        super().__init__(world, webhooks)
        self._references = references
        self._pulls = pulls

    def merge(self, pull: PullRequest, by: Account) -> str:
        """Merge a pull request with a merge commit, and return that. Raises `GitError` if it conflicts or is closed."""
        commit = self._commit(pull, by)
        self._land(pull, commit.oid, by)
        return commit.oid

    def _commit(self, pull: PullRequest, by: Account) -> Commit:
        if pull.state != "open":
            raise GitError("Pull Request is not mergeable")
        tree = pull.repository.git.merge_tree(pull.base_oid, pull.head_oid)
        headline = f"Merge pull request #{pull.number} from {pull.head_owner.login}/{pull.head}"
        parents, message = [pull.base_oid, pull.head_oid], f"{headline}\n\n{pull.title}"
        return self._references.commit(pull.repository, tree, parents, message, by, via_web=True)

    def _land(self, pull: PullRequest, oid: str, by: Account) -> None:
        base = RefChange(f"refs/heads/{pull.base}", pull.base_oid, oid)
        pull.repository.git.move([base])
        self._pulls.close(pull, by, merge_oid=oid)
        self._references.announce(pull.repository, by, [base.name])

    # ------------------------------------------------------------------ merge queue

    def enqueue(self, pull: PullRequest, by: Account) -> MergeGroup:
        """Add a pull request to the merge queue: create a branch with its merge, and request checks.

        Raises `GitError` if it conflicts or is closed.
        """
        queue, commit = self._world.account(_QUEUE, "Bot"), self._commit(pull, by)
        group = MergeGroup(
            f"refs/heads/gh-readonly-queue/{pull.base}/pr-{pull.number}-{pull.base_oid}", commit.oid, pull
        )
        self._send_conversation_event(pull, "enqueued", by)
        self._references.move(pull.repository, [RefChange(group.ref, ZERO, commit.oid)], queue)
        self._send_group_event(group, "checks_requested")
        return group

    def leave_queue(self, group: MergeGroup, reason: Literal["merged", "dequeued", "invalidated"]) -> None:
        """Complete a merge queue entry: merge it (`merged`), or remove it from the queue for another reason."""
        queue = self._world.account(_QUEUE, "Bot")
        self._send_conversation_event(group.pull, "dequeued", queue, reason="MERGE" if reason == "merged" else "MANUAL")
        if reason == "merged":
            self._land(group.pull, group.oid, queue)
        self._send_group_event(group, "destroyed", reason=reason)
        self._references.move(group.pull.repository, [RefChange(group.ref, group.oid, ZERO)], queue)

    def _send_group_event(self, group: MergeGroup, action: str, **fields: object) -> None:
        repository = group.pull.repository
        merge_group = {
            "head_sha": group.oid,
            "head_ref": group.ref,
            "base_sha": repository.git.commit(group.oid).parents[0],
            "base_ref": f"refs/heads/{group.pull.base}",
            "head_commit": commit_simple(repository.git.commit(group.oid)),
        }
        queue = self._world.account(_QUEUE, "Bot")
        payload = {"action": action, "merge_group": merge_group, **fields}
        self._webhooks.repository_event("merge_group", repository, queue, payload)


def mergeable(pull: PullRequest) -> bool | None:
    """Return whether a pull request merges without conflict; None, unknown, for a closed one."""
    if pull.state != "open":
        return None
    try:
        pull.repository.git.merge_tree(pull.base_oid, pull.head_oid)
    except GitError:
        return False
    return True
