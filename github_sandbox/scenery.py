"""The hand that sets the scene: accounts, Apps, repositories, installations."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path

from github_sandbox.activity import Activity
from github_sandbox.owner import Owner
from github_sandbox.person import Person
from github_sandbox.state import Account, App, Repository, World


class Scenery:
    """A world that is furnished from outside, before and while somebody looks at it."""

    def __init__(self, world: World, activity: Activity) -> None:
        self.world = world
        self.activity = activity

    # ------------------------------------------------------------------ accounts and repositories

    def add_user(self, login: str, roles: Mapping[str, str] | None = None) -> str:
        """A user with roles by repository (`{"octo/sample": "write"}`); returns a token for git and the API."""
        account = self.world.account(login)
        for full_name, role in (roles or {}).items():
            self.world.repositories[full_name.lower()].collaborators[login] = role
        token = f"ghp_{secrets.token_urlsafe(27)}"
        self.world.user_tokens[token] = account
        return token

    def add_organization(self, login: str) -> Account:
        """An organization; repositories of that owner are its own from then on."""
        account = self.world.account(login, "Organization")
        account.kind = "Organization"
        return account

    def person(self, login: str) -> Person:
        """The hand of a user, who is made when there is none of that name."""
        return Person(self.world, self.activity, self.world.account(login))

    def owner(self, login: str = "octo") -> Owner:
        """The hand of a repository's owner."""
        return Owner(self.world, self.activity, self.world.account(login))

    def create_repository(
        self,
        owner: str,
        name: str,
        source: Path | None = None,
        *,
        private: bool = True,
        default_branch: str = "main",
    ) -> Repository:
        """A repository, with the branches and tags of a local one when given."""
        return self.activity.repositories.create(
            self.world.account(owner), name, source, private=private, default_branch=default_branch
        )

    # ------------------------------------------------------------------ Apps

    def register_app(
        self,
        slug: str,
        permissions: Mapping[str, str],
        events: Sequence[str],
        webhook_url: str | None = None,
        webhook_secret: str = "",
        *,
        name: str | None = None,
        owner: str = "octo",
        external_url: str = "",
    ) -> App:
        """A new GitHub App with its own key; without a webhook URL it is sent nothing."""
        app = App(
            id=self.world.new_id(),
            slug=slug,
            name=name or slug,
            owner=self.world.account(owner),
            bot=self.world.account(f"{slug}[bot]", "Bot"),
            permissions=dict(permissions),
            events=tuple(events),
            webhook_secret=webhook_secret,
            client_secret=secrets.token_hex(20),
            webhook_url=webhook_url,
            external_url=external_url or f"{self.world.url}/github-apps/{slug}",
            created_at=self.world.now(),
        )
        self.world.apps[app.id] = app
        return app

    def set_webhook_url(self, app: App, url: str) -> None:
        """Where the App's events go from now on."""
        app.webhook_url = url

    def install(self, app: App, owner: str, repositories: Sequence[Repository]) -> int:
        """Install an App on an account's repositories; tells it so and returns the installation's number."""
        return self.activity.installations.install(app, self.world.account(owner), repositories).id

    def uninstall(self, installation_id: int) -> None:
        """Take an installation away; its tokens end with it."""
        self.activity.installations.uninstall(self.world.installations[installation_id])

    def change_repositories(
        self, installation_id: int, added: Sequence[Repository] = (), removed: Sequence[Repository] = ()
    ) -> None:
        """Give an installation repositories, or take them away; tells the App of each."""
        self.activity.installations.change_repositories(self.world.installations[installation_id], added, removed)

    def suspend(self, installation_id: int) -> None:
        """Suspend an installation: its tokens are refused, and it hears of nothing."""
        self.activity.installations.suspend(self.world.installations[installation_id])

    def unsuspend(self, installation_id: int) -> None:
        """Let it work again."""
        self.activity.installations.unsuspend(self.world.installations[installation_id])

    def ask_permissions(self, app: App, permissions: Mapping[str, str], events: Sequence[str] | None = None) -> None:
        """Let an App ask for other permissions and events; installations keep what they accepted until they accept."""
        app.permissions = dict(permissions)
        app.events = app.events if events is None else tuple(events)

    def accept_permissions(self, installation_id: int) -> None:
        """Let an installation accept what its App asks for; tells the App."""
        self.activity.installations.accept_permissions(self.world.installations[installation_id])
