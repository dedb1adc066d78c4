"""The GitHub App as declared in `app.yml`, and its manifest for registration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict
from yarl import URL

# A wheel has the file inside the package, a checkout has it at the root.
_PATHS = (Path(__file__).parents[1] / "app.yml", Path(__file__).parents[2] / "app.yml")

_LEVELS = ("read", "write", "admin")


class AppManifest(BaseModel):
    """`app.yml`: the App's permissions (name → `read` or `write`) and the events it receives."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    description: str
    public: bool
    default_permissions: Mapping[str, str]
    default_events: tuple[str, ...]

    def registration(self, *, name: str, webhook_url: str, redirect_url: str) -> dict[str, Any]:
        """Return the `manifest` for GitHub's registration form. The App's home page is the origin of `webhook_url`.

        https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
        """
        return {
            **self.model_dump(mode="json"),
            "name": name,
            "url": str(URL(webhook_url).origin()),
            "hook_attributes": {"url": webhook_url, "active": True},
            "redirect_url": redirect_url,
        }

    def missing_permissions(self, granted: Mapping[str, str]) -> list[str]:
        """Return the permissions that are not granted, or at too low a level, each as `name: level`."""
        return [
            f"{name}: {level}"
            for name, level in self.default_permissions.items()
            if granted.get(name) not in _LEVELS[_LEVELS.index(level) :]
        ]

    def missing_events(self, subscribed: Sequence[str]) -> list[str]:
        """Return the events that the App is not subscribed to."""
        return [event for event in self.default_events if event not in subscribed]


@cache
def load_manifest() -> AppManifest:
    """Return the `app.yml` that ships with MAS."""
    path = next(path for path in _PATHS if path.is_file())
    return AppManifest.model_validate(yaml.safe_load(path.read_text()))
