"""The cache interface. Entries may be lost at any time."""

from __future__ import annotations

from typing import Protocol

from bot.domain import Tenant


class Cache(Protocol):
    """A cache whose entries are isolated by tenant. Repository 0 holds the entries of a whole installation.

    Entries may disappear before they expire, and no call raises if the server is unavailable.
    """

    async def get(self, tenant: Tenant, name: str, *, allow_local: bool = True) -> bytes | None:
        """Return the value of a name, or None.

        Args:
            allow_local: accept this process's copy; False asks the server, where another process may have set it.
        """
        ...

    async def store(self, tenant: Tenant, name: str, value: bytes, ttl_seconds: float) -> None:
        """Store a value for a number of seconds."""
        ...

    async def increment(self, tenant: Tenant, name: str, window_seconds: float) -> int:
        """Increment a counter and return it. It restarts a number of seconds after its first increment."""
        ...

    async def clear(self, tenant: Tenant) -> None:
        """Delete all entries of a tenant."""
        ...

    async def close(self) -> None:
        """Close the connection to the server, if any."""
        ...


class SharedCache(Cache, Protocol):
    """A cache on a server."""

    async def describe(self) -> str:
        """Return the name and version of the server. Raises `UserError` if it does not respond."""
        ...
