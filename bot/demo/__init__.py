"""`mas demo`: run a local GitHub with a sample project, the bot, and one push."""

from __future__ import annotations

import asyncio
import shutil
import signal
import tempfile
import time
from pathlib import Path

from bot.analysis.docs import analyse
from bot.demo import output
from bot.demo.environment import OWNER, PERSON, DemoEnvironment, create_environment, start_bot, wait_for
from bot.domain import Tenant
from bot.domain.audit import AuditRecord
from bot.stores.database import connect
from bot.stores.sql.store import SqlStore
from github_sandbox.conversations import PullRequest
from github_sandbox.server import Sandbox
from github_sandbox.state import Repository
from github_sandbox.webhooks import Delivery


async def run(*, keep: bool = False) -> None:
    """Run the demo and print its steps.

    Args:
        keep: keep both servers running until Ctrl-C, and keep the folder.

    Raises:
        UserError: no pull request was opened in time; the message includes the bot's log.
    """
    folder = Path(tempfile.mkdtemp(prefix="mas-demo-"))
    try:
        async with Sandbox(folder / "github") as sandbox:
            demo = await create_environment(sandbox, folder)
            async with start_bot(demo):
                await _demonstrate(demo)
                if keep:
                    await _wait_for_stop(demo)
    finally:
        if not keep:
            shutil.rmtree(folder)


# ------------------------------------------------------------------ the demonstration


async def _demonstrate(demo: DemoEnvironment) -> None:
    sandbox, repository, sample = demo.sandbox, demo.repository, demo.sample
    tenant = Tenant(sandbox.install(demo.app, OWNER, [repository]), repository.id)
    output.print_introduction(sandbox.url, repository, demo.app)

    began = time.monotonic()
    await demo.push(sample.head)
    output.print_push(repository, PERSON, sample.base, sample.head)
    output.print_delivery(await _wait_for_delivery(demo))

    draft = await asyncio.to_thread(analyse, str(repository.git.path), sample.base, sample.head)
    output.print_code_changes(draft)
    output.print_stale_sections(draft)

    pull = await _wait_for_pull_request(repository)
    took = time.monotonic() - began
    output.print_pull_request(sandbox.url, pull, took)
    output.print_audit_log(await _wait_for_audit_log(demo, tenant))
    output.print_summary(took)


async def _wait_for_delivery(demo: DemoEnvironment) -> Delivery:
    """Wait for the response to the push webhook."""

    async def find() -> Delivery | None:
        answered = (d for d in demo.sandbox.deliveries if d.event == "push" and d.status_code is not None)
        return next(answered, None)

    return await wait_for(find)


async def _wait_for_pull_request(repository: Repository) -> PullRequest:
    async def find() -> PullRequest | None:
        return repository.pull_requests.get(1)

    return await wait_for(find)


async def _wait_for_audit_log(demo: DemoEnvironment, tenant: Tenant) -> list[AuditRecord]:
    """Return the bot's audit log, once it contains the pull request."""
    database = connect(demo.database_url)

    async def find() -> list[AuditRecord]:
        records = await SqlStore(database).get_audit_log(tenant)
        opened = any((r.entry.action, r.entry.phase) == ("open-pull-request", "done") for r in records)
        return records if opened else []

    try:
        return await wait_for(find)
    finally:
        database.dispose()


# ------------------------------------------------------------------ --keep


async def _wait_for_stop(demo: DemoEnvironment) -> None:
    """Print the addresses, and wait for Ctrl-C or SIGTERM."""
    url = demo.sandbox.clone_url(demo.repository, demo.token)
    output.print_addresses(demo.sandbox.url, demo.repository, url, f"http://127.0.0.1:{demo.port}", demo.folder)
    stopped, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    await stopped.wait()
