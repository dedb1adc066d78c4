"""End jobs that the engine gave up or whose repository was removed, and delete old records."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from bot.domain import Tenant
from bot.inbox import Inbox

_REMOVED_REASON = "the App was removed from the repository"
_BATCH = 1000
_MAX_DELETED = 500
"""Workflows deleted in one run."""


class Workflows(Protocol):
    """The engine's records of jobs, by job id."""

    async def list_finished(self, jobs: Sequence[str]) -> Mapping[str, str]:
        """Return those of the jobs that ended, with their status."""
        ...

    async def list_finished_before(self, time: datetime, limit: int) -> list[str]:
        """Return jobs that ended before a time."""
        ...

    async def cancel(self, jobs: Sequence[str]) -> None:
        """Cancel jobs: those running in another process end at their next step."""
        ...

    async def delete(self, jobs: Sequence[str]) -> None:
        """Delete the records of jobs."""
        ...


@dataclass(frozen=True, slots=True)
class Retention:
    """Cleans up the inbox and the engine.

    Args:
        days: how long finished deliveries and their jobs are kept.
        expire: deletes stored step results older than a time (seconds since the epoch).
    """

    inbox: Inbox
    workflows: Workflows
    days: float
    expire: Callable[[float], Awaitable[object]] | None

    async def run(self) -> None:
        """Record jobs that the engine gave up as failed, and delete what is old."""
        unfinished = await self.inbox.active_jobs(_BATCH)
        for job, status in (await self.workflows.list_finished(list(unfinished))).items():
            if status != "SUCCESS":
                reason = f"the engine gave up job {job} ({status})"
                await self.inbox.record_outcome(*unfinished[job], "failed", reason)
        oldest = datetime.now(UTC) - timedelta(days=self.days)
        await self.inbox.expire(oldest.timestamp())
        if self.expire is not None:
            await self.expire(oldest.timestamp())
        await self.workflows.delete(await self.workflows.list_finished_before(oldest, _MAX_DELETED))

    async def purge_tenant(self, tenant: Tenant, before: int, running: Mapping[str, asyncio.Task[Any]]) -> None:
        """End a tenant's jobs older than a `seq`, and delete its finished deliveries from inbox and engine.

        Args:
            running: the jobs that run in this process; those in another process end at their next step.
        """
        unfinished = await self.inbox.tenant_jobs(tenant, before)
        await self.workflows.cancel(list(unfinished))
        for seq, attempt in unfinished.values():
            await self.inbox.record_outcome(seq, attempt, "superseded", _REMOVED_REASON)
        tasks = [running[job] for job in unfinished if job in running]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.workflows.delete(await self.inbox.purge_tenant(tenant))
