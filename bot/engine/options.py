"""How an engine works."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.domain import Event, Job
from bot.engine.pump import IgnoredDelivery
from bot.engine.runner import Handler
from bot.ports import Step


def _ignore_outcome(kind: str, outcome: str, seconds: float) -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineOptions:
    """What an engine does with deliveries, and its limits.

    Args:
        parse: event name and body → an event, or why it is ignored. Runs in a thread; raises
            `RemoteError` where the body is not what its event promises.
        handle: does a job through its steps; the `reason` of its result is recorded.
        on_failure: tells the person who asked for a job that it failed, through its steps.
        on_finish: called for each job that ended here, with its kind, its outcome and its duration in seconds.
        workers: how many jobs run at once.
        poll_seconds: time between two looks into the queue.
        backoff_seconds: time before a failed step is tried again; doubles each time.
        expire: deletes stored step results older than a time (seconds since the epoch).
        retention_days: how long finished deliveries and their jobs are kept.
        quiet_seconds: how long a branch must be without a further push before its next one is handled.
    """

    parse: Callable[[str, bytes], Event | IgnoredDelivery]
    handle: Handler
    on_failure: Callable[[Step, Job], Awaitable[None]] | None = None
    on_finish: Callable[[str, str, float], None] = _ignore_outcome
    workers: int = 4
    poll_seconds: float = 0.1
    backoff_seconds: float = 2.0
    expire: Callable[[float], Awaitable[object]] | None = None
    retention_days: float = 30
    quiet_seconds: float = 0
