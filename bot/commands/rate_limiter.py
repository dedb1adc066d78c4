"""The rate limit for commands, per user and repository."""

from __future__ import annotations

from dataclasses import dataclass

from bot.cache.protocol import Cache
from bot.domain import Tenant

MAX_COMMANDS, WINDOW_MINUTES = 10, 10


@dataclass(frozen=True, slots=True)
class RateLimiter:
    """Counts commands by user and repository."""

    cache: Cache

    async def consume(self, tenant: Tenant, user: str) -> int:
        """Count a command. Return how many are over the limit, or 0 within it."""
        return max(0, await self.cache.increment(tenant, f"commands of {user}", WINDOW_MINUTES * 60) - MAX_COMMANDS)
