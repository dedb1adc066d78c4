"""What may be lost at any time: kept for a while in this process, or with `REDIS_URL` for all of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from cachetools import TLRUCache

from bot.domain import Tenant
from bot.errors import UserError

_BYTES = 64 << 20
_COUNTS = 10_000
_OVERHEAD = 500  # bytes of an entry besides its value, about


class Cache(Protocol):
    """Every call is for one tenant and touches no other's; repository 0 is what all of an installation share.

    Nothing here is needed: an entry may be gone before its time, and no call raises for a server that is away.
    """

    async def get(self, tenant: Tenant, name: str, *, near: bool = True) -> bytes | None:
        """The value of a name, if there is one.

        Args:
            near: what this process itself knows will do; else it is asked anew, since others may know better.
        """
        ...

    async def put(self, tenant: Tenant, name: str, value: bytes, seconds: float) -> None:
        """Keep a value for a time."""
        ...

    async def count(self, tenant: Tenant, name: str, seconds: float) -> int:
        """Count one more; the count begins anew so many seconds after its first. Returns the count."""
        ...

    async def forget(self, tenant: Tenant) -> None:
        """Drop all that is a tenant's."""
        ...

    async def close(self) -> None:
        """Let go of the server, where there is one."""
        ...


class SharedCache(Cache, Protocol):
    """A cache in a server."""

    async def about(self) -> str:
        """What server it is, for people. Raises `UserError` where it does not answer."""
        ...


@dataclass(frozen=True, slots=True)
class _Entry:
    value: bytes
    until: float


@dataclass(frozen=True, slots=True)
class _Count:
    number: int
    until: float


class ProcessCache:
    """A `Cache` in this process, bounded by bytes.

    Args:
        clock: seconds, from any start.
    """

    def __init__(self, clock: Callable[[], float] = time.time, size: int = _BYTES) -> None:
        self._clock = clock
        self._kept: TLRUCache[tuple[Tenant, str], _Entry] = TLRUCache(
            size, _until, timer=clock, getsizeof=lambda entry: len(entry.value) + _OVERHEAD
        )
        self._counts: TLRUCache[tuple[Tenant, str], _Count] = TLRUCache(_COUNTS, _until, timer=clock)

    async def get(self, tenant: Tenant, name: str, *, near: bool = True) -> bytes | None:
        """See `Cache.get`."""
        entry = self._kept.get((tenant, name))
        return entry.value if entry else None

    async def put(self, tenant: Tenant, name: str, value: bytes, seconds: float) -> None:
        """See `Cache.put`; what is larger than the whole cache is not kept."""
        entry = _Entry(value, self._clock() + seconds)
        if len(value) + _OVERHEAD <= self._kept.maxsize:
            self._kept[tenant, name] = entry

    async def count(self, tenant: Tenant, name: str, seconds: float) -> int:
        """See `Cache.count`."""
        before = self._counts.get((tenant, name)) or _Count(0, self._clock() + seconds)
        self._counts[tenant, name] = _Count(before.number + 1, before.until)
        return before.number + 1

    async def forget(self, tenant: Tenant) -> None:
        """See `Cache.forget`."""
        entries: TLRUCache[tuple[Tenant, str], Any]
        for entries in (self._kept, self._counts):
            for key in [key for key in entries if key[0] == tenant]:
                entries.pop(key, None)

    async def close(self) -> None:
        """See `Cache.close`."""


def _until(_key: object, entry: _Entry | _Count, _now: float) -> float:
    return entry.until


def cache_at(redis_url: str, private_key: str) -> Cache:
    """The cache of a Redis, or of this process where no URL is given. Raises as `shared_at` does."""
    return shared_at(redis_url, private_key) if redis_url else ProcessCache()


def shared_at(redis_url: str, private_key: str) -> SharedCache:
    """The cache of a Redis.

    Args:
        private_key: of the App; what Redis is given is encrypted with a key derived from it.

    Raises:
        UserError: Redis's driver is not installed, or the URL is none of its.
    """
    try:
        from bot.cache.redis import RedisCache
    except ModuleNotFoundError as error:
        if str(error.name).partition(".")[0] != "redis":
            raise
        install = "Install it: pip install 'mas-docs-bot[redis]'."
        raise UserError("REDIS_URL is set, and Redis's driver is not installed.", install) from error
    return RedisCache(redis_url, private_key)
