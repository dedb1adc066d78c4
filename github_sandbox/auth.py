"""Authentication and authorization: App JWTs, installation tokens, user tokens.

https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app
"""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import jwt

from github_sandbox.errors import ApiError
from github_sandbox.state import ROLES, Account, App, Installation, InstallationToken, Permissions, Repository, World

_LIFETIME = timedelta(hours=1)
SUSPENDED = "This installation has been suspended"
_LEVELS = ("none", "read", "write", "admin")


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller of a request: an App (JWT), an installation (token), a user (token), or anonymous."""

    account: Account | None = None
    app: App | None = None
    token: InstallationToken | None = None

    @property
    def key(self) -> str:
        """Return the name of the rate limit bucket of this caller."""
        if self.token is not None:
            return f"installation ID {self.token.installation.id}"
        if self.app is not None:
            return f"app ID {self.app.id}"
        return f"user ID {self.account.id}" if self.account else "the caller's address"


def authenticate(world: World, authorization: str | None) -> Principal:
    """Return the caller of an `Authorization` header.

    Raises `ApiError`: 401 for bad credentials, 403 for a suspended installation.
    """
    if not authorization:
        return Principal()
    scheme, _, credential = authorization.partition(" ")
    credential = credential.strip()
    if scheme.lower() == "basic":
        credential = _basic_password(credential)
    elif scheme.lower() not in ("bearer", "token"):
        raise ApiError(401, "Bad credentials")
    if credential in world.user_tokens:
        return Principal(account=world.user_tokens[credential])
    token = world.installation_tokens.get(credential)
    if token is not None and token.expires_at > world.now() and token.installation.id in world.installations:
        if token.installation.suspended_at is not None:
            raise ApiError(403, SUSPENDED)
        app = token.installation.app
        return Principal(account=app.bot, app=app, token=token)
    if credential.count(".") == 2 and not credential.startswith("gh"):
        return Principal(app=_authenticate_app(world, credential))
    raise ApiError(401, "Bad credentials")


def _basic_password(encoded: str) -> str:
    try:
        return base64.b64decode(encoded, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError) as error:
        raise ApiError(401, "Bad credentials") from error


def _authenticate_app(world: World, token: str) -> App:
    """Return the App that signed a JWT. Raises `ApiError` with GitHub's messages."""
    try:
        claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
        app = _issuer(world, claims.get("iss"))
        unsafe_clock = {"verify_exp": False, "verify_iat": False, "verify_nbf": False}  # the sandbox's clock applies
        jwt.decode(token, app.key.public, algorithms=["RS256"], options=unsafe_clock)  # type: ignore[arg-type]
    except jwt.PyJWTError as error:
        raise ApiError(401, "A JSON web token could not be decoded") from error
    now, issued, expires = world.now().timestamp(), claims.get("iat"), claims.get("exp")
    if not isinstance(issued, int | float) or issued > now + 5:
        raise ApiError(
            401, "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
        )
    if not isinstance(expires, int | float) or expires <= now:
        claim = "'Expiration time' claim ('exp') must be a numeric value representing the future time"
        raise ApiError(401, f"{claim} at which the assertion expires")
    if expires > now + 600:
        raise ApiError(401, "'Expiration time' claim ('exp') is too far in the future")
    return app


def _issuer(world: World, issuer: object) -> App:
    for app in world.apps.values():
        if str(issuer) in (str(app.id), app.client_id):
            return app
    raise ApiError(404, "Integration not found")


def create_installation_token(
    world: World,
    installation: Installation,
    repositories: Collection[Repository] | None,
    permissions: Permissions | None,
) -> InstallationToken:
    """Create an installation token, limited to the requested repositories and permissions (None: all).

    Raises `ApiError`: 403 for a suspended installation, 422 for permissions that it was not granted.
    """
    if installation.suspended_at is not None:
        raise ApiError(403, SUSPENDED)
    granted = installation.permissions
    for name, level in (permissions or {}).items():
        if _LEVELS.index(granted.get(name, "none")) < _LEVELS.index(level if level in _LEVELS else "admin"):
            raise ApiError(422, "The permissions requested are not granted to this installation.")
    body = ".".join(secrets.token_urlsafe(size) for size in (24, 90, 60))
    token = InstallationToken(
        value=f"ghs_{installation.app.id}_{body}",
        installation=installation,
        repositories=tuple(installation.repositories if repositories is None else repositories),
        narrowed=repositories is not None,
        permissions={"metadata": "read", **(granted if permissions is None else permissions)},
        expires_at=world.now() + _LIFETIME,
    )
    world.installation_tokens[token.value] = token
    return token


def can_read(principal: Principal, repository: Repository) -> bool:
    """Return whether the caller may know that a repository exists."""
    if not repository.private:
        return True
    if principal.token is not None:
        return repository in principal.token.repositories
    return principal.account is not None and repository.role(principal.account) != "none"


def authorize(principal: Principal, repository: Repository | None, required: str) -> None:
    """Check the permissions that a route requires, written as in `rest.Route`.

    Raises `ApiError`: 401, 403, or 404 where the repository must stay hidden from the caller.
    """
    if repository is not None and not can_read(principal, repository):
        raise ApiError(404, "Not Found")
    if principal.token is not None:
        _authorize_installation(principal.token, repository, required)
    elif principal.app is not None:
        raise ApiError(403, "Resource not accessible by integration")
    elif "write" in required:
        _authorize_user(principal.account, repository, required)


def _authorize_installation(token: InstallationToken, repository: Repository | None, required: str) -> None:
    is_outside = repository is not None and repository not in token.repositories
    granted = {"metadata": "read"} if is_outside else token.permissions
    is_public_read = is_outside and "write" not in required  # anyone may read a public repository
    if (
        required
        and not is_public_read
        and not any(_has_permissions(granted, alternative) for alternative in required.split(";"))
    ):
        raise ApiError(403, "Resource not accessible by integration")


def _has_permissions(granted: Permissions, required: str) -> bool:
    pairs = (pair.strip().split("=") for pair in required.split(","))
    return all(_LEVELS.index(granted.get(name, "none")) >= _LEVELS.index(level) for name, level in pairs)


def _authorize_user(account: Account | None, repository: Repository | None, required: str) -> None:
    if account is None:
        raise ApiError(401, "Requires authentication")
    if "checks=write" in required:
        raise ApiError(403, "You must authenticate via a GitHub App.")
    if repository is not None and "contents=write" in required and not can_push(account, repository):
        raise ApiError(403, "Must have push access to the repository.")


def can_push(account: Account, repository: Repository) -> bool:
    """Return whether a user's role includes push access."""
    return ROLES.index(repository.role(account)) >= ROLES.index("write")
