"""Repositories: created, renamed, transferred, archived, made private or public, deleted.

https://docs.github.com/webhooks/webhook-events-and-payloads#repository
"""

from __future__ import annotations

from pathlib import Path

from github_sandbox.activity.base import ActivityBase
from github_sandbox.activity.conversations import Conversations
from github_sandbox.activity.installations import Installations
from github_sandbox.activity.references import References
from github_sandbox.git import ZERO, GitRepository, RefChange
from github_sandbox.payloads.accounts import user
from github_sandbox.state import Account, Repository, World
from github_sandbox.webhooks import Webhooks


class Repositories(ActivityBase):
    """Actions on repositories."""

    def __init__(
        self,
        world: World,
        webhooks: Webhooks,
        references: References,
        conversations: Conversations,
        installations: Installations,
    ) -> None:
        super().__init__(world, webhooks)
        self._references = references
        self._conversations = conversations
        self._installations = installations

    def create(
        self, owner: Account, name: str, source: Path | None, *, private: bool, default_branch: str = "main"
    ) -> Repository:
        """Create a repository, with the branches and tags of a local one if given. No App has access to it yet."""
        now, number = self._world.now(), self._world.new_id()
        git = GitRepository.create(self._world.root.resolve() / f"{number}.git", source, default_branch)
        repository = Repository(number, owner, name, private, default_branch, git, now, now)
        repository.announced_refs = {n: o for n, o in git.refs().items() if n.startswith(("refs/heads/", "refs/tags/"))}
        self._world.repositories[repository.full_name.lower()] = repository
        return repository

    def fork(self, parent: Repository, owner: Account) -> Repository:
        """Fork a repository to another account."""
        repository = self.create(
            owner, parent.name, parent.git.path, private=parent.private, default_branch=parent.default_branch
        )
        repository.parent = parent
        return repository

    # ------------------------------------------------------------------ names and owners

    def rename(self, repository: Repository, name: str, by: Account) -> None:
        """Rename a repository. The old name redirects until it is used again."""
        before = repository.name
        self._move(repository, repository.owner, name)
        self._send_repository_event(repository, "renamed", by, changes={"repository": {"name": {"from": before}}})

    def transfer(self, repository: Repository, owner: Account, by: Account) -> None:
        """Transfer a repository. The new owner's installations gain it, those of the old owner lose it."""
        before = repository.owner
        for installation in [i for i in self._world.installations.values() if i.account is before]:
            if repository in installation.repositories:
                self._installations.change_repositories(installation, removed=[repository])
        self._move(repository, owner, repository.name)
        for installation in [i for i in self._world.installations.values() if i.account is owner]:
            self._installations.change_repositories(installation, added=[repository])
        kind = "organization" if before.kind == "Organization" else "user"
        previous_owner = {kind: user(self._world, before)}
        self._send_repository_event(repository, "transferred", by, changes={"owner": {"from": previous_owner}})

    def _move(self, repository: Repository, owner: Account, name: str) -> None:
        world, before = self._world, repository.full_name.lower()
        del world.repositories[before]
        repository.owner, repository.name = owner, name
        world.repositories[repository.full_name.lower()] = repository
        world.redirects[before] = repository
        world.redirects.pop(repository.full_name.lower(), None)

    # ------------------------------------------------------------------ access

    def set_archived(self, repository: Repository, by: Account, *, archived: bool) -> None:
        """Archive a repository, or unarchive it."""
        repository.archived = archived
        self._send_repository_event(repository, "archived" if archived else "unarchived", by)

    def set_private(self, repository: Repository, by: Account, *, private: bool) -> None:
        """Make a repository private, or public."""
        repository.private = private
        self._send_repository_event(repository, "privatized" if private else "publicized", by)

    def delete(self, repository: Repository, by: Account) -> None:
        """Delete a repository. Pull requests from it remain, without a head repository."""
        self._send_repository_event(repository, "deleted", by)
        del self._world.repositories[repository.full_name.lower()]
        self._world.redirects = {n: r for n, r in self._world.redirects.items() if r is not repository}
        for installation in self._world.installations.values():
            installation.repositories[:] = [r for r in installation.repositories if r is not repository]
        for pull in (p for r in self._world.repositories.values() for p in r.pull_requests.values()):
            pull.head_repository = None if pull.head_repository is repository else pull.head_repository

    # ------------------------------------------------------------------ branches

    def set_default_branch(self, repository: Repository, branch: str, by: Account) -> None:
        """Make another existing branch the default."""
        before, repository.default_branch = repository.default_branch, branch
        repository.git.run("symbolic-ref", "HEAD", f"refs/heads/{branch}")
        self._send_repository_event(repository, "edited", by, changes={"default_branch": {"from": before}})

    def rename_branch(self, repository: Repository, branch: str, name: str, by: Account) -> None:
        """Rename a branch. Open pull requests into it are retargeted; a default branch stays the default."""
        oid = repository.git.refs()[f"refs/heads/{branch}"]
        self._references.move(repository, [RefChange(f"refs/heads/{name}", ZERO, oid)], by)
        if repository.default_branch == branch:
            self.set_default_branch(repository, name, by)
        for pull in repository.pull_requests.values():
            if pull.state == "open" and pull.base == branch:
                self._conversations.edit(pull, by, base=name)
            if pull.state == "open" and pull.head == branch and not pull.is_cross_repository:
                pull.head = name
        self._references.move(repository, [RefChange(f"refs/heads/{branch}", oid, ZERO)], by)

    def _send_repository_event(self, repository: Repository, action: str, by: Account, **fields: object) -> None:
        self._webhooks.repository_event("repository", repository, by, {"action": action, **fields})
