"""The composition root of `mas serve` and `mas worker`: makes the parts, ties them together, and holds no logic."""

from __future__ import annotations

import asyncio
import errno
import signal
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, suppress
from functools import partial
from typing import Any, cast

import aiohttp
import sqlalchemy as sa
from aiohttp import web

from bot import orchestrator
from bot.cache.factory import cache_at
from bot.cache.memory import ProcessCache
from bot.cache.protocol import Cache
from bot.commands.allowance import Allowance
from bot.domain import Event, Job, Tenant
from bot.engine import Engine
from bot.errors import UserError
from bot.github import events
from bot.github.app import GitHub
from bot.github.client import GitHubApp
from bot.github.urls import Addresses
from bot.inbox import Inbox
from bot.orchestrator import JobResult, JobServices
from bot.ports import Step
from bot.process_pool import CpuPool
from bot.repositories.mirrors import Mirrors
from bot.repositories.runner import Runner
from bot.search.service import Indexes, Indexing
from bot.server.service import GRACE_SECONDS, AnySettings, Service, Worker
from bot.server.web import api, health, webhook
from bot.server.web.access import Access
from bot.server.web.api import measuring
from bot.server.web.openapi import openapi_routes
from bot.server.web.search import search_routes
from bot.settings.model import AppSettings, Settings, WebhookSettings
from bot.stores.database import connect
from bot.stores.factory import Place, at
from bot.stores.sql.store import SqlStore
from bot.telemetry import logs, tracing
from bot.telemetry.agent_runs import AgentRuns
from bot.telemetry.metrics import Metrics

_KNOWLEDGE = 2
"""Children that hold the embedder, so that one searches while another makes an index."""
_CANNOT_LISTEN = frozenset({errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EACCES})

Handle = Callable[[JobServices, Step, Job], Awaitable[JobResult]]
"""`orchestrator.handle`; a test may put something around it."""


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
    if settings.database_url.get_secret_value().startswith("sqlite:") and not isinstance(settings, Settings):
        raise UserError(
            "A SQLite file takes one process only, which then does both: take deliveries and work on them.",
            "Run `mas serve` alone, or set DATABASE_URL to a PostgreSQL.",
        )
    service = _service(settings, pools(_KNOWLEDGE))
    if isinstance(settings, AppSettings):
        service.worker = _worker(settings, service, handle, pace, pools(settings.mas_workers))
    app = webhook.application([measuring(service.metrics)])
    app[SERVICE] = service
    app.add_routes(_routes(settings, service))
    app.cleanup_ctx.append(service.running)
    return app


def _service(settings: AnySettings, pool: CpuPool) -> Service:
    """What every process holds; its children search."""
    database = connect(settings.database_url.get_secret_value())
    store, cache = _store(settings, database), _cache(settings)
    where = (settings.store_url.get_secret_value(), settings.mas_data_dir, settings.of_embedder)
    indexes = Indexes(store.catalogue, *where, pool, cache)
    return Service(settings, database, store, Inbox(database), AgentRuns(database), Metrics(), cache, pool, indexes)


def _routes(settings: AnySettings, service: Service) -> list[web.RouteDef]:
    access = Access(settings.mas_api_tokens)
    routes = health.routes(service.checks())
    routes += api.metric_routes(service.metrics, service.gather, access)
    routes += api.agent_routes(service.runs, service.depths, access)
    routes += openapi_routes()
    routes += search_routes(service.indexes, access, Addresses(settings.github_api_url).web)
    if isinstance(settings, WebhookSettings):
        secrets = [secret.get_secret_value() for secret in settings.github_webhook_secret]
        wake = service.worker.engine.wake if service.worker else _heard_elsewhere
        told, lean = service.metrics.delivered, dict.fromkeys(events.WITH_CODE, events.lean)
        routes += webhook.routes(service.inbox, secrets, events.EVENTS, wake, told, lean)
    return routes


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


def _worker(settings: AppSettings, service: Service, handle: Handle, pace: float, pool: CpuPool) -> Worker:
    session = aiohttp.ClientSession()
    key = settings.github_private_key.get_secret_value()
    calling: dict[str, Any] = {"pace": pace, "answered": service.metrics.github, "cache": service.cache}
    github = GitHub(GitHubApp(session, settings.github_api_url, str(settings.github_app_id), key, **calling))
    mirrors = Mirrors(settings.mas_data_dir / "mirrors", github, Runner(pool, service.runs, settings.of_scanners))

    async def expire(before: float) -> None:
        await service.store.expire(before)
        await service.runs.expire()

    services = _job_services(service, github, mirrors)

    async def run(step: Step, job: Job) -> dict[str, Any]:
        return (await handle(services, step, job)).as_dict()

    engine = Engine(
        service.database,
        service.inbox,
        parse=events.parse,
        handle=run,
        failed=partial(orchestrator.on_failed, services),
        workers=settings.mas_workers,
        expire=expire,
        quiet=settings.mas_quiet_seconds,
        ended=service.metrics.job,
    )
    return Worker(session, github, pool, mirrors, engine)


def _job_services(service: Service, github: GitHub, mirrors: Mirrors) -> JobServices:
    """Return the services of the jobs. Some are the engine's, which is created after them."""

    async def forget_tenant(tenant: Tenant, before: int) -> None:
        await service.engine.forget(tenant, before)
        await mirrors.remove(tenant)
        await service.indexes.remove(tenant)
        await service.cache.forget(tenant)

    async def list_tenants(installation_id: int) -> frozenset[Tenant]:
        mirrored = await asyncio.to_thread(mirrors.tenants, installation_id)
        return mirrored | await service.inbox.tenants(installation_id)

    async def enqueue_event(job: Job, name: str, event: Event) -> None:
        await service.engine.hand_on(job, name, event)

    return JobServices(
        store=service.store,
        repositories=mirrors,
        search_index=Indexing(service.indexes, mirrors),
        forge=github.forge,
        forget_tenant=forget_tenant,
        list_tenants=list_tenants,
        list_repositories=github.repositories,
        web_url=github.web,
        bot_login=github.login,
        organization_file=github.shared,
        recent_deliveries=service.inbox.recent,
        rate_limiter=Allowance(service.cache),
        metrics=service.metrics,
        enqueue_event=enqueue_event,
        has_access=github.holds,
    )


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
