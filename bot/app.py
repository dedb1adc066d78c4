"""The composition root of `mas serve` and `mas worker`: makes the parts, ties them together, and holds no logic."""

from __future__ import annotations

import asyncio
import errno
import logging
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import aiohttp
import sqlalchemy as sa
from aiohttp import web

from bot import logs, orchestrator, tracing
from bot.auditing import record_settings
from bot.cache import Cache, ProcessCache, cache_at
from bot.children import CpuPool
from bot.commands.allowance import Allowance
from bot.database import connect
from bot.domain import Event, Installed, Job, Tenant
from bot.engine import Engine
from bot.errors import Bug, MasError, RemoteError, UserError
from bot.github import events
from bot.github.addresses import Addresses
from bot.github.app import GitHub
from bot.github.client import GitHubApp
from bot.inbox import Inbox
from bot.knowledge import Indexes, Indexing
from bot.metrics import Metrics
from bot.mirrors import Mirrors
from bot.orchestrator import Parts
from bot.ports import Step
from bot.runs import AgentRuns
from bot.settings import AppSettings, Settings, WebhookSettings
from bot.stores.moving import refuse_half_moved
from bot.stores.place import Place, at
from bot.stores.sql import SqlStore
from bot.web import api, health, webhook
from bot.web.access import Access
from bot.web.api import measuring
from bot.web.openapi import openapi_routes
from bot.web.search import search_routes

GRACE_SECONDS = 20.0
_SWEEP_SECONDS = 3600.0
_CATCH_UP_SECONDS = 300.0
_SEARCHES = 2
"""Children that search in a process that does nothing else with them."""
_CANNOT_LISTEN = frozenset({errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EACCES})

_log = logging.getLogger(__name__)

AnySettings = Settings | WebhookSettings | AppSettings
"""Which settings a process is given says what it does: take deliveries, work on them, or both."""

_WORK = {
    "change_detection": ("push", "pull_request", "pull-request-changed"),
    "document_update": ("push", "pull_request", "pull-request-changed"),
    "security_review": ("pull_request", "pull-request-changed", "review-due"),
    "rag_management": ("push", "index-due", "installed", "branch-deleted"),
}
"""Which deliveries an agent works on: kinds, and before they are parsed GitHub's names of events."""

Handle = Callable[[Parts, Step, Job], Awaitable[dict[str, Any]]]
"""`orchestrator.handle`; a test may put something around it."""


@dataclass(slots=True)
class Worker:
    """What a process holds that works on deliveries."""

    session: aiohttp.ClientSession
    github: GitHub
    mirrors: Mirrors
    engine: Engine

    async def catch_up(self, embedder: str) -> None:
        """Have indexed what is not, or not as it is to be now: what came while nobody heard, or a new embedder."""
        start = f"{int(time.time() // 60)}{embedder}"  # processes that start together ask once
        while True:
            try:
                for number in await self.github.app.installation_ids():
                    await self.engine.offer(f"started-{number}-{start}", Installed(number))
                return
            except MasError as error:
                _log.warning("what is to be indexed is looked up later: %s", error)
            await asyncio.sleep(_CATCH_UP_SECONDS)


@dataclass(slots=True)
class Service:
    """What a running process holds; one that only takes deliveries has no `worker`."""

    settings: AnySettings
    database: sa.Engine
    store: Place
    inbox: Inbox
    runs: AgentRuns
    metrics: Metrics
    cache: Cache
    pool: CpuPool
    indexes: Indexes
    worker: Worker | None = None

    @property
    def engine(self) -> Engine:
        """The worker's engine."""
        if self.worker is None:
            raise Bug("this process only takes deliveries")
        return self.worker.engine

    async def running(self, _app: web.Application) -> AsyncIterator[None]:
        """Started before the first request, stopped after the last, in the opposite order."""
        async with AsyncExitStack() as stack:
            stack.callback(self.database.dispose)
            stack.push_async_callback(self.store.close)
            stack.push_async_callback(self.cache.close)
            if self.worker is not None:
                await stack.enter_async_context(self.worker.session)
            stack.callback(self.pool.close)
            await self.store.open()
            await refuse_half_moved(self.store)
            await record_settings(self.store, self.settings, time.time())
            stack.push_async_callback(self.inbox.close)
            await self.inbox.open()
            await self.runs.open()
            if self.worker is not None:
                await self.worker.engine.start()
                stack.push_async_callback(self.worker.engine.stop, GRACE_SECONDS)
                stack.callback(asyncio.create_task(self.worker.catch_up(self.settings.mas_embedder)).cancel)
            stack.callback(asyncio.create_task(self._sweep()).cancel)
            yield

    async def _sweep(self) -> None:
        """Now and then, delete what lies here of repositories that another process was told to forget."""
        while True:
            try:
                if self.worker is not None:
                    await self.worker.mirrors.sweep(partial(orchestrator.is_known, self.store))
                await self.indexes.sweep()
            except (OSError, sa.exc.SQLAlchemyError, RemoteError) as error:
                _log.warning("what was forgotten elsewhere is swept the next time: %s", type(error).__name__)
            await asyncio.sleep(_SWEEP_SECONDS)

    def checks(self) -> dict[str, health.Check]:
        """What must be well for this process to do its part."""
        if self.worker is None:
            return {"store and queue": self.inbox.check}
        return {"store and queue": self.worker.engine.check, "github": self.worker.github.check}

    async def gather(self) -> None:
        """Bring those of the metrics up to date that are looked up in the inbox."""
        waiting = await self.inbox.backlog()
        now = time.time()
        first = min((at for _, at in waiting.values()), default=now)
        self.metrics.waiting(sum(count for count, _ in waiting.values()), max(0.0, now - first))
        self.metrics.index_behind(max(0.0, now - waiting.get("index-due", (0, now))[1]))

    async def depths(self) -> dict[str, int]:
        """How many deliveries wait for each agent; one may wait for several."""
        waiting = await self.inbox.backlog()
        return {
            agent: sum(count for kind, (count, _) in waiting.items() if kind in kinds) for agent, kinds in _WORK.items()
        }

    async def hold(self) -> None:
        """Wait for as long as this process may work; raises as `Engine.hold`."""
        await (self.worker.engine.hold() if self.worker else asyncio.Event().wait())


SERVICE = web.AppKey("service", Service)


async def create(
    settings: AnySettings,
    handle: Handle = orchestrator.handle,
    pace: float = 1.0,
    pools: Callable[[int], CpuPool] = CpuPool,
) -> web.Application:
    """The web application; its parts start and stop with it.

    Args:
        pace: seconds between two writes to GitHub for one installation, as GitHub asks for.
        pools: makes the child processes, so many.

    Raises:
        UserError: the process has one part only, and its database takes no second process.
    """
    url = settings.database_url.get_secret_value()
    if url.startswith("sqlite:") and not isinstance(settings, Settings):
        raise UserError(
            "A SQLite file takes one process only, which then does both: take deliveries and work on them.",
            "Run `mas serve` alone, or set DATABASE_URL to a PostgreSQL.",
        )
    database = connect(url)
    store = _store(settings, database)
    cache, pool = _cache(settings), pools(settings.mas_workers if isinstance(settings, AppSettings) else _SEARCHES)
    lying = (store.catalogue, settings.store_url.get_secret_value(), settings.mas_data_dir, settings.of_embedder)
    indexes = Indexes(*lying, pool, cache)
    service = Service(settings, database, store, Inbox(database), AgentRuns(database), Metrics(), cache, pool, indexes)
    if isinstance(settings, AppSettings):
        service.worker = _worker(settings, service, handle, pace)
    app = webhook.application([measuring(service.metrics)])
    app[SERVICE] = service
    if isinstance(settings, WebhookSettings):
        secrets = [secret.get_secret_value() for secret in settings.github_webhook_secret]
        wake = service.worker.engine.wake if service.worker else _heard_elsewhere
        told, lean = service.metrics.delivered, dict.fromkeys(events.WITH_CODE, events.lean)
        app.add_routes(webhook.routes(service.inbox, secrets, events.EVENTS, wake, told, lean))
    access = Access(settings.mas_api_tokens)
    app.add_routes(health.routes(service.checks()))
    app.add_routes(api.metric_routes(service.metrics, service.gather, access))
    app.add_routes(api.agent_routes(service.runs, service.depths, access))
    app.add_routes(openapi_routes())
    app.add_routes(search_routes(service.indexes, access, Addresses(settings.github_api_url).web))
    app.cleanup_ctx.append(service.running)
    return app


def _store(settings: AnySettings, database: sa.Engine) -> Place:
    if settings.store_url == settings.database_url:
        return SqlStore(database, settings.audit_keys)
    return at(settings.store_url.get_secret_value(), audit_keys=settings.audit_keys)


def _cache(settings: AnySettings) -> Cache:
    """What all processes share, for those that have the App's key to encrypt it with."""
    if not isinstance(settings, AppSettings):
        return ProcessCache()
    return cache_at(settings.redis_url.get_secret_value(), settings.github_private_key.get_secret_value())


def _heard_elsewhere() -> None:
    """The inbox's database passes the word on."""


def _worker(settings: AppSettings, service: Service, handle: Handle, pace: float) -> Worker:
    store, inbox, metrics = service.store, service.inbox, service.metrics
    session = aiohttp.ClientSession()
    key = settings.github_private_key.get_secret_value()
    cache = service.cache
    calling: dict[str, Any] = {"pace": pace, "answered": metrics.github, "cache": cache}
    github = GitHub(GitHubApp(session, settings.github_api_url, str(settings.github_app_id), key, **calling))
    mirrors = Mirrors(settings.mas_data_dir / "mirrors", github, service.pool, service.runs, settings.of_scanners)

    async def forget(tenant: Tenant, before: int) -> None:
        await engine.forget(tenant, before)
        await mirrors.remove(tenant)
        await service.indexes.remove(tenant)
        await cache.forget(tenant)

    async def tenants(installation_id: int) -> frozenset[Tenant]:
        mirrored = await asyncio.to_thread(mirrors.tenants, installation_id)
        return mirrored | await inbox.tenants(installation_id)

    async def hand_on(job: Job, name: str, event: Event) -> None:
        await engine.hand_on(job, name, event)

    parts = Parts(
        store,
        mirrors,
        Indexing(service.indexes, mirrors),
        github.forge,
        forget,
        tenants,
        github.repositories,
        github.web,
        github.login,
        github.shared,
        inbox.recent,
        Allowance(cache),
        metrics,
        hand_on,
        github.holds,
    )

    async def expire(before: float) -> None:
        await store.expire(before)
        await service.runs.expire()

    engine = Engine(
        service.database,
        inbox,
        parse=events.parse,
        handle=partial(handle, parts),
        failed=partial(orchestrator.on_failed, parts),
        workers=settings.mas_workers,
        expire=expire,
        quiet=settings.mas_quiet_seconds,
        ended=metrics.job,
    )
    return Worker(session, github, mirrors, engine)


def serve(settings: AnySettings, announce: Callable[[int], None]) -> None:
    """Serve until told to stop (SIGTERM or Ctrl-C); then finish or checkpoint what runs.

    Args:
        announce: told the port once it listens there.

    Raises:
        UserError: it cannot listen there, or another process works on the data.
        RemoteError: the database let go of us, and another process may work on the data.
    """
    logs.set_up(settings.log_level, settings.log_format, settings.secrets)
    collector = settings.otel_exporter_otlp_endpoint
    try:
        with ExitStack() as stack, suppress(asyncio.CancelledError):
            if collector:
                stack.callback(tracing.set_up(collector))
            asyncio.run(_serve(settings, announce))
    except OSError as error:
        if error.errno not in _CANNOT_LISTEN:
            raise
        where = f"{settings.host}, port {settings.port}"
        raise UserError(f"MAS cannot listen on {where}: {error.strerror}.", "Set HOST or PORT to another.") from error


async def _serve(settings: AnySettings, announce: Callable[[int], None]) -> None:
    """Serves until it is cancelled, as the signals do it, or `Service.hold` raises."""
    loop, this = asyncio.get_running_loop(), cast("asyncio.Task[None]", asyncio.current_task())
    for told_to_stop in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(told_to_stop, this.cancel)
    app = await create(settings)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=GRACE_SECONDS)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.host, settings.port).start()
        announce(runner.addresses[0][1])
        await app[SERVICE].hold()
    finally:
        await runner.cleanup()
