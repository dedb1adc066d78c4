"""The rounds in which a process moves what came in, for as long as it works, and now and then tends what was done."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

import sqlalchemy as sa

from bot.engine.outcome import Judge
from bot.engine.pump import Pump

_GLANCE_SECONDS = 1.0
_GATHER_SECONDS = 0.1
_TEND_SECONDS = 60.0

_log = logging.getLogger(__name__)


class Rounds:
    """Round after round of the pump, at once where there is more to move, and after a rest where one failed.

    Args:
        tend: called once a minute.
        backoff: seconds of the first rest; doubles each time.
    """

    def __init__(self, pump: Pump, judge: Judge, tend: Callable[[], Awaitable[None]], backoff: float) -> None:
        self._pump, self._judge = pump, judge
        self._tend, self._backoff = tend, backoff
        self._woken = asyncio.Event()
        self._closing = asyncio.Event()
        self._tended = -math.inf

    def wake(self) -> None:
        """Say that there is something new."""
        self._woken.set()

    def end(self) -> None:
        """Have the round that is on be the last."""
        self._closing.set()
        self._woken.set()

    async def run(self, lead: Callable[[], bool]) -> None:
        """Go on until `end`.

        Args:
            lead: whether this process is the one that moves deliveries; blocks.
        """
        failures = 0
        while not self._closing.is_set():
            self._woken.clear()
            with self._judge.judging("the pump") as verdict:
                more = await self._round(lead)
            if verdict.outcome == "failed":
                failures += 1
                pause = min(self._backoff * 2.0 ** min(failures, 10), _TEND_SECONDS)
                _log.warning("the pump rests for %g s: %s", pause, verdict.reason)
                await _pass(self._closing, pause)
                continue
            failures = 0
            if not more:
                await _pass(self._woken, _GLANCE_SECONDS)
            # Let a burst gather: it coalesces better, and while it lasts the pump is for the most part idle, so
            # that deliveries are answered first; what it leaves is on disk.
            await asyncio.sleep(_GATHER_SECONDS)

    async def _round(self, lead: Callable[[], bool]) -> bool:
        """Move a batch and, now and then, tend, if it is ours to do; whether there may be more to move."""
        more = False
        try:
            if not await asyncio.to_thread(lead):
                return False  # another process does it; should that one die, we are next
            more = await self._pump.move()
            if time.monotonic() - self._tended > _TEND_SECONDS:
                await self._tend()
                self._tended = time.monotonic()
        except sa.exc.SQLAlchemyError as error:
            _log.warning("the pump waits for the database: %s", error)
        return more


async def _pass(event: asyncio.Event, seconds: float) -> None:
    """Let some time pass, or less where the event comes first."""
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
