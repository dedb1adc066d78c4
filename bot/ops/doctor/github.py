"""Checks of the GitHub App: its key, permissions, events and installations."""

from __future__ import annotations

from collections.abc import Sequence

import aiohttp
from pydantic import BaseModel, ValidationError

from bot.errors import MasError
from bot.github import errors
from bot.github.app_manifest import load_manifest
from bot.github.client import GitHubApp
from bot.ops.doctor.check import CheckResult
from bot.settings.model import Settings


class _AppInfo(BaseModel):
    """The part of GitHub's response to `GET /app` that is checked."""

    name: str
    html_url: str
    permissions: dict[str, str]
    events: list[str]
    installations_count: int


async def app(settings: Settings) -> list[CheckResult]:
    """Check the App with its own credentials."""

    async def no_sleep(_seconds: float) -> None:
        """Retry without a pause, because a user is waiting."""

    async with aiohttp.ClientSession() as session:
        app = GitHubApp(
            session,
            settings.github_api_url,
            str(settings.github_app_id),
            settings.github_private_key.get_secret_value(),
            sleep=no_sleep,
        )
        try:
            answer = _AppInfo.model_validate(await app.rest("GET", "/app"))
        except errors.Unauthorised as error:
            hint = "Check that GITHUB_APP_ID and the private key belong to the same App, and the clock of this machine."
            return [CheckResult("GitHub", "wrong", str(error), hint)]
        except MasError as error:
            hint = "Check GITHUB_API_URL, and that this machine can reach it."
            return [CheckResult("GitHub", "wrong", str(error), hint)]
        except ValidationError:
            message = f"{settings.github_api_url} is not a GitHub API"
            return [CheckResult("GitHub", "wrong", message, "Check GITHUB_API_URL.")]
    return [
        CheckResult("GitHub", "ok", f"authenticated at {settings.github_api_url} as {answer.name}"),
        _check_grants("permissions", load_manifest().missing_permissions(answer.permissions), answer.html_url),
        _check_grants("events", load_manifest().missing_events(answer.events), answer.html_url),
        _installations(answer),
    ]


def _check_grants(name: str, missing: Sequence[str], page: str) -> CheckResult:
    if not missing:
        return CheckResult(name, "ok", "all that app.yml requires")
    hint = f"Add them at {page} (App settings, Permissions & events), then accept the change in each installation."
    return CheckResult(name, "wrong", f"the App lacks {', '.join(missing)}", hint)


def _installations(app: _AppInfo) -> CheckResult:
    if app.installations_count:
        return CheckResult("installations", "ok", str(app.installations_count))
    return CheckResult(
        "installations", "note", "the App is not installed yet", f"Install it: {app.html_url}/installations/new"
    )
