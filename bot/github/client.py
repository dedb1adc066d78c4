"""Calls to GitHub as an App and as its installations.

    GitHubApp ── JWT ──▶ Tokens (narrowed, cached)
        └── Installation ── rest, pages, graphql ──▶ Line (limits, turns, retries) ──▶ Exchange (one call)

Only paths built from a template and its encoded variables are asked for, never an address out of a
payload; a token goes to the API's own host only.
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

_EMPTY_BODY = b""  # gidgethub's word for "no body"
_JWT_LIFETIME_SECONDS = 9 * 60
_JWT_CACHE_SECONDS = 7 * 60  # it counts from a minute back
_MAX_INSTALLATIONS = 1024
_MAX_PAGES = 30
_OPERATION = re.compile(r"\s*(?P<kind>query|mutation)\s+(?P<name>\w+)")


class GitHubApp:
    """The App: it holds the key, and hands out its installations.

    Args:
        session: for all calls; its owner closes it.
        api_url: the REST API's root, of github.com or of an Enterprise Server.
        app_id: the App's id or client id.
        private_key: its RSA key, PEM.
        graphql_url: where GraphQL is not where it follows from `api_url`.
        cache: what its processes share; without it, what this one keeps.
        clock: seconds since the epoch.
        options: `sleep`, `pace` and `answered` of `Transport`.

    Raises:
        UserError: the key is none, or the address is none of a GitHub API.
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
        # PyJWT takes a key as well as its text, which it would check anew each time: 70 ms.
        key = cast(str, _load_private_key(private_key))
        making = partial(get_jwt, app_id=app_id, private_key=key, expiration=_JWT_LIFETIME_SECONDS)
        self._jwt = cached(TTLCache(1, _JWT_CACHE_SECONDS))(making)
        self.transport = Transport(
            session, GitHubUrls(api_url, graphql_url), cache or MemoryCache(clock), clock, **options
        )
        self._throttle = Throttle(self.transport, Tenant(0, 0))
        self._installations: LRUCache[int, InstallationClient] = LRUCache(_MAX_INSTALLATIONS)

    @property
    def call_counts(self) -> Counter[str]:
        """How often each call was sent, by `METHOD template` or `GRAPHQL operation`."""
        return self.transport.call_counts

    def installation(self, installation_id: int) -> InstallationClient:
        """The client of an installation, the same one each time, so that its writes keep their turns."""
        if installation_id not in self._installations:
            self._installations[installation_id] = InstallationClient(self, installation_id)
        return self._installations[installation_id]

    def git_url(self, owner: str, name: str) -> str:
        """The address for `git fetch`, without credentials; the user is `x-access-token`."""
        return self.transport.urls.git_url(owner, name)

    async def rest(
        self, method: str, path: str, variables: Mapping[str, str] | None = None, data: Any = _EMPTY_BODY
    ) -> Any:
        """A call as the App itself, by its JWT; sent again after a transient fault, so only for what may be.

        Raises as `Installation.rest` does.
        """

        async def exchange() -> Request:
            return Request(self.transport, f"{method} {path}")

        async def send(made: Request) -> Any:
            return (await made.rest(method, path, variables, data, jwt=self._jwt()))[0]

        async def once() -> Any:
            return await self._throttle.call(exchange, send, resource="core", is_write=False, idempotent=True)

        try:
            return await once()
        except errors.Unauthorised:
            self._jwt.cache_clear()  # the machine slept, or its clock was set
            return await once()

    async def bot_login(self) -> str:
        """The login under which the App writes: its slug and `[bot]`."""
        match await self.rest("GET", "/app"):
            case {"slug": str(slug)}:
                return f"{slug}[bot]"
        raise RemoteError("GET /app: GitHub did not tell the App's slug.", transient=False)

    async def installation_ids(self) -> list[int]:
        """The installations that are not suspended."""
        found: list[Any] = []
        for page in count(1):
            some = await self.rest("GET", "/app/installations{?per_page,page}", {"per_page": "100", "page": str(page)})
            found += some
            if len(some) < 100:
                break
        return [each["id"] for each in found if each["suspended_at"] is None]


class InstallationClient:
    """Calls as one installation of the App, each for one of its repositories or for all.

    Its limits, its turns at writing, and its tokens are its own; its answers are each repository's.
    """

    def __init__(self, app: GitHubApp, installation_id: int) -> None:
        async def mint(narrowed: dict[str, Any]) -> Any:
            path = "/app/installations/{installation_id}/access_tokens"
            return await app.rest("POST", path, {"installation_id": str(installation_id)}, narrowed)

        self._transport = app.transport
        self._id = installation_id
        self._throttle = Throttle(app.transport, Tenant(installation_id, 0))
        self._tokens = Tokens(installation_id, mint, app.transport.clock, app.transport.cache)

    async def token(
        self, repository_id: int | None = None, *, permissions: Permissions = WRITE, refresh: bool = False
    ) -> str:
        """A token narrowed to a repository and to permissions. Raises as `Tokens.get` does."""
        return await self._tokens.get(repository_id, permissions, refresh=refresh)

    async def create_token(self, repository_id: int, *, permissions: Permissions) -> str:
        """A token that was just made: GitHub grants it now. Raises as `Tokens.get` does."""
        return await self._tokens.create(repository_id, permissions)

    def invalidate_tokens(self) -> None:
        """Ask for new tokens from now on: one was not accepted."""
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
        """A REST call; returns the decoded answer, to be read only (it may come out of the cache).

        Args:
            path: a template as in GitHub's documentation (`/repos/{owner}/{repo}/pulls{?state}`).
            variables: fill the template, percent-encoded.
            repeatable: whether doing it twice changes nothing; by default all but `POST`.
            permissions: what its token may do.

        Raises:
            faults.Refused: GitHub will not do it (`status` tells why).
            RemoteError: it may later; `retry_after` when it said when.
            UserError: the App lacks a permission.
        """

        async def send(made: Request) -> Any:
            return (await made.rest(method, path, variables, data))[0]

        again = method != "POST" if idempotent is None else idempotent
        writes = method != "GET"
        return await self._call(
            f"{method} {path}", send, repository_id, is_write=writes, idempotent=again, permissions=permissions
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
        """All items of a list, page by page. Raises as `rest` does, and when there are more pages than `most`.

        Args:
            under: where in the answer the list stands; None where it is all of it.
            permissions: what its token may do.
        """
        items: list[Any] = []
        url, fill = path, variables
        for _ in range(max_pages):

            async def send(made: Request, url: str = url, fill: Mapping[str, str] | None = fill) -> Any:
                return await made.rest("GET", url, fill, _EMPTY_BODY)

            page, more = await self._call(
                f"GET {path}", send, repository_id, is_write=False, idempotent=True, permissions=permissions
            )
            page = page.get(key) if key is not None and isinstance(page, dict) else page
            if not isinstance(page, list):
                raise RemoteError(f"GET {path}: GitHub's answer is no list.")
            items += page
            if more is None:
                return items
            url, fill = more, None
        raise RemoteError(f"GET {path}: more than {max_pages} pages.", transient=False)

    async def graphql(
        self, query: str, variables: Mapping[str, Any], *, repository_id: int | None = None, idempotent: bool = True
    ) -> Any:
        """A GraphQL query or mutation, named in its text; returns `data`. Raises as `rest` does, or `Moved`.

        `repeatable` is true of queries and of mutations that name the state they expect.
        """
        operation = _OPERATION.match(query)
        kind, name = (operation["kind"], operation["name"]) if operation else ("mutation", "unnamed")

        async def send(made: Request) -> Any:
            return await made.graphql(query, endpoint=self._transport.urls.graphql, **variables)

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
        async def exchange() -> Request:
            token = await self.token(repository_id, permissions=permissions)
            return Request(self._transport, name, token=token, tenant=Tenant(self._id, repository_id or 0))

        async def once() -> T:
            return await self._throttle.call(
                exchange, send, resource=resource, is_write=is_write, idempotent=idempotent
            )

        try:
            return await once()
        except errors.Unauthorised:
            self._tokens.invalidate()  # revoked, or expired by another clock than ours
            return await once()


def _load_private_key(private_key: str) -> RSAPrivateKey:
    try:
        key = load_pem_private_key(private_key.encode(), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, RSAPrivateKey):
        raise UserError(
            "GITHUB_PRIVATE_KEY is not an RSA key in PEM form.",
            "Download a key from the App's settings and use it whole.",
        )
    return key
