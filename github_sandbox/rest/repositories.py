"""Endpoints of a repository as such, and of the caller's rate limit.

https://docs.github.com/rest/repos and https://docs.github.com/rest/collaborators
"""

from __future__ import annotations

from github_sandbox.payloads.accounts import user
from github_sandbox.payloads.repositories import full_repository
from github_sandbox.refusal import Refusal
from github_sandbox.rest import Call, Reply, Route
from github_sandbox.state import ROLES

_LEGACY = {"maintain": "write", "triage": "read"}
_SWITCHES = {"pull": "read", "triage": "triage", "push": "write", "maintain": "maintain", "admin": "admin"}


def _switches(role: str) -> dict[str, bool]:
    return {name: ROLES.index(role) >= ROLES.index(least) for name, least in _SWITCHES.items()}


def get_repository(call: Call) -> Reply:
    found, account = call.repository, call.principal.account
    permissions = None if account is None else _switches(found.role(account))
    return Reply(200, full_repository(call.world, found, permissions))


def get_permission(call: Call) -> Reply:
    """The role of a user; `permission` has only the four levels of old."""
    account = call.world.accounts.get(call.path["username"])
    if account is None:
        raise Refusal(404, "Not Found")
    role = call.repository.role(account)
    person = user(call.world, account) | {"role_name": role, "permissions": _switches(role)}
    return Reply(200, {"permission": _LEGACY.get(role, role), "role_name": role, "user": person})


def get_rate_limit(call: Call) -> Reply:
    """What is left; asking costs nothing."""
    nobody = call.principal.account is None and call.principal.app is None
    windows = {
        name: call.limits.window(call.principal.key, name, anonymous=nobody).as_json()
        for name in ("core", "search", "graphql")
    }
    return Reply(200, {"resources": windows, "rate": windows["core"]})


ROUTES = (
    Route("GET", "/rate_limit", get_rate_limit, by="anyone"),
    Route("GET", "/repos/{owner}/{repo}", get_repository, "metadata=read"),
    Route("GET", "/repos/{owner}/{repo}/collaborators/{username}/permission", get_permission, "metadata=read"),
)
