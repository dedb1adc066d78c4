"""Installations begin, change and end.

https://docs.github.com/webhooks/webhook-events-and-payloads#installation
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from github_sandbox.activity.acts import Acts
from github_sandbox.payloads import accounts
from github_sandbox.state import Account, App, Installation, Repository


class Installations(Acts):
    """What an account does with an App; the App is told of all of it."""

    def install(self, app: App, account: Account, repositories: Sequence[Repository]) -> Installation:
        """Install it, with all the permissions that it asks for."""
        made = Installation(
            self._world.new_id(), app, account, list(repositories), dict(app.permissions), self._world.now()
        )
        self._world.installations[made.id] = made
        self._tell_of(made, "created")
        return made

    def uninstall(self, installation: Installation) -> None:
        """Take it away; its tokens end with it."""
        del self._world.installations[installation.id]
        self._tell_of(installation, "deleted")

    def suspend(self, installation: Installation) -> None:
        """Let it rest: its tokens are refused, and it hears of nothing."""
        installation.suspended_at, installation.suspended_by = self._world.now(), installation.account
        self._tell_of(installation, "suspend")

    def unsuspend(self, installation: Installation) -> None:
        """Let it work again; what it missed is not sent later."""
        installation.suspended_at = installation.suspended_by = None
        self._tell_of(installation, "unsuspend")

    def accept_permissions(self, installation: Installation) -> None:
        """Grant what the App asks for by now."""
        installation.permissions = dict(installation.app.permissions)
        self._tell_of(installation, "new_permissions_accepted")

    def change_repositories(
        self, installation: Installation, added: Sequence[Repository] = (), removed: Sequence[Repository] = ()
    ) -> None:
        """Give it repositories, or take them away; an event for each of the two."""
        kept = [r for r in installation.repositories if r not in removed]
        installation.repositories[:] = [*kept, *(r for r in added if r not in kept)]
        lists = {"added": added, "removed": removed}
        for action in (action for action, changed in lists.items() if changed):
            told = {
                "action": action,
                "installation": accounts.installation(self._world, installation),
                "repository_selection": "selected",
                "requester": None,
                **{
                    f"repositories_{kind}": [accounts.installed_repository(r) for r in changed if kind == action]
                    for kind, changed in lists.items()
                },
            }
            self._webhooks.installation_event("installation_repositories", installation, installation.account, told)

    def _tell_of(self, installation: Installation, action: str) -> None:
        told: dict[str, Any] = {"action": action, "installation": accounts.installation(self._world, installation)}
        if action in ("created", "deleted"):
            told["repositories"] = [accounts.installed_repository(r) for r in installation.repositories]
        self._webhooks.installation_event("installation", installation, installation.account, told)
