"""The hand of a repository's owner: what changes the repository itself, and what waits in its merge queue."""

from __future__ import annotations

from typing import Literal

from github_sandbox.conversations import MergeGroup, PullRequest
from github_sandbox.person import Person
from github_sandbox.state import Repository


class Owner(Person):
    """A person who may do everything."""

    def rename(self, repository: Repository, name: str) -> None:
        """Give it another name; the old one leads to it."""
        self._acts.repositories.rename(repository, name, self.account)

    def transfer(self, repository: Repository, owner: str) -> None:
        """Give it to another account; Apps that are installed there get it, those of the old owner lose it."""
        self._acts.repositories.transfer(repository, self._world.account(owner), self.account)

    def archive(self, repository: Repository) -> None:
        """Make it read-only."""
        self._acts.repositories.set_archived(repository, self.account, archived=True)

    def unarchive(self, repository: Repository) -> None:
        """Make it writable again."""
        self._acts.repositories.set_archived(repository, self.account, archived=False)

    def privatize(self, repository: Repository) -> None:
        """Hide it from strangers."""
        self._acts.repositories.set_private(repository, self.account, private=True)

    def publicize(self, repository: Repository) -> None:
        """Show it to all."""
        self._acts.repositories.set_private(repository, self.account, private=False)

    def delete(self, repository: Repository) -> None:
        """Delete it for good."""
        self._acts.repositories.delete(repository, self.account)

    def set_default_branch(self, repository: Repository, branch: str) -> None:
        """Make another branch the default one."""
        self._acts.repositories.set_default_branch(repository, branch, self.account)

    def rename_branch(self, repository: Repository, branch: str, name: str) -> None:
        """Rename a branch; pull requests into it and the default follow."""
        self._acts.repositories.rename_branch(repository, branch, name, self.account)

    # ------------------------------------------------------------------ the merge queue

    def enqueue(self, pull: PullRequest) -> MergeGroup:
        """Press *Merge when ready*. Raises `GitError` on a conflict or a closed one."""
        return self._acts.merging.enqueue(pull, self.account)

    def leave_queue(self, group: MergeGroup, reason: Literal["merged", "dequeued", "invalidated"] = "merged") -> None:
        """Let the queue be done with it: merge it, or put it out."""
        self._acts.merging.leave_queue(group, reason)
