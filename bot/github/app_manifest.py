"""The GitHub App as `app.yml` declares it, and as GitHub takes it for registration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict
from yarl import URL

# A wheel carries the file inside the package; in a checkout it stands at the root, where people look for it.
_PATHS = (Path(__file__).parents[1] / "app.yml", Path(__file__).parents[2] / "app.yml")

_LEVELS = ("read", "write", "admin")


class AppManifest(BaseModel):
    """`app.yml`: what the App may do (permission → `read`, `write`) and which events it is sent."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    description: str
    public: bool
    default_permissions: Mapping[str, str]
    default_events: tuple[str, ...]

    def registration(self, *, name: str, webhook_url: str, redirect_url: str) -> dict[str, Any]:
        """What GitHub's form takes as `manifest`; the App's home page is where the bot is served.

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
        """The permissions that are not granted, or too weakly, each as `name: level`."""
        return [
            f"{name}: {level}"
            for name, level in self.default_permissions.items()
            if granted.get(name) not in _LEVELS[_LEVELS.index(level) :]
        ]

    def missing_events(self, subscribed: Sequence[str]) -> list[str]:
        """The events that the App is not sent."""
        return [event for event in self.default_events if event not in subscribed]


@cache
def load_manifest() -> AppManifest:
    """`app.yml` as it is shipped."""
    place = next(path for path in _PATHS if path.is_file())
    return AppManifest.model_validate(yaml.safe_load(place.read_text()))
