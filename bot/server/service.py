"""The service: the components of a running process, their lifecycle, readiness checks and queue metrics."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial

import aiohttp
import sqlalchemy as sa
from aiohttp import web

from bot import orchestrator
from bot.cache.protocol import Cache
from bot.domain import AppInstalled
from bot.engine import Engine
from bot.errors import Bug, MasError
from bot.github.app import GitHub
from bot.inbox import Inbox
from bot.ops.audit import record_settings
from bot.process_pool import CpuPool
from bot.repositories.mirrors import Mirrors
from bot.search.service import SearchService
from bot.server.web import health
from bot.settings.model import AppSettings, Settings, WebhookSettings
from bot.stores.factory import ManagedStore
from bot.stores.transfer import require_complete_transfer
from bot.telemetry.agent_runs import AgentRuns
from bot.telemetry.metrics import Metrics

GRACE_SECONDS = 20.0
_SWEEP_SECONDS = 3600.0
_CATCH_UP_SECONDS = 300.0

_log = logging.getLogger(__name__)

AnySettings = Settings | WebhookSettings | AppSettings
"""The settings class decides the role of a process: `WebhookSettings` receive, `AppSettings` work, `Settings` both."""

_AGENT_EVENTS = {
    "change_detection": ("push", "pull_request", "pull-request-changed"),
    "document_update": ("push", "pull_request", "pull-request-changed"),
    "security_review": ("pull_request", "pull-request-changed", "review-due"),
    "rag_management": ("push", "index-due", "installed", "branch-deleted"),
}
"""The inbox kinds that each agent works on: GitHub's event names, and internal event kinds."""


@dataclass(slots=True)
class Worker:
    """The components of a process that runs jobs."""

    session: aiohttp.ClientSession
    github: GitHub
    pool: CpuPool
    mirrors: Mirrors
    engine: Engine

    async def enqueue_missing_indexes(self, embedder: str) -> None:
        """Enqueue indexing for installations that have no index, or one built by another embedder."""
        start = f"{int(time.time() // 60)}{embedder}"  # processes that start together enqueue once
        while True:
            try:
                for number in await self.github.app.installation_ids():
                    await self.engine.enqueue_standalone_event(f"started-{number}-{start}", AppInstalled(number))
                return
            except MasError as error:
                _log.warning("cannot list installations to index; next try in %.0f s: %s", _CATCH_UP_SECONDS, error)
            await asyncio.sleep(_CATCH_UP_SECONDS)


@dataclass(slots=True)
class Service:
    """The components of a running process. `worker` is None for a process that only receives webhooks."""

    settings: AnySettings
    database: sa.Engine
    store: ManagedStore
    inbox: Inbox
    runs: AgentRuns
    metrics: Metrics
    cache: Cache
    pool: CpuPool
    search: SearchService
    worker: Worker | None = None

    @property
    def engine(self) -> Engine:
        """The worker's engine."""
        if self.worker is None:
            raise Bug("this process only receives webhooks and has no engine")
        return self.worker.engine

    async def lifespan(self, _app: web.Application) -> AsyncIterator[None]:
        """Start the components before the first request, and stop them in reverse order after the last one."""
        async with AsyncExitStack() as stack:
            stack.callback(self.database.dispose)
            stack.push_async_callback(self.store.close)
            stack.push_async_callback(self.cache.close)
            if self.worker is not None:
                await stack.enter_async_context(self.worker.session)
                stack.callback(self.worker.pool.close)
            stack.callback(self.pool.close)
            await self.store.open()
            await require_complete_transfer(self.store)
            await record_settings(self.store, self.settings, time.time())
            stack.push_async_callback(self.inbox.close)
            await self.inbox.open()
            await self.runs.open()
            if self.worker is not None:
                await self.worker.engine.start()
                stack.push_async_callback(self.worker.engine.stop, GRACE_SECONDS)
                stack.callback(
                    asyncio.create_task(self.worker.enqueue_missing_indexes(self.settings.mas_embedder)).cancel
                )
            stack.callback(asyncio.create_task(self._sweep()).cancel)
            yield

    async def _sweep(self) -> None:
        """Delete local files of repositories that another process has removed, once an hour."""
        while True:
            try:
                if self.worker is not None:
                    await self.worker.mirrors.remove_stale(partial(orchestrator.is_known, self.store))
                await self.search.sweep()
            except (OSError, sa.exc.SQLAlchemyError, MasError) as error:
                _log.warning(
                    "cannot delete files of removed repositories; next try in an hour: %s", type(error).__name__
                )
            await asyncio.sleep(_SWEEP_SECONDS)

    def checks(self) -> dict[str, health.ReadinessCheck]:
        """Return the readiness checks for the role of this process."""
        if self.worker is None:
            return {"store and queue": self.inbox.check}
        return {"store and queue": self.worker.engine.check, "github": self.worker.github.check}

    async def refresh_metrics(self) -> None:
        """Update the metrics that are read from the inbox."""
        waiting = await self.inbox.backlog()
        now = time.time()
        first = min((at for _, at in waiting.values()), default=now)
        self.metrics.record_backlog(sum(count for count, _ in waiting.values()), max(0.0, now - first))
        self.metrics.record_index_age(max(0.0, now - waiting.get("index-due", (0, now))[1]))

    async def queue_depths(self) -> dict[str, int]:
        """Return the number of queued deliveries per agent. One delivery may count for several agents."""
        waiting = await self.inbox.backlog()
        return {
            agent: sum(count for kind, (count, _) in waiting.items() if kind in kinds)
            for agent, kinds in _AGENT_EVENTS.items()
        }

    async def wait_until_lost(self) -> None:
        """Wait until this process loses its lock. Raises what `Engine.wait_until_lost` raises."""
        await (self.worker.engine.wait_until_lost() if self.worker else asyncio.Event().wait())
