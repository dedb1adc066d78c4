"""Pull requests are merged."""

from __future__ import annotations

from bot.sandbox.activity.acts import Acts
from bot.sandbox.activity.pulls import Pulls
from bot.sandbox.activity.references import References
from bot.sandbox.conversations import PullRequest
from bot.sandbox.git import Commit, GitError, RefChange
from bot.sandbox.state import Account, World
from bot.sandbox.webhooks import Webhooks


class Merging(Acts):
    """The ways of a pull request into its base."""

    def __init__(self, world: World, webhooks: Webhooks, references: References, pulls: Pulls) -> None:
        super().__init__(world, webhooks)
        self._references = references
        self._pulls = pulls

    def merge(self, pull: PullRequest, by: Account) -> str:
        """Merge it with a merge commit; returns that commit. Raises `GitError` on a conflict or a closed one."""
        made = self._commit(pull, by)
        base = RefChange(f"refs/heads/{pull.base}", pull.base_oid, made.oid)
        pull.repository.git.move([base])
        self._pulls.close(pull, by, merge_oid=made.oid)
        self._references.announce(pull.repository, by, [base.name])
        return made.oid

    def _commit(self, pull: PullRequest, by: Account) -> Commit:
        if pull.state != "open":
            raise GitError("Pull Request is not mergeable")
        tree = pull.repository.git.merge_tree(pull.base_oid, pull.head_oid)
        headline = f"Merge pull request #{pull.number} from {pull.head_owner.login}/{pull.head}"
        parents, words = [pull.base_oid, pull.head_oid], f"{headline}\n\n{pull.title}"
        return self._references.commit(pull.repository, tree, parents, words, by, on_the_web=True)


def mergeable(pull: PullRequest) -> bool | None:
    """Whether it merges without conflict; None, not known, of a closed one."""
    if pull.state != "open":
        return None
    try:
        pull.repository.git.merge_tree(pull.base_oid, pull.head_oid)
    except GitError:
        return False
    return True
