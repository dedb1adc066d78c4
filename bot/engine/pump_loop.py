"""The rounds in which a process moves what came in, for as long as it works, and now and then tends what was done."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

import sqlalchemy as sa

from bot.engine.outcome import OutcomeRecorder
from bot.engine.pump import Pump

_POLL_SECONDS = 1.0
_COALESCE_SECONDS = 0.1
_HOUSEKEEPING_SECONDS = 60.0

_log = logging.getLogger(__name__)


class PumpLoop:
    """Round after round of the pump, at once where there is more to move, and after a rest where one failed.

    Args:
        tend: called once a minute.
        backoff: seconds of the first rest; doubles each time.
    """

    def __init__(
        self, pump: Pump, recorder: OutcomeRecorder, housekeeping: Callable[[], Awaitable[None]], backoff_seconds: float
    ) -> None:
        self._pump, self._recorder = pump, recorder
        self._housekeeping, self._backoff_seconds = housekeeping, backoff_seconds
        self._notified = asyncio.Event()
        self._stopping = asyncio.Event()
        self._last_housekeeping = -math.inf

    def notify(self) -> None:
        """Say that there is something new."""
        self._notified.set()

    def stop(self) -> None:
        """Have the round that is on be the last."""
        self._stopping.set()
        self._notified.set()

    async def run(self, acquire_leadership: Callable[[], bool]) -> None:
        """Go on until `end`.

        Args:
            lead: whether this process is the one that moves deliveries; blocks.
        """
        failures = 0
        while not self._stopping.is_set():
            self._notified.clear()
            with self._recorder.capture("the pump") as verdict:
                more = await self._pump_once(acquire_leadership)
            if verdict.outcome == "failed":
                failures += 1
                pause = min(self._backoff_seconds * 2.0 ** min(failures, 10), _HOUSEKEEPING_SECONDS)
                _log.warning("the pump rests for %g s: %s", pause, verdict.reason)
                await _wait_for_event(self._stopping, pause)
                continue
            failures = 0
            if not more:
                await _wait_for_event(self._notified, _POLL_SECONDS)
            # Let a burst gather: it coalesces better, and while it lasts the pump is for the most part idle, so
            # that deliveries are answered first; what it leaves is on disk.
            await asyncio.sleep(_COALESCE_SECONDS)

    async def _pump_once(self, acquire_leadership: Callable[[], bool]) -> bool:
        """Move a batch and, now and then, tend, if it is ours to do; whether there may be more to move."""
        more = False
        try:
            if not await asyncio.to_thread(acquire_leadership):
                return False  # another process does it; should that one die, we are next
            more = await self._pump.move_batch()
            if time.monotonic() - self._last_housekeeping > _HOUSEKEEPING_SECONDS:
                await self._housekeeping()
                self._last_housekeeping = time.monotonic()
        except sa.exc.SQLAlchemyError as error:
            _log.warning("the pump waits for the database: %s", error)
        return more


async def _wait_for_event(event: asyncio.Event, seconds: float) -> None:
    """Let some time pass, or less where the event comes first."""
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
