"""Run jobs: coalesce each with earlier pushes, run its steps, and record its outcome."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, cast

from bot.domain import AppInstalled, AppUninstalled, Event, Job, Push
from bot.engine.outcome import OutcomeRecorder
from bot.engine.pump import SUPERSEDED_REASON, target_of
from bot.inbox import Inbox
from bot.ports import Step
from bot.telemetry.logs import log_context
from bot.telemetry.tracing import span

Handler = Callable[[Step, Job], Awaitable[dict[str, Any]]]

_log = logging.getLogger(__name__)


class JobRunner:
    """Runs jobs in this process.

    Args:
        step: runs a checkpoint. Names of steps are persisted: changing one strands the unfinished jobs.
        handle: runs a job; the `reason` of its result is recorded.
        on_failure: reports a failed job to the person who requested it.
        on_finish: called for each job that ended in this process, with its kind, outcome and duration in seconds.
    """

    def __init__(
        self,
        inbox: Inbox,
        step: Step,
        handle: Handler,
        on_failure: Callable[[Step, Job], Awaitable[None]] | None,
        recorder: OutcomeRecorder,
        on_finish: Callable[[str, str, float], None],
    ) -> None:
        self._inbox, self._step = inbox, step
        self._handle, self._on_failure = handle, on_failure
        self._recorder, self._on_finish = recorder, on_finish
        self._running: dict[str, asyncio.Task[Any]] = {}

    @property
    def running(self) -> Mapping[str, asyncio.Task[Any]]:
        """The running jobs, by their ids."""
        return self._running

    async def wait(self, seconds: float) -> None:
        """Wait for the running jobs, for a limited time."""
        if self._running:
            await asyncio.wait(self._running.values(), timeout=seconds)

    async def cancel(self) -> None:
        """Cancel the running jobs."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def run(self, job: Job) -> dict[str, str]:
        """Run a job and record its outcome."""
        labels = {"delivery": job.delivery_id, "repository": _repository_label(job.event)}
        with log_context(**labels), span(f"job {job.event.kind}", **labels):
            return await self._execute(job)

    async def _execute(self, job: Job) -> dict[str, str]:
        began = time.monotonic()
        self._running[job.id] = cast("asyncio.Task[Any]", asyncio.current_task())
        try:
            with self._recorder.capture(f"job {job.id}") as result:
                prepared = await self._prepare(job)
                if prepared is None:
                    result.outcome, result.reason = "superseded", SUPERSEDED_REASON
                else:
                    result.reason = str((await self._handle(self._step, prepared)).get("reason", ""))
            if result.outcome == "failed" and self._on_failure is not None:
                with self._recorder.capture(f"the failure report of job {job.id}"):
                    await self._on_failure(self._step, job)
            record = partial(self._inbox.record_outcome, job.seq, job.attempt, result.outcome, result.reason)
            await self._step("record", record)
            seconds = time.monotonic() - began
            self._on_finish(job.event.kind, result.outcome, seconds)
            _log.info("%s %s in %.1f s: %s", job.event.kind, result.outcome, seconds, result.reason)
            return {"outcome": result.outcome, "reason": result.reason}
        finally:
            del self._running[job.id]

    async def _prepare(self, job: Job) -> Job | None:
        """Extend a push to earlier unhandled ones; return None if a newer job supersedes this one."""
        event, key = job.event, target_of(job.event).coalesce_key
        if key is None:
            return job

        async def look() -> list[Any]:
            newer = await self._inbox.find_newer(key, job.seq)
            before = await self._inbox.first_unprocessed_oid(key, job.seq) if isinstance(event, Push) else None
            return [newer is not None, before]

        is_superseded, before = await self._step("look", look)
        if is_superseded:
            return None
        return replace(job, event=replace(event, before=before)) if isinstance(event, Push) and before else job


def _repository_label(event: Event) -> str:
    """Return the name of an event's repository or installation for the log."""
    if isinstance(event, AppInstalled):
        return f"installation {event.installation_id}"
    if isinstance(event, AppUninstalled):
        return f"installation {event.installation_id or event.tenants[0].installation_id}"
    return f"{event.repository.owner}/{event.repository.name}"
