"""Repositories come, change hands, names and doors, and go.

https://docs.github.com/webhooks/webhook-events-and-payloads#repository
"""

from __future__ import annotations

from pathlib import Path

from github_sandbox.activity.acts import Acts
from github_sandbox.activity.conversations import Conversations
from github_sandbox.activity.installations import Installations
from github_sandbox.activity.references import References
from github_sandbox.git import ZERO, GitRepository, RefChange
from github_sandbox.payloads.accounts import user
from github_sandbox.state import Account, Repository, World
from github_sandbox.webhooks import Webhooks


class Repositories(Acts):
    """The life of repositories."""

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
        """A new one, with the branches and tags of a local repository when given. No App sees it yet."""
        now, number = self._world.now(), self._world.new_id()
        git = GitRepository.create(self._world.root.resolve() / f"{number}.git", source, default_branch)
        made = Repository(number, owner, name, private, default_branch, git, now, now)
        made.announced = {n: o for n, o in git.refs().items() if n.startswith(("refs/heads/", "refs/tags/"))}
        self._world.repositories[made.full_name.lower()] = made
        return made

    def fork(self, parent: Repository, owner: Account) -> Repository:
        """A copy that belongs to another."""
        made = self.create(
            owner, parent.name, parent.git.path, private=parent.private, default_branch=parent.default_branch
        )
        made.parent = parent
        return made

    # ------------------------------------------------------------------ names and owners

    def rename(self, repository: Repository, name: str, by: Account) -> None:
        """Another name; the old one leads to it for as long as nobody takes it."""
        before = repository.name
        self._move(repository, repository.owner, name)
        self._tell_of(repository, "renamed", by, changes={"repository": {"name": {"from": before}}})

    def transfer(self, repository: Repository, owner: Account, by: Account) -> None:
        """Another owner, whose installations get it; those of the old owner lose it."""
        before = repository.owner
        for installation in [i for i in self._world.installations.values() if i.account is before]:
            if repository in installation.repositories:
                self._installations.change_repositories(installation, removed=[repository])
        self._move(repository, owner, repository.name)
        for installation in [i for i in self._world.installations.values() if i.account is owner]:
            self._installations.change_repositories(installation, added=[repository])
        kind = "organization" if before.kind == "Organization" else "user"
        was = {kind: user(self._world, before)}
        self._tell_of(repository, "transferred", by, changes={"owner": {"from": was}})

    def _move(self, repository: Repository, owner: Account, name: str) -> None:
        world, before = self._world, repository.full_name.lower()
        del world.repositories[before]
        repository.owner, repository.name = owner, name
        world.repositories[repository.full_name.lower()] = repository
        world.moved[before] = repository
        world.moved.pop(repository.full_name.lower(), None)

    # ------------------------------------------------------------------ doors

    def set_archived(self, repository: Repository, by: Account, *, archived: bool) -> None:
        """Make it read-only, or writable again."""
        repository.archived = archived
        self._tell_of(repository, "archived" if archived else "unarchived", by)

    def set_private(self, repository: Repository, by: Account, *, private: bool) -> None:
        """Hide it, or show it to all."""
        repository.private = private
        self._tell_of(repository, "privatized" if private else "publicized", by)

    def delete(self, repository: Repository, by: Account) -> None:
        """Take it away, for good. Pull requests from it stay, without their head's repository."""
        self._tell_of(repository, "deleted", by)
        del self._world.repositories[repository.full_name.lower()]
        self._world.moved = {n: r for n, r in self._world.moved.items() if r is not repository}
        for installation in self._world.installations.values():
            installation.repositories[:] = [r for r in installation.repositories if r is not repository]
        for pull in (p for r in self._world.repositories.values() for p in r.pull_requests.values()):
            pull.head_repository = None if pull.head_repository is repository else pull.head_repository

    # ------------------------------------------------------------------ the default branch

    def set_default_branch(self, repository: Repository, branch: str, by: Account) -> None:
        """Another branch, that stands, is the default from now on."""
        before, repository.default_branch = repository.default_branch, branch
        repository.git.run("symbolic-ref", "HEAD", f"refs/heads/{branch}")
        self._tell_of(repository, "edited", by, changes={"default_branch": {"from": before}})

    def rename_branch(self, repository: Repository, branch: str, name: str, by: Account) -> None:
        """Another name for a branch; open pull requests into it are retargeted, and the default stays the default."""
        oid = repository.git.refs()[f"refs/heads/{branch}"]
        self._references.move(repository, [RefChange(f"refs/heads/{name}", ZERO, oid)], by)
        if repository.default_branch == branch:
            self.set_default_branch(repository, name, by)
        for pull in repository.pull_requests.values():
            if pull.state == "open" and pull.base == branch:
                self._conversations.edit(pull, by, base=name)
            if pull.state == "open" and pull.head == branch and not pull.crosses:
                pull.head = name
        self._references.move(repository, [RefChange(f"refs/heads/{branch}", oid, ZERO)], by)

    def _tell_of(self, repository: Repository, action: str, by: Account, **more: object) -> None:
        self._webhooks.repository_event("repository", repository, by, {"action": action, **more})
