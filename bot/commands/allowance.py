"""How often one person is answered in one repository."""

from __future__ import annotations

import time
from collections.abc import Callable

from cachetools import TTLCache

from bot.domain import Tenant

COMMANDS, MINUTES = 10, 10


class Allowance:
    """Counts commands by person and repository, in this process.

    Args:
        timer: seconds, from any start.
    """

    def __init__(self, timer: Callable[[], float] = time.monotonic) -> None:
        self._timer = timer
        self._used: TTLCache[tuple[Tenant, str], int] = TTLCache(10_000, MINUTES * 60, timer=timer)

    def take(self, tenant: Tenant, user: str) -> int:
        """Count a command; returns how many are over the allowance, 0 where it is not used up."""
        key = (tenant, user)
        used: int = self._used.get(key, 0)
        if used:
            self._used.__setitem__(key, used + 1)
        else:
            self._used[key] = 1
        return max(0, used + 1 - COMMANDS)
