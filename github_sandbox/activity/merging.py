"""Pull requests are merged, at once or by the merge queue.

https://docs.github.com/repositories/configuring-branches-and-merges-in-your-repository/configuring-pull-request-merges/managing-a-merge-queue
"""

from __future__ import annotations

from typing import Literal

from github_sandbox.activity.acts import Acts
from github_sandbox.activity.pulls import Pulls
from github_sandbox.activity.references import References
from github_sandbox.conversations import MergeGroup, PullRequest
from github_sandbox.git import ZERO, Commit, GitError, RefChange
from github_sandbox.payloads.commits import commit_simple
from github_sandbox.state import Account, World
from github_sandbox.webhooks import Webhooks

_QUEUE = "github-merge-queue[bot]"


class Merging(Acts):
    """The ways of a pull request into its base."""

    def __init__(self, world: World, webhooks: Webhooks, references: References, pulls: Pulls) -> None:
        super().__init__(world, webhooks)
        self._references = references
        self._pulls = pulls

    def merge(self, pull: PullRequest, by: Account) -> str:
        """Merge it with a merge commit; returns that commit. Raises `GitError` on a conflict or a closed one."""
        made = self._commit(pull, by)
        self._land(pull, made.oid, by)
        return made.oid

    def _commit(self, pull: PullRequest, by: Account) -> Commit:
        if pull.state != "open":
            raise GitError("Pull Request is not mergeable")
        tree = pull.repository.git.merge_tree(pull.base_oid, pull.head_oid)
        headline = f"Merge pull request #{pull.number} from {pull.head_owner.login}/{pull.head}"
        parents, words = [pull.base_oid, pull.head_oid], f"{headline}\n\n{pull.title}"
        return self._references.commit(pull.repository, tree, parents, words, by, on_the_web=True)

    def _land(self, pull: PullRequest, oid: str, by: Account) -> None:
        base = RefChange(f"refs/heads/{pull.base}", pull.base_oid, oid)
        pull.repository.git.move([base])
        self._pulls.close(pull, by, merge_oid=oid)
        self._references.announce(pull.repository, by, [base.name])

    # ------------------------------------------------------------------ the queue

    def enqueue(self, pull: PullRequest, by: Account) -> MergeGroup:
        """Put it into the merge queue, in a group of its own: its merge lies on a branch, and checks are asked for.

        Raises `GitError` on a conflict or a closed one.
        """
        queue, made = self._world.account(_QUEUE, "Bot"), self._commit(pull, by)
        group = MergeGroup(f"refs/heads/gh-readonly-queue/{pull.base}/pr-{pull.number}-{pull.base_oid}", made.oid, pull)
        self._tell(pull, "enqueued", by)
        self._references.move(pull.repository, [RefChange(group.ref, ZERO, made.oid)], queue)
        self._tell_group(group, "checks_requested")
        return group

    def leave_queue(self, group: MergeGroup, reason: Literal["merged", "dequeued", "invalidated"]) -> None:
        """End a group: `merged` as its checks passed, or out of the queue for another reason."""
        queue = self._world.account(_QUEUE, "Bot")
        self._tell(group.pull, "dequeued", queue, reason="MERGE" if reason == "merged" else "MANUAL")
        if reason == "merged":
            self._land(group.pull, group.oid, queue)
        self._tell_group(group, "destroyed", reason=reason)
        self._references.move(group.pull.repository, [RefChange(group.ref, group.oid, ZERO)], queue)

    def _tell_group(self, group: MergeGroup, action: str, **more: object) -> None:
        repository = group.pull.repository
        told = {
            "head_sha": group.oid,
            "head_ref": group.ref,
            "base_sha": repository.git.commit(group.oid).parents[0],
            "base_ref": f"refs/heads/{group.pull.base}",
            "head_commit": commit_simple(repository.git.commit(group.oid)),
        }
        queue = self._world.account(_QUEUE, "Bot")
        payload = {"action": action, "merge_group": told, **more}
        self._webhooks.repository_event("merge_group", repository, queue, payload)


def mergeable(pull: PullRequest) -> bool | None:
    """Whether it merges without conflict; None, not known, of a closed one."""
    if pull.state != "open":
        return None
    try:
        pull.repository.git.merge_tree(pull.base_oid, pull.head_oid)
    except GitError:
        return False
    return True
