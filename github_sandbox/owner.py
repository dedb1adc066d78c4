"""A simulated repository owner: repository settings and the merge queue."""

from __future__ import annotations

from typing import Literal

from github_sandbox.conversations import MergeGroup, PullRequest
from github_sandbox.person import Person
from github_sandbox.state import Repository


class Owner(Person):
    """A user with admin access."""

    def rename(self, repository: Repository, name: str) -> None:
        """Rename a repository. The old name redirects to it."""
        self._activity.repositories.rename(repository, name, self.account)

    def transfer(self, repository: Repository, owner: str) -> None:
        """Transfer a repository. The new owner's installations gain it, those of the old owner lose it."""
        self._activity.repositories.transfer(repository, self._world.account(owner), self.account)

    def archive(self, repository: Repository) -> None:
        """Archive a repository, which makes it read-only."""
        self._activity.repositories.set_archived(repository, self.account, archived=True)

    def unarchive(self, repository: Repository) -> None:
        """Unarchive a repository."""
        self._activity.repositories.set_archived(repository, self.account, archived=False)

    def privatize(self, repository: Repository) -> None:
        """Make a repository private."""
        self._activity.repositories.set_private(repository, self.account, private=True)

    def publicize(self, repository: Repository) -> None:
        """Make a repository public."""
        self._activity.repositories.set_private(repository, self.account, private=False)

    def delete(self, repository: Repository) -> None:
        """Delete a repository."""
        self._activity.repositories.delete(repository, self.account)

    def set_default_branch(self, repository: Repository, branch: str) -> None:
        """Change the default branch."""
        self._activity.repositories.set_default_branch(repository, branch, self.account)

    def rename_branch(self, repository: Repository, branch: str, name: str) -> None:
        """Rename a branch. The default branch and pull requests into the branch follow."""
        self._activity.repositories.rename_branch(repository, branch, name, self.account)

    # ------------------------------------------------------------------ merge queue

    def enqueue(self, pull: PullRequest) -> MergeGroup:
        """Add a pull request to the merge queue. Raises `GitError` if it conflicts or is closed."""
        return self._activity.merging.enqueue(pull, self.account)

    def leave_queue(self, group: MergeGroup, reason: Literal["merged", "dequeued", "invalidated"] = "merged") -> None:
        """Complete a merge queue entry: merge it, or remove it from the queue."""
        self._activity.merging.leave_queue(group, reason)
