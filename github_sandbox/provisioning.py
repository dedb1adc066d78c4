"""Setup of the sandbox: accounts, Apps, repositories, installations."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path

from github_sandbox.activity import Activity
from github_sandbox.owner import Owner
from github_sandbox.person import Person
from github_sandbox.state import Account, App, Repository, World


class Provisioning:
    """Creates and changes what exists on the sandbox, before and while it runs."""

    def __init__(self, world: World, activity: Activity) -> None:
        self.world = world
        self.activity = activity

    # ------------------------------------------------------------------ accounts and repositories

    def add_user(self, login: str, roles: Mapping[str, str] | None = None) -> str:
        """Add a user with a role per repository (`{"octo/sample": "write"}`). Returns a token for git and the API."""
        account = self.world.account(login)
        for full_name, role in (roles or {}).items():
            self.world.repositories[full_name.lower()].collaborators[login] = role
        token = f"ghp_{secrets.token_urlsafe(27)}"
        self.world.user_tokens[token] = account
        return token

    def add_organization(self, login: str) -> Account:
        """Add an organization. Repositories of that owner belong to it from then on."""
        account = self.world.account(login, "Organization")
        account.kind = "Organization"
        return account

    def person(self, login: str) -> Person:
        """Return a simulated user. The account is created if needed."""
        return Person(self.world, self.activity, self.world.account(login))

    def owner(self, login: str = "octo") -> Owner:
        """Return a simulated repository owner."""
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
        """Create a repository, with the branches and tags of a local one if given."""
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
        """Register a GitHub App with its own key. Without a webhook URL it receives no events."""
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
        """Change the URL to which the App's events are sent."""
        app.webhook_url = url

    def install(self, app: App, owner: str, repositories: Sequence[Repository]) -> int:
        """Install an App on an account's repositories, send `installation`, and return the installation id."""
        return self.activity.installations.install(app, self.world.account(owner), repositories).id

    def uninstall(self, installation_id: int) -> None:
        """Remove an installation. Its tokens become invalid."""
        self.activity.installations.uninstall(self.world.installations[installation_id])

    def change_repositories(
        self, installation_id: int, added: Sequence[Repository] = (), removed: Sequence[Repository] = ()
    ) -> None:
        """Add repositories to an installation or remove them; sends one event each."""
        self.activity.installations.change_repositories(self.world.installations[installation_id], added, removed)

    def suspend(self, installation_id: int) -> None:
        """Suspend an installation: its tokens are rejected and it receives no events."""
        self.activity.installations.suspend(self.world.installations[installation_id])

    def unsuspend(self, installation_id: int) -> None:
        """Unsuspend an installation."""
        self.activity.installations.unsuspend(self.world.installations[installation_id])

    def request_permissions(
        self, app: App, permissions: Mapping[str, str], events: Sequence[str] | None = None
    ) -> None:
        """Change the permissions and events that an App requests. Installations keep theirs until they accept."""
        app.permissions = dict(permissions)
        app.events = app.events if events is None else tuple(events)

    def accept_permissions(self, installation_id: int) -> None:
        """Accept the App's requested permissions for an installation; sends `new_permissions_accepted`."""
        self.activity.installations.accept_permissions(self.world.installations[installation_id])
