"""The loop that runs the pump and, once per minute, the housekeeping."""

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
    """Runs the pump until stopped: when notified, by polling, and after a backoff if it failed.

    Args:
        housekeeping: called once per minute.
        backoff_seconds: pause after the first failure; doubles each time.
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
        """Wake the pump: there are new deliveries."""
        self._notified.set()

    def stop(self) -> None:
        """Stop after the current iteration."""
        self._stopping.set()
        self._notified.set()

    async def run(self, acquire_leadership: Callable[[], bool]) -> None:
        """Run until `stop`.

        Args:
            acquire_leadership: returns whether this process moves deliveries; blocks.
        """
        failures = 0
        while not self._stopping.is_set():
            self._notified.clear()
            with self._recorder.capture("the pump") as result:
                more = await self._pump_once(acquire_leadership)
            if result.outcome == "failed":
                failures += 1
                pause = min(self._backoff_seconds * 2.0 ** min(failures, 10), _HOUSEKEEPING_SECONDS)
                _log.warning("the pump failed, retry in %g s: %s", pause, result.reason)
                await _wait_for_event(self._stopping, pause)
                continue
            failures = 0
            if not more:
                await _wait_for_event(self._notified, _POLL_SECONDS)
            # Let a burst accumulate: it coalesces better, and the mostly idle pump leaves time to answer deliveries,
            # which are already on disk.
            await asyncio.sleep(_COALESCE_SECONDS)

    async def _pump_once(self, acquire_leadership: Callable[[], bool]) -> bool:
        """If this process is the leader, move a batch and run due housekeeping. Return whether there may be more."""
        more = False
        try:
            if not await asyncio.to_thread(acquire_leadership):
                return False  # another process is the leader
            more = await self._pump.move_batch()
            if time.monotonic() - self._last_housekeeping > _HOUSEKEEPING_SECONDS:
                await self._housekeeping()
                self._last_housekeeping = time.monotonic()
        except sa.exc.SQLAlchemyError as error:
            _log.warning("the database is not available to the pump: %s", error)
        return more


async def _wait_for_event(event: asyncio.Event, seconds: float) -> None:
    """Wait for an event, for a limited time."""
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
