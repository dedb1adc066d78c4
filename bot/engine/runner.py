"""The run of a job: begun with all that it has to work on, done through its steps, its outcome put on record."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, cast

from bot.domain import Event, Installed, Job, Push, Uninstalled
from bot.engine.outcome import Judge
from bot.engine.pump import OVERTAKEN, address_of
from bot.inbox import Inbox
from bot.ports import Step
from bot.telemetry.logs import about
from bot.telemetry.tracing import span

Handler = Callable[[Step, Job], Awaitable[dict[str, Any]]]

_log = logging.getLogger(__name__)


class Jobs:
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
        failed: Callable[[Step, Job], Awaitable[None]] | None,
        judge: Judge,
        ended: Callable[[str, str, float], None],
    ) -> None:
        self._inbox, self._step = inbox, step
        self._handle, self._failed = handle, failed
        self._judge, self._told = judge, ended
        self._running: dict[str, asyncio.Task[Any]] = {}

    @property
    def running(self) -> Mapping[str, asyncio.Task[Any]]:
        """Those that run now, by their ids."""
        return self._running

    async def run(self, job: Job) -> dict[str, str]:
        """Do a job and put on record what came of it."""
        labels = {"delivery": job.delivery_id, "repository": _named(job.event)}
        with about(**labels), span(f"job {job.event.kind}", **labels):
            return await self._run(job)

    async def _run(self, job: Job) -> dict[str, str]:
        began = time.monotonic()
        self._running[job.id] = cast("asyncio.Task[Any]", asyncio.current_task())
        try:
            with self._judge.judging(f"job {job.id}") as verdict:
                begun = await self._begun(job)
                if begun is None:
                    verdict.outcome, verdict.reason = "superseded", OVERTAKEN
                else:
                    verdict.reason = str((await self._handle(self._step, begun)).get("reason", ""))
            if verdict.outcome == "failed" and self._failed is not None:
                with self._judge.judging(f"the word on job {job.id}"):
                    await self._failed(self._step, job)
            ending = partial(self._inbox.record, job.seq, job.attempt, verdict.outcome, verdict.reason)
            await self._step("record", ending)
            seconds = time.monotonic() - began
            self._told(job.event.kind, verdict.outcome, seconds)
            _log.info("%s %s in %.1f s: %s", job.event.kind, verdict.outcome, seconds, verdict.reason)
            return {"outcome": verdict.outcome, "reason": verdict.reason}
        finally:
            del self._running[job.id]

    async def _begun(self, job: Job) -> Job | None:
        """The job with all that it has to work on; None when a newer one does it."""
        event, subject = job.event, address_of(job.event).subject
        if subject is None:
            return job

        async def look() -> list[Any]:
            newer = await self._inbox.newer(subject, job.seq)
            since = await self._inbox.unsettled_before(subject, job.seq) if isinstance(event, Push) else None
            return [newer is not None, since]

        overtaken, before = await self._step("look", look)
        if overtaken:
            return None
        return replace(job, event=replace(event, before=before)) if isinstance(event, Push) and before else job


def _named(event: Event) -> str:
    """What the log calls the repository that an event is about."""
    if isinstance(event, Installed):
        return f"installation {event.installation_id}"
    if isinstance(event, Uninstalled):
        return f"installation {event.installation_id or event.tenants[0].installation_id}"
    return f"{event.repository.owner}/{event.repository.name}"
