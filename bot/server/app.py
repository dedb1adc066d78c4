"""The composition root of `mas serve` and `mas worker`: creates the components and connects them."""

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
from bot.cache.factory import create_cache
from bot.cache.memory import MemoryCache
from bot.cache.protocol import Cache
from bot.commands.rate_limiter import RateLimiter
from bot.domain import Event, Job, Tenant
from bot.engine import Engine, EngineOptions
from bot.errors import UserError
from bot.github import events
from bot.github.app import GitHub
from bot.github.client import GitHubApp
from bot.github.urls import GitHubUrls
from bot.inbox import Inbox
from bot.orchestrator import JobResult, JobServices
from bot.ports import Step
from bot.process_pool import CpuPool
from bot.repositories.mirrors import Mirrors
from bot.repositories.runner import AgentRunner
from bot.search.service import IndexingService, SearchService
from bot.server.service import GRACE_SECONDS, AnySettings, Service, Worker
from bot.server.web import api, health, webhook
from bot.server.web.access import Access
from bot.server.web.api import metrics_middleware
from bot.server.web.openapi import openapi_routes
from bot.server.web.search import search_routes
from bot.settings.model import AppSettings, Settings, WebhookSettings
from bot.stores.database import connect
from bot.stores.factory import ManagedStore, create_store
from bot.stores.sql.store import SqlStore
from bot.telemetry import logs, tracing
from bot.telemetry.agent_runs import AgentRuns
from bot.telemetry.metrics import Metrics

_SEARCH_PROCESSES = 2
"""Processes with an embedder: one can search while another builds an index."""
_LISTEN_ERRNOS = frozenset({errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EACCES})

JobHandler = Callable[[JobServices, Step, Job], Awaitable[JobResult]]
"""`orchestrator.handle`, or a wrapper of it in tests."""

SERVICE = web.AppKey("service", Service)


async def create_app(
    settings: AnySettings,
    handle: JobHandler = orchestrator.handle,
    pace: float = 1.0,
    create_pool: Callable[[int], CpuPool] = CpuPool,
) -> web.Application:
    """Create the web application. Its components start and stop with it.

    Args:
        pace: seconds between two writes to GitHub per installation, as GitHub recommends.
        create_pool: creates a pool of the given number of child processes.

    Raises:
        UserError: a separate worker is requested, but the database is SQLite.
    """
    if settings.database_url.get_secret_value().startswith("sqlite:") and not isinstance(settings, Settings):
        raise UserError(
            "SQLite supports one process only, so `mas worker` and `mas serve --no-worker` cannot use it.",
            "Run `mas serve` alone, or set DATABASE_URL to a PostgreSQL database.",
        )
    service = _build_service(settings, create_pool(_SEARCH_PROCESSES))
    if isinstance(settings, AppSettings):
        service.worker = _build_worker(settings, service, handle, pace, create_pool(settings.mas_workers))
    app = webhook.create_application([metrics_middleware(service.metrics)])
    app[SERVICE] = service
    app.add_routes(_build_routes(settings, service))
    app.cleanup_ctx.append(service.lifespan)
    return app


def _build_service(settings: AnySettings, pool: CpuPool) -> Service:
    """Build the components that every process has; `pool` runs searches."""
    database = connect(settings.database_url.get_secret_value())
    store, cache = _build_store(settings, database), _build_cache(settings)
    location = (settings.store_url.get_secret_value(), settings.mas_data_dir, settings.embedder_environment)
    search = SearchService(store.index_catalog, *location, pool, cache)
    return Service(settings, database, store, Inbox(database), AgentRuns(database), Metrics(), cache, pool, search)


def _build_routes(settings: AnySettings, service: Service) -> list[web.RouteDef]:
    access = Access(settings.mas_api_tokens)
    routes = health.routes(service.checks())
    routes += api.metric_routes(service.metrics, service.refresh_metrics, access)
    routes += api.agent_routes(service.runs, service.queue_depths, access)
    routes += openapi_routes()
    routes += search_routes(service.search, access, GitHubUrls(settings.github_api_url).web)
    if isinstance(settings, WebhookSettings):
        secrets = [secret.get_secret_value() for secret in settings.github_webhook_secret]
        notify = service.worker.engine.notify if service.worker else _no_local_worker
        trimmers = dict.fromkeys(events.EVENTS_WITH_CODE, events.trim_body)
        count = service.metrics.count_delivery
        routes += webhook.routes(service.inbox, secrets, events.EVENTS, notify, count, trimmers)
    return routes


def _build_store(settings: AnySettings, database: sa.Engine) -> ManagedStore:
    if settings.store_url == settings.database_url:
        return SqlStore(database, settings.audit_keys)
    return create_store(settings.store_url.get_secret_value(), audit_keys=settings.audit_keys)


def _build_cache(settings: AnySettings) -> Cache:
    """Build the shared cache. A process without the App's key cannot decrypt it, and gets a local one."""
    if not isinstance(settings, AppSettings):
        return MemoryCache()
    return create_cache(settings.redis_url.get_secret_value(), settings.github_private_key.get_secret_value())


def _no_local_worker() -> None:
    """Do nothing: the inbox's database notifies the workers."""


def _build_worker(settings: AppSettings, service: Service, handle: JobHandler, pace: float, pool: CpuPool) -> Worker:
    session = aiohttp.ClientSession()
    key = settings.github_private_key.get_secret_value()
    options: dict[str, Any] = {
        "pace": pace,
        "on_response": service.metrics.count_github_response,
        "cache": service.cache,
    }
    github = GitHub(GitHubApp(session, settings.github_api_url, str(settings.github_app_id), key, **options))
    mirrors = Mirrors(
        settings.mas_data_dir / "mirrors", github, AgentRunner(pool, service.runs, settings.scanner_environment)
    )

    async def expire(before: float) -> None:
        await service.store.expire_blobs(before)
        await service.runs.expire()

    services = _job_services(service, github, mirrors)

    async def run(step: Step, job: Job) -> dict[str, Any]:
        return (await handle(services, step, job)).as_dict()

    engine_options = EngineOptions(
        parse=events.parse,
        handle=run,
        on_failure=partial(orchestrator.on_failed, services),
        on_finish=service.metrics.record_job,
        workers=settings.mas_workers,
        expire=expire,
        quiet_seconds=settings.mas_quiet_seconds,
    )
    engine = Engine(service.database, service.inbox, engine_options)
    return Worker(session, github, pool, mirrors, engine)


def _job_services(service: Service, github: GitHub, mirrors: Mirrors) -> JobServices:
    """Return the services that jobs use. Some call the engine, which is created later."""

    async def forget_tenant(tenant: Tenant, before: int) -> None:
        await service.engine.purge_tenant(tenant, before)
        await mirrors.remove(tenant)
        await service.search.remove_local_files(tenant)
        await service.cache.clear(tenant)

    async def list_tenants(installation_id: int) -> frozenset[Tenant]:
        mirrored = await asyncio.to_thread(mirrors.tenants, installation_id)
        return mirrored | await service.inbox.tenants(installation_id)

    async def enqueue_event(job: Job, name: str, event: Event) -> None:
        await service.engine.enqueue_event(job, name, event)

    return JobServices(
        store=service.store,
        repositories=mirrors,
        search_index=IndexingService(service.search, mirrors),
        forge=github.forge,
        forget_tenant=forget_tenant,
        list_tenants=list_tenants,
        list_repositories=github.repositories,
        web_url=github.html_url,
        bot_login=github.bot_login,
        organization_file=github.get_shared_file,
        recent_deliveries=service.inbox.recent,
        rate_limiter=RateLimiter(service.cache),
        metrics=service.metrics,
        enqueue_event=enqueue_event,
        has_access=github.has_access,
    )


def serve(settings: AnySettings, announce: Callable[[int], None]) -> None:
    """Serve until SIGTERM or Ctrl-C, then finish or checkpoint the running jobs.

    Args:
        announce: called with the port once the server listens.

    Raises:
        UserError: the address cannot be used, or another process uses the same data.
        RemoteError: the database connection that holds the lock was lost; another process may take over.
    """
    logs.configure(settings.log_level, settings.log_format, settings.secrets)
    collector = settings.otel_exporter_otlp_endpoint
    try:
        with ExitStack() as stack, suppress(asyncio.CancelledError):
            if collector:
                stack.callback(tracing.configure(collector))
            asyncio.run(_serve(settings, announce))
    except OSError as error:
        if error.errno not in _LISTEN_ERRNOS:
            raise
        address = f"{settings.host}, port {settings.port}"
        raise UserError(f"Cannot listen on {address}: {error.strerror}.", "Change HOST or PORT.") from error


async def _serve(settings: AnySettings, announce: Callable[[int], None]) -> None:
    """Serve until a signal cancels the task, or `Service.wait_until_lost` raises."""
    loop, task = asyncio.get_running_loop(), cast("asyncio.Task[None]", asyncio.current_task())
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, task.cancel)
    app = await create_app(settings)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=GRACE_SECONDS)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.host, settings.port).start()
        announce(runner.addresses[0][1])
        await app[SERVICE].wait_until_lost()
    finally:
        await runner.cleanup()
