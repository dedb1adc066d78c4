"""API calls to GitHub as the App and as its installations.

    GitHubApp ── JWT ──▶ Tokens (narrowed, cached)
        └── InstallationClient ── rest, pages, graphql ──▶ Throttle (limits, write turns, retries) ──▶ Request

URLs are built from a template and percent-encoded variables, never taken from a payload. Tokens are sent to the API's
own host only.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from itertools import count
from typing import Any, TypeVar, cast

import aiohttp
from cachetools import LRUCache, TTLCache, cached
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from gidgethub.apps import get_jwt

from bot.cache.memory import MemoryCache
from bot.cache.protocol import Cache
from bot.domain import Tenant
from bot.errors import RemoteError, UserError
from bot.github import errors
from bot.github.tokens import READ_CONTENT, WRITE, Permissions, Tokens
from bot.github.transport import Request, Throttle, Transport
from bot.github.urls import GitHubUrls

__all__ = ["READ_CONTENT", "WRITE", "GitHubApp", "InstallationClient"]

T = TypeVar("T")

_EMPTY_BODY = b""  # as gidgethub expects for a request without a body
_JWT_LIFETIME_SECONDS = 9 * 60
_JWT_CACHE_SECONDS = 7 * 60  # gidgethub backdates `iat` by a minute
_MAX_INSTALLATIONS = 1024
_MAX_PAGES = 30
_OPERATION = re.compile(r"\s*(?P<kind>query|mutation)\s+(?P<name>\w+)")


class GitHubApp:
    """The App, authenticated by its private key, and the clients of its installations.

    Args:
        session: used for all calls; the caller closes it.
        api_url: root of the REST API, of github.com or an Enterprise Server.
        app_id: the App's id or client id.
        private_key: the App's RSA key, PEM.
        graphql_url: the GraphQL endpoint, if it does not follow from `api_url`.
        cache: shared by all processes; by default this process's memory.
        clock: returns seconds since the epoch.
        options: `sleep`, `pace` and `on_response` of `Transport`.

    Raises:
        UserError: the key is not an RSA key, or a URL is not that of a GitHub API.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        api_url: str,
        app_id: str,
        private_key: str,
        *,
        graphql_url: str = "",
        cache: Cache | None = None,
        clock: Callable[[], float] = time.time,
        **options: Any,
    ) -> None:
        # A parsed key: PyJWT would parse and check the text on each call, which takes 70 ms.
        key = cast(str, _load_private_key(private_key))
        create_jwt = partial(get_jwt, app_id=app_id, private_key=key, expiration=_JWT_LIFETIME_SECONDS)
        self._jwt = cached(TTLCache(1, _JWT_CACHE_SECONDS))(create_jwt)
        self.transport = Transport(
            session, GitHubUrls(api_url, graphql_url), cache or MemoryCache(clock), clock, **options
        )
        self._throttle = Throttle(self.transport, Tenant(0, 0))
        self._installations: LRUCache[int, InstallationClient] = LRUCache(_MAX_INSTALLATIONS)

    @property
    def call_counts(self) -> Counter[str]:
        """The number of requests by call: `METHOD template` or `GRAPHQL operation`."""
        return self.transport.call_counts

    def installation(self, installation_id: int) -> InstallationClient:
        """Return the client of an installation: one per installation, so that its writes are serialised."""
        if installation_id not in self._installations:
            self._installations[installation_id] = InstallationClient(self, installation_id)
        return self._installations[installation_id]

    def git_url(self, owner: str, name: str) -> str:
        """Return the URL for `git fetch`, without credentials; the user name is `x-access-token`."""
        return self.transport.urls.git_url(owner, name)

    async def rest(
        self, method: str, path: str, variables: Mapping[str, str] | None = None, data: Any = _EMPTY_BODY
    ) -> Any:
        """Make a REST call as the App itself, by its JWT. Use it for idempotent calls only: it retries all methods.

        Raises as `InstallationClient.rest` does.
        """

        async def make_request() -> Request:
            return Request(self.transport, f"{method} {path}")

        async def send(request: Request) -> Any:
            return (await request.rest(method, path, variables, data, jwt=self._jwt()))[0]

        async def call() -> Any:
            return await self._throttle.call(make_request, send, resource="core", is_write=False, idempotent=True)

        try:
            return await call()
        except errors.Unauthorised:
            self._jwt.cache_clear()  # the machine slept, or its clock was set
            return await call()

    async def bot_login(self) -> str:
        """Return the App's login: its slug and `[bot]`."""
        match await self.rest("GET", "/app"):
            case {"slug": str(slug)}:
                return f"{slug}[bot]"
        raise RemoteError("GitHub's response to GET /app has no slug.", transient=False)

    async def installation_ids(self) -> list[int]:
        """Return the ids of the installations that are not suspended."""
        installations: list[Any] = []
        for page in count(1):
            variables = {"per_page": "100", "page": str(page)}
            batch = await self.rest("GET", "/app/installations{?per_page,page}", variables)
            installations += batch
            if len(batch) < 100:
                break
        return [each["id"] for each in installations if each["suspended_at"] is None]


class InstallationClient:
    """API calls as one installation of the App, each scoped to one repository or to all of them.

    Rate limits, write order and tokens are per installation; cached responses are per repository.
    """

    def __init__(self, app: GitHubApp, installation_id: int) -> None:
        async def mint(body: dict[str, Any]) -> Any:
            path = "/app/installations/{installation_id}/access_tokens"
            return await app.rest("POST", path, {"installation_id": str(installation_id)}, body)

        self._transport = app.transport
        self._id = installation_id
        self._throttle = Throttle(app.transport, Tenant(installation_id, 0))
        self._tokens = Tokens(installation_id, mint, app.transport.clock, app.transport.cache)

    async def token(
        self, repository_id: int | None = None, *, permissions: Permissions = WRITE, refresh: bool = False
    ) -> str:
        """Return a token narrowed to a repository and permissions. Raises as `Tokens.get` does."""
        return await self._tokens.get(repository_id, permissions, refresh=refresh)

    async def create_token(self, repository_id: int, *, permissions: Permissions) -> str:
        """Return a new token, which proves that GitHub grants it now. Raises as `Tokens.get` does."""
        return await self._tokens.create(repository_id, permissions)

    def invalidate_tokens(self) -> None:
        """Request new tokens from now on, since GitHub rejected one."""
        self._tokens.invalidate()

    async def rest(
        self,
        method: str,
        path: str,
        variables: Mapping[str, str] | None = None,
        data: Any = _EMPTY_BODY,
        *,
        repository_id: int | None = None,
        idempotent: bool | None = None,
        permissions: Permissions = WRITE,
    ) -> Any:
        """Make a REST call and return the decoded response. Do not modify it: it may come from the cache.

        Args:
            path: a template as in GitHub's documentation (`/repos/{owner}/{repo}/pulls{?state}`).
            variables: values for the template; they are percent-encoded.
            idempotent: whether a repeated call changes nothing; by default true for all methods but `POST`.
            permissions: permissions of the token.

        Raises:
            errors.Refused: GitHub rejected the call for good; see its `status`.
            RemoteError: the call failed but may succeed later, after `retry_after` seconds if that is set.
            UserError: the App lacks a permission.
        """

        async def send(request: Request) -> Any:
            return (await request.rest(method, path, variables, data))[0]

        is_write, idempotent = method != "GET", method != "POST" if idempotent is None else idempotent
        return await self._call(
            f"{method} {path}", send, repository_id, is_write=is_write, idempotent=idempotent, permissions=permissions
        )

    async def pages(
        self,
        path: str,
        variables: Mapping[str, str] | None = None,
        *,
        repository_id: int | None = None,
        key: str | None = None,
        permissions: Permissions = WRITE,
        max_pages: int = _MAX_PAGES,
    ) -> list[Any]:
        """Return all items of a paginated list. Raises as `rest` does, and if it has more than `max_pages` pages.

        Args:
            key: key of the list in the response; None if the response is the list.
            permissions: permissions of the token.
        """
        items: list[Any] = []
        url, params = path, variables
        for _ in range(max_pages):

            async def send(request: Request, url: str = url, params: Mapping[str, str] | None = params) -> Any:
                return await request.rest("GET", url, params, _EMPTY_BODY)

            page, next_url = await self._call(
                f"GET {path}", send, repository_id, is_write=False, idempotent=True, permissions=permissions
            )
            page = page.get(key) if key is not None and isinstance(page, dict) else page
            if not isinstance(page, list):
                raise RemoteError(f"GitHub's response to GET {path} is not a list.")
            items += page
            if next_url is None:
                return items
            url, params = next_url, None
        raise RemoteError(f"GitHub has more than {max_pages} pages for GET {path}.", transient=False)

    async def graphql(
        self, query: str, variables: Mapping[str, Any], *, repository_id: int | None = None, idempotent: bool = True
    ) -> Any:
        """Run a named GraphQL query or mutation, and return `data`. Raises as `rest` does, or `ConflictError`.

        Pass `idempotent=False` for a mutation that does not name the state it expects.
        """
        operation = _OPERATION.match(query)
        kind, name = (operation["kind"], operation["name"]) if operation else ("mutation", "unnamed")

        async def send(request: Request) -> Any:
            return await request.graphql(query, endpoint=self._transport.urls.graphql, **variables)

        return await self._call(
            f"GRAPHQL {name}",
            send,
            repository_id,
            resource="graphql",
            is_write=kind == "mutation",
            idempotent=idempotent,
        )

    async def _call(
        self,
        name: str,
        send: Callable[[Request], Awaitable[T]],
        repository_id: int | None,
        *,
        is_write: bool,
        idempotent: bool,
        resource: str = "core",
        permissions: Permissions = WRITE,
    ) -> T:
        async def make_request() -> Request:
            token = await self.token(repository_id, permissions=permissions)
            return Request(self._transport, name, token=token, tenant=Tenant(self._id, repository_id or 0))

        async def call() -> T:
            return await self._throttle.call(
                make_request, send, resource=resource, is_write=is_write, idempotent=idempotent
            )

        try:
            return await call()
        except errors.Unauthorised:
            self._tokens.invalidate()  # revoked, or expired by GitHub's clock
            return await call()


def _load_private_key(private_key: str) -> RSAPrivateKey:
    try:
        key = load_pem_private_key(private_key.encode(), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, RSAPrivateKey):
        raise UserError(
            "GITHUB_PRIVATE_KEY is not an RSA key in PEM form.",
            "Download a key from the App's settings and use the whole file.",
        )
    return key
