"""Endpoints of Apps: their data, installations, tokens and webhook deliveries, and the last step of the manifest flow.

https://docs.github.com/rest/apps
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from github_sandbox.auth import create_installation_token
from github_sandbox.errors import ApiError
from github_sandbox.payloads import accounts
from github_sandbox.payloads.repositories import repository
from github_sandbox.rest import ApiResponse, Call, Route
from github_sandbox.state import App, Installation, Permissions, Repository, timestamp
from github_sandbox.webhooks import Delivery

_MANIFEST_LIFETIME = timedelta(hours=1)


def _require_app(call: Call) -> App:
    if call.principal.app is None:
        raise ApiError(401, "A JSON web token could not be decoded")
    return call.principal.app


def get_app(call: Call) -> ApiResponse:
    app = _require_app(call)
    count = sum(i.app is app for i in call.world.installations.values())
    return ApiResponse(200, accounts.app(call.world, app) | {"installations_count": count})


def list_installations(call: Call) -> ApiResponse:
    own = [i for i in call.world.installations.values() if i.app is _require_app(call)]
    return call.paginate([accounts.installation(call.world, i) for i in own])


def _find_installation(call: Call) -> Installation:
    found = call.world.installations.get(call.number("installation_id"))
    if found is None or found.app is not _require_app(call):
        raise ApiError(404, "Not Found")
    return found


def get_installation(call: Call) -> ApiResponse:
    return ApiResponse(200, accounts.installation(call.world, _find_installation(call)))


def get_repository_installation(call: Call) -> ApiResponse:
    """Get the installation through which the App has access to a repository."""
    found = call.world.installation(_require_app(call), call.repository)
    if found is None:
        raise ApiError(404, "Not Found")
    return ApiResponse(200, accounts.installation(call.world, found))


def create_token(call: Call) -> ApiResponse:
    installation = _find_installation(call)
    repositories = _parse_repositories(call, installation)
    permissions: Permissions | None = call.body.get("permissions")
    token = create_installation_token(call.world, installation, repositories, permissions)
    listed = None if repositories is None else [repository(call.world, r) for r in repositories]
    return ApiResponse(201, accounts.token(token, listed))


def _parse_repositories(call: Call, installation: Installation) -> list[Repository] | None:
    """Return the repositories requested for a token, or None for all."""
    ids, names = call.body.get("repository_ids"), call.body.get("repositories")
    if ids is None and names is None:
        return None
    selected = [r for r in installation.repositories if r.id in (ids or ()) or r.name in (names or ())]
    if len(selected) != len({*(ids or ()), *(names or ())}):
        message = (
            "There is at least one repository that does not exist or is not accessible to the parent installation."
        )
        raise ApiError(422, message)
    return selected


def list_repositories(call: Call) -> ApiResponse:
    if call.principal.token is None:
        raise ApiError(403, "Resource not accessible by integration")
    found = call.principal.token.repositories
    listed = [repository(call.world, r) for r in found]
    return call.paginate(
        listed,
        lambda page: {"total_count": len(found), "repository_selection": "selected", "repositories": page},
    )


def _delivery_payload(delivery: Delivery) -> dict[str, Any]:
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


def list_deliveries(call: Call) -> ApiResponse:
    """List deliveries, newest first. The cursor is the id of a page's first delivery."""
    own = [d for d in reversed(call.webhooks.deliveries) if d.app is _require_app(call) and d.status_code is not None]
    wanted = call.query.get("status")
    if wanted:
        own = [d for d in own if (wanted == "success") == (200 <= (d.status_code or 0) < 300)]
    size, cursor = call.page_size, call.query.get("cursor", "").removeprefix("v1_")
    if cursor:
        own = [d for d in own if d.id <= int(cursor)] if cursor.isdecimal() else []
    next_page = {"per_page": str(size), "cursor": f"v1_{own[size].id}"} if len(own) > size else {}
    headers = {"Link": f'<{call.url_with(next_page)}>; rel="next"'} if next_page else {}
    return ApiResponse(200, [_delivery_payload(d) for d in own[:size]], headers=headers)


def redeliver(call: Call) -> ApiResponse:
    number = call.number("delivery_id")
    found = next((d for d in call.webhooks.deliveries if d.id == number and d.app is _require_app(call)), None)
    if found is None:
        raise ApiError(404, "Not Found")
    call.webhooks.redeliver(found)
    return ApiResponse(202, {})


def convert_manifest(call: Call) -> ApiResponse:
    """Exchange a manifest code for the App's credentials: once, within an hour."""
    app, created_at = call.world.manifests.pop(call.path["code"], (None, call.world.now()))
    if app is None or created_at + _MANIFEST_LIFETIME < call.world.now():
        raise ApiError(404, "Not Found")
    secrets = {
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "webhook_secret": app.webhook_secret,
        "pem": app.private_key,
    }
    return ApiResponse(201, accounts.app(call.world, app) | secrets)


ROUTES = (
    Route("GET", "/app", get_app, auth="app"),
    Route("GET", "/app/installations", list_installations, auth="app"),
    Route("GET", "/app/installations/{installation_id}", get_installation, auth="app"),
    Route("POST", "/app/installations/{installation_id}/access_tokens", create_token, auth="app"),
    Route("GET", "/repos/{owner}/{repo}/installation", get_repository_installation, auth="app"),
    Route("GET", "/app/hook/deliveries", list_deliveries, auth="app"),
    Route("POST", "/app/hook/deliveries/{delivery_id}/attempts", redeliver, auth="app"),
    Route("POST", "/app-manifests/{code}/conversions", convert_manifest, auth="anyone"),
    Route("GET", "/installation/repositories", list_repositories, "metadata=read"),
)
