"""Installation tokens: narrowed, kept until shortly before they expire, made one at a time.

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
        mint: asks GitHub for a token with this body; returns the answer.
        clock: seconds since the epoch.
        cache: keeps them, also for other processes.
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
        """A token for one repository (None: all of the installation's) that holds five minutes or more.

        Args:
            anew: whatever is kept; from then on this one is.

        Raises:
            UserError: the installation does not grant these permissions, or is suspended.
            RemoteError: GitHub gave none.
        """
        tenant = Tenant(self._installation_id, repository_id or 0)
        name = f"token {sorted(permissions.items())}"
        async with self._mint_lock:
            kept = None if refresh else await self._cache.get(tenant, name)
            value = kept.decode() if kept else None
            if value is None or value in self._invalidated:
                token = await self._request_token(repository_id, permissions)
                value, left = token.value, token.expires_at - _RENEW_BEFORE_SECONDS - self._clock()
                await self._cache.store(tenant, name, value.encode(), left)
            self._issued[value] = None
        return value

    async def create(self, repository_id: int, permissions: Permissions) -> str:
        """A token that nobody keeps. Raises as `get` does."""
        return (await self._request_token(repository_id, permissions)).value

    def invalidate(self) -> None:
        """Use none again of those given so far, also out of the cache: GitHub did not accept one of them."""
        self._invalidated.update(self._issued)
        self._issued.clear()

    async def _request_token(self, repository_id: int | None, permissions: Permissions) -> _AccessToken:
        narrowed: dict[str, Any] = {"permissions": dict(permissions)}
        if repository_id is not None:
            narrowed["repository_ids"] = [repository_id]
        try:
            answer = await self._mint(narrowed)
        except errors.Refused as refused:
            if refused.status == 422 and "permission" in str(refused):
                raise errors.missing_permission(
                    ", ".join(f"{k}={v}" for k, v in permissions.items()), "not granted"
                ) from None
            raise
        match answer:
            case {"token": str(value), "expires_at": str(expires)}:
                return _AccessToken(value, _parse_expiry(expires))
        raise RemoteError("GitHub's answer holds no installation token.")


def _parse_expiry(text: str) -> float:
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        raise RemoteError("GitHub's installation token has no readable time of expiry.") from None
