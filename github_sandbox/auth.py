"""Who calls, and what they may: App JWTs, installation tokens, users' tokens.

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

from github_sandbox.refusal import Refusal
from github_sandbox.state import ROLES, Account, App, Installation, InstallationToken, Permissions, Repository, World

_LIFETIME = timedelta(hours=1)
SUSPENDED = "This installation has been suspended"
_LEVELS = ("none", "read", "write", "admin")


@dataclass(frozen=True, slots=True)
class Principal:
    """Whose request it is: an App by its JWT, an installation by its token, a user, or nobody."""

    account: Account | None = None
    app: App | None = None
    token: InstallationToken | None = None

    @property
    def key(self) -> str:
        """Names the rate limit that this caller draws on."""
        if self.token is not None:
            return f"installation ID {self.token.installation.id}"
        if self.app is not None:
            return f"app ID {self.app.id}"
        return f"user ID {self.account.id}" if self.account else "the caller's address"


def authenticate(world: World, authorization: str | None) -> Principal:
    """The caller of an `Authorization` header. Raises `Refusal` (401)."""
    if not authorization:
        return Principal()
    scheme, _, credential = authorization.partition(" ")
    credential = credential.strip()
    if scheme.lower() == "basic":
        credential = _password(credential)
    elif scheme.lower() not in ("bearer", "token"):
        raise Refusal(401, "Bad credentials")
    if credential in world.user_tokens:
        return Principal(account=world.user_tokens[credential])
    token = world.installation_tokens.get(credential)
    if token is not None and token.expires_at > world.now() and token.installation.id in world.installations:
        if token.installation.suspended_at is not None:
            raise Refusal(403, SUSPENDED)
        app = token.installation.app
        return Principal(account=app.bot, app=app, token=token)
    if credential.count(".") == 2 and not credential.startswith("gh"):
        return Principal(app=_app(world, credential))
    raise Refusal(401, "Bad credentials")


def _password(encoded: str) -> str:
    try:
        return base64.b64decode(encoded, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Refusal(401, "Bad credentials") from error


def _app(world: World, token: str) -> App:
    """The App that signed a JWT; the checks and words are GitHub's."""
    try:
        claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
        app = _issuer(world, claims.get("iss"))
        unsafe_clock = {"verify_exp": False, "verify_iat": False, "verify_nbf": False}  # the world's clock rules
        jwt.decode(token, app.key.public, algorithms=["RS256"], options=unsafe_clock)  # type: ignore[arg-type]
    except jwt.PyJWTError as error:
        raise Refusal(401, "A JSON web token could not be decoded") from error
    now, issued, expires = world.now().timestamp(), claims.get("iat"), claims.get("exp")
    if not isinstance(issued, int | float) or issued > now + 5:
        raise Refusal(
            401, "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
        )
    if not isinstance(expires, int | float) or expires <= now:
        claim = "'Expiration time' claim ('exp') must be a numeric value representing the future time"
        raise Refusal(401, f"{claim} at which the assertion expires")
    if expires > now + 600:
        raise Refusal(401, "'Expiration time' claim ('exp') is too far in the future")
    return app


def _issuer(world: World, issuer: object) -> App:
    for app in world.apps.values():
        if str(issuer) in (str(app.id), app.client_id):
            return app
    raise Refusal(404, "Integration not found")


def mint(
    world: World,
    installation: Installation,
    repositories: Collection[Repository] | None,
    permissions: Permissions | None,
) -> InstallationToken:
    """A new installation token, narrowed to what is asked (None: all). Raises `Refusal` (422) for more."""
    if installation.suspended_at is not None:
        raise Refusal(403, SUSPENDED)
    granted = installation.permissions
    for name, level in (permissions or {}).items():
        if _LEVELS.index(granted.get(name, "none")) < _LEVELS.index(level if level in _LEVELS else "admin"):
            raise Refusal(422, "The permissions requested are not granted to this installation.")
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


def accessible(principal: Principal, repository: Repository) -> bool:
    """Whether the caller sees that a repository exists."""
    if not repository.private:
        return True
    if principal.token is not None:
        return repository in principal.token.repositories
    return principal.account is not None and repository.role(principal.account) != "none"


def authorize(principal: Principal, repository: Repository | None, needs: str) -> None:
    """Check what a route needs (see `rest.Route`). Raises `Refusal`: 401, 403, or 404 for what must stay unseen."""
    if repository is not None and not accessible(principal, repository):
        raise Refusal(404, "Not Found")
    if principal.token is not None:
        _authorize_installation(principal.token, repository, needs)
    elif principal.app is not None:
        raise Refusal(403, "Resource not accessible by integration")
    elif "write" in needs:
        _authorize_user(principal.account, repository, needs)


def _authorize_installation(token: InstallationToken, repository: Repository | None, needs: str) -> None:
    outside = repository is not None and repository not in token.repositories
    held = {"metadata": "read"} if outside else token.permissions
    readable = outside and "write" not in needs  # public: anyone may read it
    if needs and not readable and not any(_holds(held, together) for together in needs.split(";")):
        raise Refusal(403, "Resource not accessible by integration")


def _holds(held: Permissions, needs: str) -> bool:
    pairs = (pair.strip().split("=") for pair in needs.split(","))
    return all(_LEVELS.index(held.get(name, "none")) >= _LEVELS.index(level) for name, level in pairs)


def _authorize_user(account: Account | None, repository: Repository | None, needs: str) -> None:
    if account is None:
        raise Refusal(401, "Requires authentication")
    if "checks=write" in needs:
        raise Refusal(403, "You must authenticate via a GitHub App.")
    if repository is not None and "contents=write" in needs and not may_push(account, repository):
        raise Refusal(403, "Must have push access to the repository.")


def may_push(account: Account, repository: Repository) -> bool:
    """Whether a user's role lets them push."""
    return ROLES.index(repository.role(account)) >= ROLES.index("write")
