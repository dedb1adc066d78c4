"""How often one person is answered in one repository."""

from __future__ import annotations

from dataclasses import dataclass

from bot.cache.protocol import Cache
from bot.domain import Tenant

MAX_COMMANDS, WINDOW_MINUTES = 10, 10


@dataclass(frozen=True, slots=True)
class RateLimiter:
    """Counts commands by person and repository."""

    cache: Cache

    async def consume(self, tenant: Tenant, user: str) -> int:
        """Count a command; returns how many are over the allowance, 0 where it is not used up."""
        return max(0, await self.cache.increment(tenant, f"commands of {user}", WINDOW_MINUTES * 60) - MAX_COMMANDS)
