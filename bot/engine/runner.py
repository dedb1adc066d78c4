"""The run of a job: begun with all that it has to work on, done through its steps, its outcome put on record."""

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
    """The jobs that run in this process.

    Args:
        step: each is a checkpoint, so its names are written into the database: changing one strands the jobs that
            stand there.
        handle: does a job; the `reason` of what it returns goes on record.
        failed: tells whoever asked for a job that it failed.
        ended: told of each job that ended here: its kind, what came of it, and how many seconds it took here.
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
        """Those that run now, by their ids."""
        return self._running

    async def wait(self, seconds: float) -> None:
        """Give the running jobs some time to end."""
        if self._running:
            await asyncio.wait(self._running.values(), timeout=seconds)

    async def cancel(self) -> None:
        """Cut off the jobs that still run."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def run(self, job: Job) -> dict[str, str]:
        """Do a job and put on record what came of it."""
        labels = {"delivery": job.delivery_id, "repository": _repository_label(job.event)}
        with log_context(**labels), span(f"job {job.event.kind}", **labels):
            return await self._execute(job)

    async def _execute(self, job: Job) -> dict[str, str]:
        began = time.monotonic()
        self._running[job.id] = cast("asyncio.Task[Any]", asyncio.current_task())
        try:
            with self._recorder.capture(f"job {job.id}") as verdict:
                begun = await self._prepare(job)
                if begun is None:
                    verdict.outcome, verdict.reason = "superseded", SUPERSEDED_REASON
                else:
                    verdict.reason = str((await self._handle(self._step, begun)).get("reason", ""))
            if verdict.outcome == "failed" and self._on_failure is not None:
                with self._recorder.capture(f"the word on job {job.id}"):
                    await self._on_failure(self._step, job)
            ending = partial(self._inbox.record_outcome, job.seq, job.attempt, verdict.outcome, verdict.reason)
            await self._step("record", ending)
            seconds = time.monotonic() - began
            self._on_finish(job.event.kind, verdict.outcome, seconds)
            _log.info("%s %s in %.1f s: %s", job.event.kind, verdict.outcome, seconds, verdict.reason)
            return {"outcome": verdict.outcome, "reason": verdict.reason}
        finally:
            del self._running[job.id]

    async def _prepare(self, job: Job) -> Job | None:
        """The job with all that it has to work on; None when a newer one does it."""
        event, subject = job.event, target_of(job.event).coalesce_key
        if subject is None:
            return job

        async def look() -> list[Any]:
            newer = await self._inbox.find_newer(subject, job.seq)
            since = await self._inbox.first_unprocessed_oid(subject, job.seq) if isinstance(event, Push) else None
            return [newer is not None, since]

        overtaken, before = await self._step("look", look)
        if overtaken:
            return None
        return replace(job, event=replace(event, before=before)) if isinstance(event, Push) and before else job


def _repository_label(event: Event) -> str:
    """What the log calls the repository that an event is about."""
    if isinstance(event, AppInstalled):
        return f"installation {event.installation_id}"
    if isinstance(event, AppUninstalled):
        return f"installation {event.installation_id or event.tenants[0].installation_id}"
    return f"{event.repository.owner}/{event.repository.name}"
