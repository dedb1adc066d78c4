"""`mas demo`: a GitHub on this machine, a project on it, the bot beside it, and one push."""

from __future__ import annotations

import asyncio
import shutil
import signal
import tempfile
import time
from pathlib import Path

from bot.analysis.docs import analyse
from bot.demo import story
from bot.demo.stage import OWNER, PERSON, Scene, bot_beside, staged, wait
from bot.domain import Tenant
from bot.domain.audit import AuditRecord
from bot.stores.database import connect
from bot.stores.sql.store import SqlStore
from github_sandbox.conversations import PullRequest
from github_sandbox.server import Sandbox
from github_sandbox.state import Repository
from github_sandbox.webhooks import Delivery


async def run(*, keep: bool = False) -> None:
    """Show the bot at work, on the terminal.

    Args:
        keep: leave both servers up until Ctrl-C, and the folder after it.

    Raises:
        UserError: no pull request came; what the bot said of it has been shown.
    """
    folder = Path(tempfile.mkdtemp(prefix="mas-demo-"))
    try:
        async with Sandbox(folder / "github") as sandbox:
            scene = await staged(sandbox, folder)
            async with bot_beside(scene):
                await _play(scene)
                if keep:
                    await _stay(scene)
    finally:
        if not keep:
            shutil.rmtree(folder)


# ------------------------------------------------------------------ the play


async def _play(scene: Scene) -> None:
    sandbox, repository, sample = scene.sandbox, scene.repository, scene.sample
    tenant = Tenant(sandbox.install(scene.app, OWNER, [repository]), repository.id)
    story.begin(sandbox.url, repository, scene.app)

    began = time.monotonic()
    await scene.push(sample.head)
    story.pushed(repository, PERSON, sample.base, sample.head)
    story.delivered(await _delivery(scene))

    draft = await asyncio.to_thread(analyse, str(repository.git.path), sample.base, sample.head)
    story.changed(draft)
    story.stale(draft)

    pull = await _pull_request(repository)
    took = time.monotonic() - began
    story.proposed(sandbox.url, pull, took)
    story.recorded(await _audit(scene, tenant))
    story.end(took)


async def _delivery(scene: Scene) -> Delivery:
    """The webhook of the push, answered."""

    async def look() -> Delivery | None:
        answered = (d for d in scene.sandbox.deliveries if d.event == "push" and d.status_code is not None)
        return next(answered, None)

    return await wait(look)


async def _pull_request(repository: Repository) -> PullRequest:
    async def look() -> PullRequest | None:
        return repository.pull_requests.get(1)

    return await wait(look)


async def _audit(scene: Scene, tenant: Tenant) -> list[AuditRecord]:
    """The bot's audit log, once the pull request stands in it."""
    database = connect(scene.database_url)

    async def look() -> list[AuditRecord]:
        records = await SqlStore(database).audit(tenant)
        opened = any((r.entry.action, r.entry.phase) == ("open-pull-request", "done") for r in records)
        return records if opened else []

    try:
        return await wait(look)
    finally:
        database.dispose()


# ------------------------------------------------------------------ staying


async def _stay(scene: Scene) -> None:
    """Until Ctrl-C or SIGTERM."""
    url = scene.sandbox.clone_url(scene.repository, scene.token)
    story.stay(scene.sandbox.url, scene.repository, url, f"http://127.0.0.1:{scene.port}", scene.folder)
    stopped, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    await stopped.wait()
