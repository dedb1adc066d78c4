"""Installations: created, changed, suspended and deleted.

https://docs.github.com/webhooks/webhook-events-and-payloads#installation
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from github_sandbox.activity.base import ActivityBase
from github_sandbox.payloads import accounts
from github_sandbox.state import Account, App, Installation, Repository


class Installations(ActivityBase):
    """Actions of an account on its installations. Each sends an event to the App."""

    def install(self, app: App, account: Account, repositories: Sequence[Repository]) -> Installation:
        """Install an App with all the permissions that it requests."""
        installation = Installation(
            self._world.new_id(), app, account, list(repositories), dict(app.permissions), self._world.now()
        )
        self._world.installations[installation.id] = installation
        self._send_installation_event(installation, "created")
        return installation

    def uninstall(self, installation: Installation) -> None:
        """Remove an installation. Its tokens become invalid."""
        del self._world.installations[installation.id]
        self._send_installation_event(installation, "deleted")

    def suspend(self, installation: Installation) -> None:
        """Suspend an installation: its tokens are rejected and it receives no events."""
        installation.suspended_at, installation.suspended_by = self._world.now(), installation.account
        self._send_installation_event(installation, "suspend")

    def unsuspend(self, installation: Installation) -> None:
        """Unsuspend an installation. Events that it missed are not sent later."""
        installation.suspended_at = installation.suspended_by = None
        self._send_installation_event(installation, "unsuspend")

    def accept_permissions(self, installation: Installation) -> None:
        """Grant the permissions that the App now requests."""
        installation.permissions = dict(installation.app.permissions)
        self._send_installation_event(installation, "new_permissions_accepted")

    def change_repositories(
        self, installation: Installation, added: Sequence[Repository] = (), removed: Sequence[Repository] = ()
    ) -> None:
        """Add and remove repositories; sends one event for each of the two."""
        remaining = [r for r in installation.repositories if r not in removed]
        installation.repositories[:] = [*remaining, *(r for r in added if r not in remaining)]
        lists = {"added": added, "removed": removed}
        for action in (action for action, changed in lists.items() if changed):
            payload = {
                "action": action,
                "installation": accounts.installation(self._world, installation),
                "repository_selection": "selected",
                "requester": None,
                **{
                    f"repositories_{kind}": [accounts.installation_repository(r) for r in changed if kind == action]
                    for kind, changed in lists.items()
                },
            }
            self._webhooks.installation_event("installation_repositories", installation, installation.account, payload)

    def _send_installation_event(self, installation: Installation, action: str) -> None:
        payload: dict[str, Any] = {"action": action, "installation": accounts.installation(self._world, installation)}
        if action in ("created", "deleted"):
            payload["repositories"] = [accounts.installation_repository(r) for r in installation.repositories]
        self._webhooks.installation_event("installation", installation, installation.account, payload)
