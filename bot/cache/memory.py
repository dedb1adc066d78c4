"""The in-process cache."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cachetools import TLRUCache

from bot.domain import Tenant

_MAX_BYTES = 64 << 20
_MAX_COUNTERS = 10_000
_ENTRY_OVERHEAD_BYTES = 500  # approximate memory of an entry besides its value


@dataclass(frozen=True, slots=True)
class _CacheEntry:
    value: bytes
    expires_at: float


@dataclass(frozen=True, slots=True)
class _Counter:
    number: int
    expires_at: float


class MemoryCache:
    """In-process `Cache` with a size limit.

    Args:
        clock: returns the time in seconds, from any epoch.
        max_bytes: size limit of all values.
    """

    def __init__(self, clock: Callable[[], float] = time.time, max_bytes: int = _MAX_BYTES) -> None:
        self._clock = clock
        self._entries: TLRUCache[tuple[Tenant, str], _CacheEntry] = TLRUCache(
            max_bytes, _expiry, timer=clock, getsizeof=lambda entry: len(entry.value) + _ENTRY_OVERHEAD_BYTES
        )
        self._counters: TLRUCache[tuple[Tenant, str], _Counter] = TLRUCache(_MAX_COUNTERS, _expiry, timer=clock)

    async def get(self, tenant: Tenant, name: str, *, allow_local: bool = True) -> bytes | None:
        """See `Cache.get`."""
        entry = self._entries.get((tenant, name))
        return entry.value if entry else None

    async def store(self, tenant: Tenant, name: str, value: bytes, ttl_seconds: float) -> None:
        """See `Cache.store`. A value larger than the whole cache is not stored."""
        entry = _CacheEntry(value, self._clock() + ttl_seconds)
        if len(value) + _ENTRY_OVERHEAD_BYTES <= self._entries.maxsize:
            self._entries[tenant, name] = entry

    async def increment(self, tenant: Tenant, name: str, window_seconds: float) -> int:
        """See `Cache.increment`."""
        before = self._counters.get((tenant, name)) or _Counter(0, self._clock() + window_seconds)
        self._counters[tenant, name] = _Counter(before.number + 1, before.expires_at)
        return before.number + 1

    async def clear(self, tenant: Tenant) -> None:
        """See `Cache.clear`."""
        entries: TLRUCache[tuple[Tenant, str], Any]
        for entries in (self._entries, self._counters):
            for key in [key for key in entries if key[0] == tenant]:
                entries.pop(key, None)

    async def close(self) -> None:
        """See `Cache.close`."""


def _expiry(_key: object, entry: _CacheEntry | _Counter, _now: float) -> float:
    return entry.expires_at
