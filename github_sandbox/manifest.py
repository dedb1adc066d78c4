"""The App manifest flow: register an App from a form with one click.

https://docs.github.com/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
"""

from __future__ import annotations

import html
import json
import re
import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from github_sandbox.state import App, World

_CONFIRMATION_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Create GitHub App</title>
<h1>Create GitHub App for {owner}</h1>
<p>{name} asks for:</p>
<ul>{permissions}</ul>
<form method="post" action="/settings/apps/manifest">
<input type="hidden" name="manifest" value="{manifest}">
<input type="hidden" name="state" value="{state}">
<button>Create GitHub App for {owner}</button>
</form>
</html>
"""


class ManifestFlow:
    """GitHub's pages from the posted manifest to the redirect back.

    Args:
        register: registers the App.
    """

    def __init__(self, world: World, register: Callable[..., App]) -> None:
        self._world = world
        self._register = register

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of the form (user and organization) and of the confirmation."""
        return [
            web.post("/settings/apps/new", self._confirm),
            web.post("/organizations/{owner}/settings/apps/new", self._confirm),
            web.post("/settings/apps/manifest", self._create),
        ]

    async def _confirm(self, request: web.Request) -> web.Response:
        raw = str((await request.post()).get("manifest", ""))
        manifest = _parse(raw)
        permissions = manifest.get("default_permissions", {})
        page = _CONFIRMATION_PAGE.format(
            owner=html.escape(request.match_info.get("owner", "octo")),
            name=html.escape(str(manifest["name"])),
            permissions="".join(
                f"<li>{html.escape(str(p))}: {html.escape(str(v))}</li>" for p, v in permissions.items()
            ),
            manifest=html.escape(raw, quote=True),
            state=html.escape(request.query.get("state", ""), quote=True),
        )
        return web.Response(text=page, content_type="text/html")

    async def _create(self, request: web.Request) -> web.Response:
        form = await request.post()
        manifest, state = _parse(str(form.get("manifest", ""))), str(form.get("state", ""))
        name, hook = str(manifest["name"]), manifest.get("hook_attributes") or {}
        app = self._register(
            slug=re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-"),
            permissions=manifest.get("default_permissions", {}),
            events=manifest.get("default_events", []),
            webhook_url=hook.get("url") if hook.get("active", True) else None,
            webhook_secret=secrets.token_hex(20),
            name=name,
            external_url=str(manifest["url"]),
        )
        code = secrets.token_hex(20)
        self._world.manifests[code] = (app, self._world.now())
        query = urlencode({"code": code} | ({"state": state} if state else {}))
        raise web.HTTPFound(f"{manifest['redirect_url']}?{query}")


def _parse(raw: str) -> dict[str, Any]:
    """Parse a manifest and check GitHub's required fields. Raises 422."""
    try:
        manifest = json.loads(raw)
    except ValueError as error:
        raise web.HTTPUnprocessableEntity(text="Invalid GitHub App configuration: not JSON") from error
    required = ("name", "url", "redirect_url")
    missing = [f for f in required if not isinstance(manifest, dict) or not isinstance(manifest.get(f), str)]
    if missing:
        raise web.HTTPUnprocessableEntity(text=f"Invalid GitHub App configuration: {missing[0]} wasn't supplied")
    if urlsplit(manifest["redirect_url"]).scheme not in ("http", "https"):
        raise web.HTTPUnprocessableEntity(text="Invalid GitHub App configuration: redirect_url must be a URL")
    return dict(manifest)
