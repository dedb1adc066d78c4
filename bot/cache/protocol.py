"""The cache interface. Entries may be lost at any time."""

from __future__ import annotations

from typing import Protocol

from bot.domain import Tenant


class Cache(Protocol):
    """Every call is for one tenant and touches no other's; repository 0 is what all of an installation share.

    Nothing here is needed: an entry may be gone before its time, and no call raises for a server that is away.
    """

    async def get(self, tenant: Tenant, name: str, *, allow_local: bool = True) -> bytes | None:
        """The value of a name, if there is one.

        Args:
            near: what this process itself knows will do; else it is asked anew, since others may know better.
        """
        ...

    async def store(self, tenant: Tenant, name: str, value: bytes, ttl_seconds: float) -> None:
        """Keep a value for a time."""
        ...

    async def increment(self, tenant: Tenant, name: str, window_seconds: float) -> int:
        """Count one more; the count begins anew so many seconds after its first. Returns the count."""
        ...

    async def clear(self, tenant: Tenant) -> None:
        """Drop all that is a tenant's."""
        ...

    async def close(self) -> None:
        """Let go of the server, where there is one."""
        ...


class SharedCache(Cache, Protocol):
    """A cache in a server."""

    async def describe(self) -> str:
        """What server it is, for people. Raises `UserError` where it does not answer."""
        ...
