"""The composition root of `mas serve`: makes the parts, ties them together, and holds no logic."""

from __future__ import annotations

import asyncio
import errno
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import aiohttp
import sqlalchemy as sa
from aiohttp import web
from aiohttp.http import HttpProcessingError

from bot import orchestrator
from bot.children import CpuPool
from bot.commands.allowance import Allowance
from bot.database import connect
from bot.domain import Job, Tenant
from bot.engine import Engine
from bot.errors import UserError
from bot.github import events
from bot.github.app import GitHub
from bot.github.client import GitHubApp
from bot.inbox import Inbox
from bot.mirrors import Mirrors
from bot.orchestrator import Parts
from bot.ports import Step
from bot.settings import Settings
from bot.stores.sql import SqlStore
from bot.web import health, webhook

GRACE_SECONDS = 20.0
_CANNOT_LISTEN = frozenset({errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EACCES})

Handle = Callable[[Parts, Step, Job], Awaitable[dict[str, Any]]]
"""`orchestrator.handle`; a test may put something around it."""


@dataclass(slots=True)
class Service:
    """What a running process holds."""

    database: sa.Engine
    store: SqlStore
    inbox: Inbox
    session: aiohttp.ClientSession
    github: GitHub
    pool: CpuPool
    engine: Engine

    async def running(self, _app: web.Application) -> AsyncIterator[None]:
        """Started before the first request, stopped after the last, in the opposite order."""
        async with AsyncExitStack() as stack:
            stack.callback(self.database.dispose)
            await stack.enter_async_context(self.session)
            stack.callback(self.pool.close)
            await self.store.open()
            stack.push_async_callback(self.inbox.close)
            await self.inbox.open()
            await self.engine.start()
            stack.push_async_callback(self.engine.stop, GRACE_SECONDS)
            yield


SERVICE = web.AppKey("service", Service)


async def create(settings: Settings, handle: Handle = orchestrator.handle, pace: float = 1.0) -> web.Application:
    """The web application; its parts start and stop with it.

    Args:
        pace: seconds between two writes to GitHub for one installation, as GitHub asks for.
    """
    service = _service(settings, handle, pace)
    app = webhook.application()
    app[SERVICE] = service
    secrets = [secret.get_secret_value() for secret in settings.github_webhook_secret]
    app.add_routes(webhook.routes(service.inbox, secrets, events.EVENTS, service.engine.wake))
    app.add_routes(health.routes({"store and queue": service.engine.check, "github": service.github.check}))
    app.cleanup_ctx.append(service.running)
    return app


def _service(settings: Settings, handle: Handle, pace: float) -> Service:
    database = connect(settings.database_url.get_secret_value())
    store, inbox = SqlStore(database), Inbox(database)
    session = aiohttp.ClientSession()
    key = settings.github_private_key.get_secret_value()
    github = GitHub(GitHubApp(session, settings.github_api_url, str(settings.github_app_id), key, pace=pace))
    pool = CpuPool(settings.mas_workers)
    mirrors = Mirrors(settings.mas_data_dir / "mirrors", github, pool, settings.of_scanners)

    async def forget(tenant: Tenant, before: int) -> None:
        await engine.forget(tenant, before)
        await mirrors.remove(tenant)

    async def tenants(installation_id: int) -> frozenset[Tenant]:
        mirrored = await asyncio.to_thread(mirrors.tenants, installation_id)
        return mirrored | await inbox.tenants(installation_id)

    parts = Parts(
        store,
        mirrors,
        github.forge,
        forget,
        tenants,
        github.web,
        github.login,
        github.shared,
        inbox.recent,
        Allowance(),
    )
    engine = Engine(
        database,
        inbox,
        parse=events.parse,
        handle=partial(handle, parts),
        failed=partial(orchestrator.on_failed, parts),
        workers=settings.mas_workers,
        expire=store.expire,
        quiet=settings.mas_quiet_seconds,
    )
    return Service(database, store, inbox, session, github, pool, engine)


def serve(settings: Settings, announce: Callable[[int], None]) -> None:
    """Serve until told to stop (SIGTERM or Ctrl-C); then finish or checkpoint what runs.

    Args:
        announce: told the port once it listens there.

    Raises:
        UserError: it cannot listen there, or another process works on the data.
        RemoteError: the database let go of us, and another process may work on the data.
    """
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("aiohttp.server").addFilter(_in_a_line)
    try:
        with suppress(asyncio.CancelledError):
            asyncio.run(_serve(settings, announce))
    except OSError as error:
        if error.errno not in _CANNOT_LISTEN:
            raise
        where = f"{settings.host}, port {settings.port}"
        raise UserError(f"MAS cannot listen on {where}: {error.strerror}.", "Set HOST or PORT to another.") from error


def _in_a_line(record: logging.LogRecord) -> bool:
    """Keeps the trace of a request that is no HTTP out of the log: it is the sender's fault, as any scan's is."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, HttpProcessingError):
        record.levelno, record.levelname, record.exc_info = logging.INFO, "INFO", None
        record.msg, record.args = f"{record.getMessage()}: {type(error).__name__}", None
    return record.levelno >= logging.getLogger().getEffectiveLevel()


async def _serve(settings: Settings, announce: Callable[[int], None]) -> None:
    """Serves until it is cancelled, as the signals do it, or `Engine.hold` raises."""
    loop, this = asyncio.get_running_loop(), cast("asyncio.Task[None]", asyncio.current_task())
    for told_to_stop in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(told_to_stop, this.cancel)
    app = await create(settings)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=GRACE_SECONDS)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.host, settings.port).start()
        announce(runner.addresses[0][1])
        await app[SERVICE].engine.hold()
    finally:
        await runner.cleanup()
