"""Endpoints of repositories and of the caller's rate limit.

https://docs.github.com/rest/repos and https://docs.github.com/rest/collaborators
"""

from __future__ import annotations

from github_sandbox.errors import ApiError
from github_sandbox.payloads.accounts import user
from github_sandbox.payloads.repositories import full_repository
from github_sandbox.rest import ApiResponse, Call, Route
from github_sandbox.state import ROLES

_LEGACY_LEVELS = {"maintain": "write", "triage": "read"}
_PERMISSION_FLAGS = {"pull": "read", "triage": "triage", "push": "write", "maintain": "maintain", "admin": "admin"}


def _permission_flags(role: str) -> dict[str, bool]:
    return {name: ROLES.index(role) >= ROLES.index(required) for name, required in _PERMISSION_FLAGS.items()}


def get_repository(call: Call) -> ApiResponse:
    found, account = call.repository, call.principal.account
    permissions = None if account is None else _permission_flags(found.role(account))
    return ApiResponse(200, full_repository(call.world, found, permissions))


def get_permission(call: Call) -> ApiResponse:
    """Get a user's role. `permission` has only the four legacy levels."""
    account = call.world.accounts.get(call.path["username"])
    if account is None:
        raise ApiError(404, "Not Found")
    role = call.repository.role(account)
    person = user(call.world, account) | {"role_name": role, "permissions": _permission_flags(role)}
    return ApiResponse(200, {"permission": _LEGACY_LEVELS.get(role, role), "role_name": role, "user": person})


def get_rate_limit(call: Call) -> ApiResponse:
    """Get the rate limits. The request itself is not counted."""
    is_anonymous = call.principal.account is None and call.principal.app is None
    windows = {
        name: call.limits.window(call.principal.key, name, anonymous=is_anonymous).as_json()
        for name in ("core", "search", "graphql")
    }
    return ApiResponse(200, {"resources": windows, "rate": windows["core"]})


ROUTES = (
    Route("GET", "/rate_limit", get_rate_limit, auth="anyone"),
    Route("GET", "/repos/{owner}/{repo}", get_repository, "metadata=read"),
    Route("GET", "/repos/{owner}/{repo}/collaborators/{username}/permission", get_permission, "metadata=read"),
)
