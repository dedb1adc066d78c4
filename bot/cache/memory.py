"""The in-process cache."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cachetools import TLRUCache

from bot.domain import Tenant

_BYTES = 64 << 20
_COUNTS = 10_000
_OVERHEAD = 500  # bytes of an entry besides its value, about


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
