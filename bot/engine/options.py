"""Options of the engine."""

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
    """The engine's callbacks and limits.

    Args:
        parse: event name and body → an event, or the reason to ignore it. Runs in a thread; raises `RemoteError` if
            the body is invalid for its event.
        handle: runs a job in steps; the `reason` of its result is recorded.
        on_failure: reports a failed job to the person who requested it, in steps.
        on_finish: called for each job that ended in this process, with its kind, outcome and duration in seconds.
        workers: the number of concurrent jobs.
        poll_seconds: interval of the queue's polls.
        backoff_seconds: time before the first retry of a failed step; doubles each time.
        expire: deletes stored step results older than a time (seconds since the epoch).
        retention_days: how long finished deliveries and their jobs are kept.
        quiet_seconds: how long a branch must have no further push before its next one is handled.
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
