"""The manifest flow: an App registered from a form, with one click.

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

_CONFIRM = """<!doctype html>
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
    """The pages of GitHub between the posted manifest and the way back.

    Args:
        register: makes the App.
    """

    def __init__(self, world: World, register: Callable[..., App]) -> None:
        self._world = world
        self._register = register

    def routes(self) -> list[web.RouteDef]:
        """The form's target, for a user and for an organization, and the confirmation's."""
        return [
            web.post("/settings/apps/new", self._confirm),
            web.post("/organizations/{owner}/settings/apps/new", self._confirm),
            web.post("/settings/apps/manifest", self._create),
        ]

    async def _confirm(self, request: web.Request) -> web.Response:
        raw = str((await request.post()).get("manifest", ""))
        manifest = _parse(raw)
        asked = manifest.get("default_permissions", {})
        page = _CONFIRM.format(
            owner=html.escape(request.match_info.get("owner", "octo")),
            name=html.escape(str(manifest["name"])),
            permissions="".join(f"<li>{html.escape(str(p))}: {html.escape(str(v))}</li>" for p, v in asked.items()),
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
    """A manifest with the fields that GitHub insists on. Raises 422 without them."""
    try:
        manifest = json.loads(raw)
    except ValueError as error:
        raise web.HTTPUnprocessableEntity(text="Invalid GitHub App configuration: not JSON") from error
    wanted = ("name", "url", "redirect_url")
    lacking = [f for f in wanted if not isinstance(manifest, dict) or not isinstance(manifest.get(f), str)]
    if lacking:
        raise web.HTTPUnprocessableEntity(text=f"Invalid GitHub App configuration: {lacking[0]} wasn't supplied")
    if urlsplit(manifest["redirect_url"]).scheme not in ("http", "https"):
        raise web.HTTPUnprocessableEntity(text="Invalid GitHub App configuration: redirect_url must be a URL")
    return dict(manifest)
