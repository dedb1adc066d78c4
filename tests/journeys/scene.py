"""A GitHub emulator with a project, and the bot installed on it."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import sqlalchemy as sa
from aiohttp import web

from bot import orchestrator
from bot.domain import AppInstalled, IndexDue, Job
from bot.domain.audit import AuditRecord
from bot.engine.internal_events import INTERNAL_EVENT
from bot.github import events
from bot.orchestrator import JobResult, JobServices
from bot.ports import Step
from bot.process_pool import CpuPool
from bot.server.app import SERVICE, JobHandler, create_app
from bot.server.service import AnySettings, Service
from bot.settings.model import Settings
from github_sandbox import App, PullRequest, Repository, Sandbox
from github_sandbox.checks import CheckRun
from tests.contracts.sandbox_scene import commit, git
from tests.sandboxes import KEY, checked

PERMISSIONS = {
    "metadata": "read",
    "contents": "write",
    "pull_requests": "write",
    "issues": "write",
    "checks": "write",
    "merge_queues": "read",
}
EVENTS = tuple(sorted(events.EVENTS - {"installation", "installation_repositories"}))
SECRET = "a secret of the journeys"
MAX_SECONDS = 60
_NOT_HERE = "not in this journey"

_RUNNING: list[Sandbox] = []
"""The running emulators."""

CODE = '''"""A small client."""


def fetch_all(url: str, limit: int = 10) -> list[str]:
    """Fetch everything."""
    return [url] * limit
'''
GUIDE = """# Guide

Call `fetch_all` to fetch everything:

```python
from fetchkit import fetch_all

fetch_all("https://example.org", limit=3)
```

Nothing else is said here.
"""
PROJECT = {"fetchkit/__init__.py": CODE, "README.md": GUIDE, "docs/other.md": "# Other\n\nAll is well.\n"}
RENAMED = {"fetchkit/__init__.py": CODE.replace("fetch_all", "fetch_many")}
UPDATED_GUIDE = GUIDE.replace("fetch_all", "fetch_many")
"""The guide after `RENAMED`."""


def settings_for(
    sandbox: Sandbox, app: App, folder: Path, database_url: str | None = None, quiet: float = 0, **more: Any
) -> Settings:
    """The operator's settings for a bot that uses a sandbox."""
    return Settings(
        _env_file=None,
        github_app_id=app.id,
        github_private_key=app.private_key,
        github_webhook_secret=SECRET,
        github_api_url=sandbox.api_url,
        mas_data_dir=folder / "data",
        mas_workers=2,
        mas_quiet_seconds=quiet,
        port=0,
        database_url=database_url or f"sqlite:///{folder / 'data' / 'mas.db'}",
        **{"mas_embedder": "none", **more},
    )  # type: ignore[call-arg]


@dataclass
class Scene:
    """The world of a journey. `maria` has write access, and pushes from `clone`."""

    sandbox: Sandbox
    app: App
    repository: Repository
    clone: Path

    async def push(self, files: Mapping[str, str], message: str = "change", *options: str) -> str:
        """Commit files and push them as a person. Return the commit."""
        made = await commit(self.clone, files, message)
        await git("push", "--quiet", *options, "origin", "HEAD:main", cwd=self.clone)
        return made

    async def pull(self) -> PullRequest:
        """Wait for the one pull request, and return it."""
        await until(lambda: bool(self.repository.pull_requests))
        (found,) = self.repository.pull_requests.values()
        return found

    def checks(self, oid: str) -> list[CheckRun]:
        """The bot's check runs on a commit, oldest first."""
        suite = self.repository.check_suites.get((self.app.id, oid))
        return list(suite.runs) if suite else []

    def at(self, reference: str, path: str) -> str:
        """A file's content on a branch or commit of the sandbox's git repository."""
        return self.repository.git.run("show", f"{reference}:{path}").decode()


async def send_delivery(scene: Scene, session: aiohttp.ClientSession, event: str, payload: Mapping[str, Any]) -> int:
    """Send a delivery with a valid signature. Return the status of the response."""
    body = json.dumps(payload).encode()
    signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-GitHub-Event": event, "X-GitHub-Delivery": str(uuid.uuid4())}
    headers |= {"X-Hub-Signature-256": f"sha256={signature}", "Content-Type": "application/json"}
    async with session.post(scene.app.webhook_url or "", data=body, headers=headers) as answer:
        return answer.status


async def idle(service: Service) -> None:
    """Wait until all deliveries are done. Fail if one failed."""

    async def still() -> bool:
        for sandbox in _RUNNING:
            await sandbox.drain()
        counts = await service.inbox.counts()
        assert not counts["failed"], await service.inbox.failures()
        return not (counts["waiting"] or counts["moved"])

    await until(still)


async def until(condition: Callable[[], bool] | Callable[[], Awaitable[bool]], seconds: float = MAX_SECONDS) -> None:
    """Wait for a condition. Fail after a timeout."""
    async with asyncio.timeout(seconds):
        while True:
            result = condition()
            if result if isinstance(result, bool) else await result:
                return
            await asyncio.sleep(0.02)


def is_purged(records: Sequence[AuditRecord]) -> bool:
    """Return whether the log ends with a purge, and earlier records have no details."""
    *before, last = records
    return last.entry.action == "purge" and all(record.entry.detail is None for record in before)


@asynccontextmanager
async def project(
    folder: Path, files: Mapping[str, str] = PROJECT, permissions: Mapping[str, str] = PERMISSIONS
) -> AsyncIterator[Scene]:
    """A sandbox with a project, a person's clone of it, and an App that is not installed yet."""
    seed = folder / "seed"
    seed.mkdir()
    await git("init", "--quiet", "--initial-branch=main", ".", cwd=seed)
    await commit(seed, files, "first")
    async with checked(folder / "github") as sandbox:
        repository = sandbox.create_repository("octo", "sample", seed)
        token = sandbox.add_user("maria", {"octo/sample": "write"})
        app = sandbox.register_app("mas", dict(permissions), EVENTS, webhook_secret=SECRET)
        app.key = KEY
        clone = folder / "clone"
        await git("clone", "--quiet", sandbox.clone_url(repository, token), str(clone))
        _RUNNING.append(sandbox)
        try:
            yield Scene(sandbox, app, repository, clone)
        finally:
            _RUNNING.remove(sandbox)


async def without_index(services: JobServices, step: Step, job: Job) -> JobResult:
    """`orchestrator.handle` without indexing, for all journeys that are not about search."""
    if isinstance(job.event, IndexDue | AppInstalled):
        return JobResult(_NOT_HERE)
    return await orchestrator.handle(services, step, job)


async def done(service: Service, jobs: int) -> bool:
    """Return whether this many deliveries of GitHub are done, without the installation. Fail if one failed."""
    counts = await service.inbox.counts()
    assert not counts["failed"], await service.inbox.failures()
    query = sa.text(
        "SELECT count(*) FROM inbox WHERE outcome = 'done' AND event <> :ours AND coalesce(reason, '') <> :not_here"
    )

    def count() -> int:
        with service.database.connect() as connection:
            return int(connection.execute(query, {"ours": INTERNAL_EVENT, "not_here": _NOT_HERE}).scalar_one())

    return await asyncio.to_thread(count) >= jobs


class _SharedPool(CpuPool):
    """A pool that outlives its bots, because starting one takes longer than many a journey."""

    def close(self) -> None:
        """Stay open until the end of the session."""

    def end(self) -> None:
        super().close()


_POOLS: dict[int, _SharedPool] = {}
"""The pools of this session, by the number of workers."""


def shared_pool(workers: int) -> CpuPool:
    """Return the pool of all bots with this number of workers."""
    if workers not in _POOLS:
        _POOLS[workers] = _SharedPool(workers)
    return _POOLS[workers]


def end_pools() -> None:
    """Stop the shared pools."""
    while _POOLS:
        _POOLS.popitem()[1].end()


@asynccontextmanager
async def serving(settings: AnySettings, handle: JobHandler = without_index) -> AsyncIterator[tuple[str, Service]]:
    """Run the bot in this process on a free port. Yield its address and its service."""
    app = await create_app(settings, handle, pace=0, create_pool=shared_pool)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", app[SERVICE]
    finally:
        await runner.cleanup()


@asynccontextmanager
async def installed(
    folder: Path,
    files: Mapping[str, str] = PROJECT,
    database_url: str | None = None,
    quiet: float = 0,
    permissions: Mapping[str, str] = PERMISSIONS,
    **more: Any,
) -> AsyncIterator[tuple[Scene, Service]]:
    """A project with the bot installed. `more` are other settings of the bot."""
    async with (
        project(folder, files, permissions) as scene,
        serving(settings_for(scene.sandbox, scene.app, folder, database_url, quiet, **more)) as (address, service),
    ):
        scene.sandbox.set_webhook_url(scene.app, f"{address}/webhook")
        scene.sandbox.install(scene.app, "octo", [scene.repository])
        yield scene, service
