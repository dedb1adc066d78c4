"""`mas setup`: a local web page that registers the GitHub App and writes its credentials to `.env`.

    form ─▶ review ──(manifest)──▶ GitHub ──(code)──▶ registered: code ─▶ credentials ─▶ .env

Every request must carry the random `state` of this run and a local Host header, so that neither a website nor another
user of the machine can control it.
https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self

import aiohttp
import gidgethub
import jinja2
from aiohttp import web
from gidgethub.aiohttp import GitHubAPI
from pydantic import BaseModel, SecretStr, ValidationError

from bot.errors import MasError, RemoteError, UserError
from bot.github.app_manifest import load_manifest
from bot.github.transport import USER_AGENT
from bot.github.urls import GitHubUrls
from bot.settings import env_file as envfile

_PAGES = jinja2.Environment(
    loader=jinja2.PackageLoader("bot.server.web", "pages"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_STYLE = (Path(__file__).parent / "pages" / "page.css").read_text()
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_TIMEOUT = aiohttp.ClientTimeout(total=30)
_MAX_NAME_LENGTH = 34  # GitHub's limit
_LOGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})")


class RegisteredApp(BaseModel):
    """The registered App: GitHub's response to the manifest conversion."""

    id: int
    slug: str
    html_url: str
    pem: SecretStr
    webhook_secret: SecretStr


@dataclass(frozen=True, slots=True)
class RegistrationForm:
    """The submitted form; `organisation` is empty for the user's own account."""

    name: str
    organisation: str = ""
    webhook_url: str = ""
    overwrite: bool = False

    @classmethod
    def from_form(cls, form: Mapping[str, Any]) -> Self:
        """Parse a posted form. An address without a path gets the path of the webhook."""
        name, organisation, url = (
            str(form.get(field, "")).strip() for field in ("name", "organisation", "webhook_url")
        )
        bare = re.fullmatch(r"https?://[^/?#]+/?", url)
        return cls(name, organisation, f"{url.rstrip('/')}/webhook" if bare else url, "overwrite" in form)

    def errors(self, *, local: bool) -> dict[str, str]:
        """Return error messages by field. `local`: GitHub runs on this machine, so plain http is allowed."""
        errors = {}
        if not 0 < len(self.name) <= _MAX_NAME_LENGTH:
            errors["name"] = f"Enter a name of 1 to {_MAX_NAME_LENGTH} characters."
        if self.organisation and not _LOGIN.fullmatch(self.organisation):
            errors["organisation"] = "Not a valid organization name. Enter the part after github.com/ in its address."
        if not re.fullmatch(rf"http{'s?' if local else 's'}://[\w.:\[\]-]+/[\w./~-]*", self.webhook_url):
            errors["webhook_url"] = "Enter an address that starts with https:// and has no ? or #."
        return errors


class SetupPage:
    """The set-up page of one run.

    Args:
        github: the GitHub to register at.
        env_file: file to write the credentials to.
    """

    def __init__(self, github: GitHubUrls, env_file: Path) -> None:
        self.registration: asyncio.Future[RegisteredApp] = asyncio.get_running_loop().create_future()
        self.state = secrets.token_urlsafe(32)
        self._github, self._env_file = github, env_file
        self._submission = RegistrationForm(load_manifest().name)

    def app(self) -> web.Application:
        """Return the web application. Bind it to a loopback address only."""
        app = web.Application(middlewares=[self._check_request])
        app.router.add_get("/", self._show_form)
        app.router.add_post("/", self._show_review)
        app.router.add_get("/registered", self._complete_registration)
        app.on_response_prepare.append(self._set_security_headers)
        return app

    @web.middleware
    async def _check_request(self, request: web.Request, handler: Callable[[web.Request], Any]) -> web.StreamResponse:
        # DNS rebinding: a foreign name that resolves to 127.0.0.1.
        if not re.fullmatch(r"(127\.0\.0\.1|localhost)(:\d+)?", request.host):
            message = "This page is available at http://127.0.0.1 only. Open the address that `mas setup` printed."
            return self._render("error", HTTPStatus.FORBIDDEN, message=message)
        state = (await request.post()).get("state") if request.method == "POST" else request.query.get("state")
        if not isinstance(state, str) or not secrets.compare_digest(state.encode(), self.state.encode()):
            message = "This is not the address that `mas setup` printed. Open that one, including the part after the ?."
            return self._render("error", HTTPStatus.FORBIDDEN, message=message)
        try:
            return await handler(request)  # type: ignore[no-any-return]
        except MasError as error:
            status = HTTPStatus.BAD_REQUEST if isinstance(error, UserError) else HTTPStatus.BAD_GATEWAY
            return self._render("error", status, message=str(error))

    async def _set_security_headers(self, _request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(
            {
                "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; "
                f"form-action 'self' {self._github.web}; base-uri 'none'; frame-ancestors 'none'",
                "Cache-Control": "no-store",
                "Referrer-Policy": "no-referrer",
                "X-Content-Type-Options": "nosniff",
            }
        )

    def _render(self, step: str, status: HTTPStatus = HTTPStatus.OK, **values: Any) -> web.Response:
        text = _PAGES.get_template("setup.html.j2").render(
            step=step, style=_STYLE, state=self.state, env_file=self._env_file.name, github=self._github.web, **values
        )
        return web.Response(text=text, content_type="text/html", status=status)

    @property
    def _is_configured(self) -> bool:
        return envfile.has_value(self._env_file, "GITHUB_APP_ID")

    async def _show_form(self, _request: web.Request) -> web.Response:
        return self._render("form", form=self._submission, errors={}, configured=self._is_configured)

    async def _show_review(self, request: web.Request) -> web.Response:
        form, configured = RegistrationForm.from_form(await request.post()), self._is_configured
        errors = form.errors(local=self._github.web.startswith("http://"))
        if configured and not form.overwrite:
            errors["overwrite"] = "Select this checkbox to continue."
        if errors:
            return self._render("form", HTTPStatus.BAD_REQUEST, form=form, errors=errors, configured=configured)
        self._submission = form
        manifest = load_manifest().registration(
            name=form.name, webhook_url=form.webhook_url, redirect_url=f"http://{request.host}/registered"
        )
        owner = f"/organizations/{form.organisation}" if form.organisation else ""
        target = f"{self._github.web}{owner}/settings/apps/new?state={self.state}"
        return self._render("review", form=form, app=load_manifest(), target=target, manifest=json.dumps(manifest))

    async def _complete_registration(self, request: web.Request) -> web.Response:
        if self._is_configured and not self._submission.overwrite:
            raise UserError(
                f"{self._env_file.name} already contains a GitHub App.",
                "Start again, and select the checkbox to replace its credentials.",
            )
        registered = await _exchange_code(self._github.api, request.query.get("code", ""))
        self._save_credentials(registered)
        if not self.registration.done():
            self.registration.set_result(registered)
        trusted = registered.html_url.startswith(f"{self._github.web}/")
        return self._render("registered", app=registered, link=registered.html_url if trusted else self._github.web)

    def _save_credentials(self, registered: RegisteredApp) -> None:
        default = self._github.api == "https://api.github.com"
        values = {
            "GITHUB_APP_ID": str(registered.id),
            "GITHUB_PRIVATE_KEY": registered.pem.get_secret_value().strip(),
            "GITHUB_PRIVATE_KEY_FILE": None,
            "GITHUB_WEBHOOK_SECRET": registered.webhook_secret.get_secret_value(),
            "GITHUB_API_URL": None if default else self._github.api,
        }
        envfile.write(self._env_file, values)


async def _exchange_code(api_url: str, code: str) -> RegisteredApp:
    """Exchange the code, which is valid once and for an hour, for the App's credentials.

    Raises:
        UserError: GitHub rejected the code.
        RemoteError: GitHub did not respond, or its response is invalid.
    """
    async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
        github = GitHubAPI(session, USER_AGENT, base_url=api_url)
        try:
            answer = await github.post("/app-manifests/{code}/conversions", {"code": code}, data=b"")
            return RegisteredApp.model_validate(answer)
        except gidgethub.BadRequest as error:
            raise UserError("GitHub rejected the code: it is unknown or expired.", "Run `mas setup` again.") from error
        except (gidgethub.GitHubException, aiohttp.ClientError, TimeoutError) as error:
            raise RemoteError(
                f"Cannot get the credentials from GitHub ({type(error).__name__}). Reload this page."
            ) from error
        except ValidationError as error:
            raise RemoteError("GitHub's response contains no credentials.", transient=False) from error


async def serve(api_url: str, env_file: Path, port: int, announce: Callable[[str], None]) -> RegisteredApp:
    """Serve the page on 127.0.0.1 until the App is registered.

    Args:
        api_url: REST API of the GitHub to register at.
        env_file: file to write the credentials to.
        port: port to listen on; 0 for any free one.
        announce: called with the address of the page once it is served.

    Raises:
        UserError: the port cannot be used.
    """
    page = SetupPage(GitHubUrls(api_url), env_file)
    runner = web.AppRunner(page.app(), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        announce(f"http://127.0.0.1:{runner.addresses[0][1]}/?state={page.state}")
        return await page.registration
    except OSError as error:
        raise UserError(f"Cannot listen on port {port}: {error.strerror}.", "Use another --port.") from error
    finally:
        await runner.cleanup()  # sends the last page first


def run(api_url: str, *, env_file: Path, port: int, announce: Callable[[str], None]) -> RegisteredApp:
    """Run `serve` in a new event loop."""
    return asyncio.run(serve(api_url, env_file, port, announce))
