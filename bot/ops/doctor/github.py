"""What GitHub says of the App: that it knows its key, grants what it needs, and where it is installed."""

from __future__ import annotations

from collections.abc import Sequence

import aiohttp
from pydantic import BaseModel, ValidationError

from bot.errors import MasError
from bot.github import errors
from bot.github.app_manifest import declared
from bot.github.client import GitHubApp
from bot.ops.doctor.check import Check
from bot.settings.model import Settings


class _App(BaseModel):
    """GitHub's answer to `GET /app`, as far as it is looked at."""

    name: str
    html_url: str
    permissions: dict[str, str]
    events: list[str]
    installations_count: int


async def app(settings: Settings) -> list[Check]:
    """The App as GitHub knows it, by our key."""

    async def at_once(_seconds: float) -> None:
        """A person is waiting: what fails is tried again without a pause."""

    async with aiohttp.ClientSession() as session:
        app = GitHubApp(
            session,
            settings.github_api_url,
            str(settings.github_app_id),
            settings.github_private_key.get_secret_value(),
            sleep=at_once,
        )
        try:
            answer = _App.model_validate(await app.rest("GET", "/app"))
        except errors.Unauthorised as error:
            remedy = "See that GITHUB_APP_ID and the private key are the same App's, and that this clock is right."
            return [Check("GitHub", "wrong", str(error), remedy)]
        except MasError as error:
            return [Check("GitHub", "wrong", str(error), "Check GITHUB_API_URL, and that this machine reaches it.")]
        except ValidationError:
            return [Check("GitHub", "wrong", f"{settings.github_api_url} is no GitHub API", "Check GITHUB_API_URL.")]
    return [
        Check("GitHub", "ok", f"{settings.github_api_url} knows us as {answer.name}"),
        _grants("permissions", declared().lacking_permissions(answer.permissions), answer.html_url),
        _grants("events", declared().lacking_events(answer.events), answer.html_url),
        _installations(answer),
    ]


def _grants(name: str, lacking: Sequence[str], page: str) -> Check:
    if not lacking:
        return Check(name, "ok", "all that app.yml names")
    remedy = f"Grant it at {page} (App settings, Permissions & events), then accept it for each installation."
    return Check(name, "wrong", f"the App lacks {', '.join(lacking)}", remedy)


def _installations(app: _App) -> Check:
    if app.installations_count:
        return Check("installations", "ok", str(app.installations_count))
    return Check("installations", "note", "installed nowhere yet", f"Install it: {app.html_url}/installations/new")
