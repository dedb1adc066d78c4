"""What GitHub says of the App: that it knows its key, grants what it needs, and where it is installed."""

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
    """GitHub's answer to `GET /app`, as far as it is looked at."""

    name: str
    html_url: str
    permissions: dict[str, str]
    events: list[str]
    installations_count: int


async def app(settings: Settings) -> list[CheckResult]:
    """The App as GitHub knows it, by our key."""

    async def no_sleep(_seconds: float) -> None:
        """A person is waiting: what fails is tried again without a pause."""

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
            remedy = "See that GITHUB_APP_ID and the private key are the same App's, and that this clock is right."
            return [CheckResult("GitHub", "wrong", str(error), remedy)]
        except MasError as error:
            return [
                CheckResult("GitHub", "wrong", str(error), "Check GITHUB_API_URL, and that this machine reaches it.")
            ]
        except ValidationError:
            return [
                CheckResult("GitHub", "wrong", f"{settings.github_api_url} is no GitHub API", "Check GITHUB_API_URL.")
            ]
    return [
        CheckResult("GitHub", "ok", f"{settings.github_api_url} knows us as {answer.name}"),
        _check_grants("permissions", load_manifest().missing_permissions(answer.permissions), answer.html_url),
        _check_grants("events", load_manifest().missing_events(answer.events), answer.html_url),
        _installations(answer),
    ]


def _check_grants(name: str, missing: Sequence[str], page: str) -> CheckResult:
    if not missing:
        return CheckResult(name, "ok", "all that app.yml names")
    remedy = f"Grant it at {page} (App settings, Permissions & events), then accept it for each installation."
    return CheckResult(name, "wrong", f"the App lacks {', '.join(missing)}", remedy)


def _installations(app: _AppInfo) -> CheckResult:
    if app.installations_count:
        return CheckResult("installations", "ok", str(app.installations_count))
    return CheckResult(
        "installations", "note", "installed nowhere yet", f"Install it: {app.html_url}/installations/new"
    )
