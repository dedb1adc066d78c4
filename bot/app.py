"""The composition root of `mas serve`: makes the parts, ties them together, and holds no logic."""

from __future__ import annotations

import asyncio
import errno
import logging
import math
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

import aiohttp
import sqlalchemy as sa
from aiohttp import web
from aiohttp.http import HttpProcessingError

from bot import orchestrator
from bot.analysis import analyse, is_read, reads
from bot.children import CpuPool
from bot.database import connect
from bot.domain import Draft, Job, Repository, Tenant
from bot.engine import Engine
from bot.errors import UserError
from bot.github import events
from bot.github.client import READ_CONTENT, GitHubApp
from bot.github.forge import GitHubForge
from bot.gitrepo import CredentialsRefused, Mirror, Remote
from bot.inbox import Inbox
from bot.orchestrator import Parts
from bot.ports import Step
from bot.settings import Settings
from bot.stores.sql import SqlStore
from bot.web import health, webhook

CACHE = "mas"
"""The folder in a mirror for what is known of the repository's past: it goes when the mirror goes."""
GRACE_SECONDS = 20.0
CHECK_SECONDS = 60.0
_CANNOT_LISTEN = frozenset({errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EACCES})

Handle = Callable[[Parts, Step, Job], Awaitable[dict[str, Any]]]
"""`orchestrator.handle`; a test may put something around it."""


@dataclass(slots=True)
class GitHub:
    """The App at GitHub, and what of it rarely changes."""

    app: GitHubApp
    _login: str | None = None
    _seen: float = -math.inf

    async def login(self) -> str:
        """The login of our bot, asked for once."""
        if self._login is None:
            self._login = await self.app.bot_login()
        return self._login

    async def check(self) -> None:
        """That our credentials work; asked at most once a minute. Raises `UserError` or `RemoteError`."""
        if time.monotonic() - self._seen > CHECK_SECONDS:
            await self.app.bot_login()
            self._seen = time.monotonic()

    async def forge(self, repository: Repository) -> GitHubForge:
        client = self.app.installation(repository.tenant.installation_id)
        return GitHubForge(client, repository, await self.login())

    def web(self, repository: Repository) -> str:
        """The address of a repository's page."""
        return self.app.git_url(repository.owner, repository.name).removesuffix(".git")


@dataclass(slots=True)
class Mirrors:
    """The mirrors of all repositories, a folder each, under the tenant's numbers."""

    folder: Path
    github: GitHub
    pool: CpuPool

    def of(self, tenant: Tenant) -> Path:
        return self.folder / str(tenant.installation_id) / f"{tenant.repository_id}.git"

    async def fetch(self, repository: Repository, branch: str, commit: str) -> str:
        """Bring branch and commit with the blobs that an analysis reads; returns the branch's head."""
        try:
            return await self._fetched(repository, branch, commit)
        except CredentialsRefused:  # the token was revoked since it was made
            self.github.app.installation(repository.tenant.installation_id).forget_tokens()
            return await self._fetched(repository, branch, commit)

    async def _fetched(self, repository: Repository, branch: str, commit: str) -> str:
        client = self.github.app.installation(repository.tenant.installation_id)
        token = await client.token(repository.tenant.repository_id, permissions=READ_CONTENT)
        remote = Remote(self.github.app.git_url(repository.owner, repository.name), token)
        mirror = Mirror(self.of(repository.tenant))
        try:
            return await asyncio.to_thread(self._update, mirror, remote, branch, commit)
        except asyncio.CancelledError:
            mirror.interrupt()  # else its thread would keep the process from ending
            raise

    def _update(self, mirror: Mirror, remote: Remote, branch: str, commit: str) -> str:
        mirror.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        head = mirror.update(remote, branch, [commit])
        mirror.bring(remote, reads(str(mirror.path), commit, head, mirror.path / CACHE), is_read)
        return head

    async def analyse(self, repository: Repository, base: str, head: str) -> Draft:
        """The analysis, in a process of its own."""
        mirror = self.of(repository.tenant)
        return await self.pool.run(analyse, str(mirror), base, head, cache=mirror / CACHE)

    def tenants(self, installation_id: int) -> frozenset[Tenant]:
        """Those of an installation that have a mirror."""
        names = (path.stem for path in (self.folder / str(installation_id)).glob("*.git"))
        return frozenset(Tenant(installation_id, int(name)) for name in names if name.isdecimal())

    async def remove(self, tenant: Tenant) -> None:
        path = self.of(tenant)
        if path.parent.is_dir():
            await asyncio.to_thread(Mirror(path).remove)


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
    mirrors = Mirrors(settings.mas_data_dir / "mirrors", github, pool)

    async def forget(tenant: Tenant, before: int) -> None:
        await engine.forget(tenant, before)
        await mirrors.remove(tenant)

    async def tenants(installation_id: int) -> frozenset[Tenant]:
        mirrored = await asyncio.to_thread(mirrors.tenants, installation_id)
        return mirrored | await inbox.tenants(installation_id)

    parts = Parts(store, github.forge, mirrors.fetch, mirrors.analyse, forget, tenants, github.web, github.login)
    engine = Engine(
        database,
        inbox,
        parse=events.parse,
        handle=partial(handle, parts),
        workers=settings.mas_workers,
        expire=store.expire,
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
