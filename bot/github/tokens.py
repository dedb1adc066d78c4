"""Installation tokens: narrowed, cached until shortly before they expire, requested one at a time.

https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from cachetools import LRUCache

from bot.cache.protocol import Cache
from bot.domain import Tenant
from bot.errors import RemoteError
from bot.github import errors

Permissions = Mapping[str, str]

WRITE: Permissions = MappingProxyType(
    {"checks": "write", "contents": "write", "issues": "write", "metadata": "read", "pull_requests": "write"}
)
UPLOAD_SARIF: Permissions = MappingProxyType({"metadata": "read", "security_events": "write"})
READ_METADATA: Permissions = MappingProxyType({"metadata": "read"})
READ_CONTENT: Permissions = MappingProxyType({"contents": "read", "metadata": "read"})

_RENEW_BEFORE_SECONDS = 5 * 60


@dataclass(frozen=True, slots=True, repr=False)
class _AccessToken:
    value: str
    expires_at: float


class Tokens:
    """The tokens of one installation.

    Args:
        mint: requests a token from GitHub with this body; returns the response.
        clock: returns seconds since the epoch.
        cache: stores the tokens, for other processes too.
    """

    def __init__(
        self,
        installation_id: int,
        mint: Callable[[dict[str, Any]], Awaitable[Any]],
        clock: Callable[[], float],
        cache: Cache,
    ) -> None:
        self._installation_id, self._mint, self._clock, self._cache = installation_id, mint, clock, cache
        self._mint_lock = asyncio.Lock()
        self._issued: LRUCache[str, None] = LRUCache(1024)
        self._invalidated: LRUCache[str, None] = LRUCache(4096)

    async def get(self, repository_id: int | None, permissions: Permissions, *, refresh: bool = False) -> str:
        """Return a token for one repository, or all of the installation's if None, valid for five minutes or more.

        Args:
            refresh: request a new token and replace the cached one.

        Raises:
            UserError: the installation does not grant these permissions, or is suspended.
            RemoteError: GitHub did not return a token.
        """
        tenant = Tenant(self._installation_id, repository_id or 0)
        name = f"token {sorted(permissions.items())}"
        async with self._mint_lock:
            cached = None if refresh else await self._cache.get(tenant, name)
            value = cached.decode() if cached else None
            if value is None or value in self._invalidated:
                token = await self._request_token(repository_id, permissions)
                value, ttl = token.value, token.expires_at - _RENEW_BEFORE_SECONDS - self._clock()
                await self._cache.store(tenant, name, value.encode(), ttl)
            self._issued[value] = None
        return value

    async def create(self, repository_id: int, permissions: Permissions) -> str:
        """Return a new token, which is not cached. Raises as `get` does."""
        return (await self._request_token(repository_id, permissions)).value

    def invalidate(self) -> None:
        """Stop using the tokens returned so far, cached ones too, since GitHub rejected one of them."""
        self._invalidated.update(self._issued)
        self._issued.clear()

    async def _request_token(self, repository_id: int | None, permissions: Permissions) -> _AccessToken:
        body: dict[str, Any] = {"permissions": dict(permissions)}
        if repository_id is not None:
            body["repository_ids"] = [repository_id]
        try:
            response = await self._mint(body)
        except errors.Refused as refused:
            if refused.status == 422 and "permission" in str(refused):
                raise errors.missing_permission(
                    ", ".join(f"{k}={v}" for k, v in permissions.items()), "not granted"
                ) from None
            raise
        match response:
            case {"token": str(value), "expires_at": str(expires)}:
                return _AccessToken(value, _parse_expiry(expires))
        raise RemoteError("GitHub's response has no installation token.")


def _parse_expiry(text: str) -> float:
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        raise RemoteError("GitHub's installation token has an invalid expiry time.") from None
