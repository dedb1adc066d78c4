"""Endpoints of an App itself: its data, installations, tokens, webhook deliveries, and the manifest flow's end.

https://docs.github.com/rest/apps
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from github_sandbox.auth import mint
from github_sandbox.payloads import accounts
from github_sandbox.payloads.repositories import repository
from github_sandbox.refusal import Refusal
from github_sandbox.rest import Call, Reply, Route
from github_sandbox.state import App, Installation, Permissions, Repository, timestamp
from github_sandbox.webhooks import Delivery

_MANIFEST_LIFETIME = timedelta(hours=1)


def _app(call: Call) -> App:
    if call.principal.app is None:
        raise Refusal(401, "A JSON web token could not be decoded")
    return call.principal.app


def get_app(call: Call) -> Reply:
    app = _app(call)
    count = sum(i.app is app for i in call.world.installations.values())
    return Reply(200, accounts.app(call.world, app) | {"installations_count": count})


def list_installations(call: Call) -> Reply:
    mine = [i for i in call.world.installations.values() if i.app is _app(call)]
    return call.page([accounts.installation(call.world, i) for i in mine])


def _installation(call: Call) -> Installation:
    found = call.world.installations.get(call.number("installation_id"))
    if found is None or found.app is not _app(call):
        raise Refusal(404, "Not Found")
    return found


def get_installation(call: Call) -> Reply:
    return Reply(200, accounts.installation(call.world, _installation(call)))


def get_repository_installation(call: Call) -> Reply:
    """Through which installation the App sees a repository."""
    found = call.world.installation(_app(call), call.repository)
    if found is None:
        raise Refusal(404, "Not Found")
    return Reply(200, accounts.installation(call.world, found))


def create_token(call: Call) -> Reply:
    installation = _installation(call)
    repositories = _narrowed(call, installation)
    permissions: Permissions | None = call.body.get("permissions")
    token = mint(call.world, installation, repositories, permissions)
    listed = None if repositories is None else [repository(call.world, r) for r in repositories]
    return Reply(201, accounts.token(token, listed))


def _narrowed(call: Call, installation: Installation) -> list[Repository] | None:
    """The repositories that a token is asked for; None for all."""
    ids, names = call.body.get("repository_ids"), call.body.get("repositories")
    if ids is None and names is None:
        return None
    chosen = [r for r in installation.repositories if r.id in (ids or ()) or r.name in (names or ())]
    if len(chosen) != len({*(ids or ()), *(names or ())}):
        lacking = (
            "There is at least one repository that does not exist or is not accessible to the parent installation."
        )
        raise Refusal(422, lacking)
    return chosen


def list_repositories(call: Call) -> Reply:
    if call.principal.token is None:
        raise Refusal(403, "Resource not accessible by integration")
    found = call.principal.token.repositories
    listed = [repository(call.world, r) for r in found]
    return call.page(
        listed,
        lambda page: {"total_count": len(found), "repository_selection": "selected", "repositories": page},
    )


def _delivery(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "guid": delivery.guid,
        "delivered_at": timestamp(delivery.delivered_at),
        "redelivery": delivery.redelivery,
        "duration": delivery.duration,
        "status": delivery.status,
        "status_code": delivery.status_code or 0,
        "event": delivery.event,
        "action": delivery.action,
        "installation_id": delivery.installation_id,
        "repository_id": delivery.repository_id,
        "throttled_at": None,
    }


def list_deliveries(call: Call) -> Reply:
    """Newest first, by cursor: the id of the first delivery of the page."""
    mine = [d for d in reversed(call.webhooks.deliveries) if d.app is _app(call) and d.status_code is not None]
    wanted = call.query.get("status")
    if wanted:
        mine = [d for d in mine if (wanted == "success") == (200 <= (d.status_code or 0) < 300)]
    size, cursor = call.page_size, call.query.get("cursor", "").removeprefix("v1_")
    if cursor:
        mine = [d for d in mine if d.id <= int(cursor)] if cursor.isdecimal() else []
    more = {"per_page": str(size), "cursor": f"v1_{mine[size].id}"} if len(mine) > size else {}
    headers = {"Link": f'<{call.link(more)}>; rel="next"'} if more else {}
    return Reply(200, [_delivery(d) for d in mine[:size]], headers=headers)


def redeliver(call: Call) -> Reply:
    number = call.number("delivery_id")
    found = next((d for d in call.webhooks.deliveries if d.id == number and d.app is _app(call)), None)
    if found is None:
        raise Refusal(404, "Not Found")
    call.webhooks.redeliver(found)
    return Reply(202, {})


def convert_manifest(call: Call) -> Reply:
    """The credentials of an App registered by manifest: once, and within an hour."""
    app, made = call.world.manifests.pop(call.path["code"], (None, call.world.now()))
    if app is None or made + _MANIFEST_LIFETIME < call.world.now():
        raise Refusal(404, "Not Found")
    secrets = {
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "webhook_secret": app.webhook_secret,
        "pem": app.private_key,
    }
    return Reply(201, accounts.app(call.world, app) | secrets)


ROUTES = (
    Route("GET", "/app", get_app, by="app"),
    Route("GET", "/app/installations", list_installations, by="app"),
    Route("GET", "/app/installations/{installation_id}", get_installation, by="app"),
    Route("POST", "/app/installations/{installation_id}/access_tokens", create_token, by="app"),
    Route("GET", "/repos/{owner}/{repo}/installation", get_repository_installation, by="app"),
    Route("GET", "/app/hook/deliveries", list_deliveries, by="app"),
    Route("POST", "/app/hook/deliveries/{delivery_id}/attempts", redeliver, by="app"),
    Route("POST", "/app-manifests/{code}/conversions", convert_manifest, by="anyone"),
    Route("GET", "/installation/repositories", list_repositories, "metadata=read"),
)
