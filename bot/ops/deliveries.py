"""What an operator does to what is on record: look at failed deliveries, run one again, bring tables forward, move."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from bot import engine
from bot.errors import UserError
from bot.inbox import FailedDelivery, Inbox
from bot.ops.audit import open_configured_store, record_operation
from bot.settings.model import LocalSettings
from bot.stores.database import connect
from bot.stores.factory import open_store
from bot.stores.transfer import transfer
from bot.telemetry.agent_runs import AgentRuns
from bot.text.terminal_safe import escape_for_terminal


@asynccontextmanager
async def _open_inbox(env_file: Path) -> AsyncIterator[Inbox]:
    database = connect(LocalSettings.load(env_file).database_url.get_secret_value())
    inbox = Inbox(database)
    try:
        await inbox.open()
    except sa.exc.DatabaseError as error:
        said = str(error.orig).strip().rstrip(".")
        raise UserError(f"The database does not open: {said}.", "Check DATABASE_URL and that it runs.") from error
    try:
        yield inbox
    finally:
        await inbox.close()
        database.dispose()


async def list_failures(env_file: Path) -> list[str]:
    """A line for each delivery that ended failed: its id, event, time and reason."""
    async with _open_inbox(env_file) as inbox:
        return [_line(failure) for failure in await inbox.failures()]


def _line(failure: FailedDelivery) -> str:
    at = datetime.fromtimestamp(failure.received_at, UTC)
    return f"{failure.delivery_id}  {failure.event}  {at:%Y-%m-%d %H:%M}Z  {escape_for_terminal(failure.reason)}"


async def retry(env_file: Path, delivery_id: str) -> None:
    """Make a failed delivery run again, on record. Raises `UserError` where there is no such one."""
    async with _open_inbox(env_file) as inbox:
        if not await inbox.retry(delivery_id):
            raise UserError("No failed delivery has this id.", "`mas failed` lists them.")
    await record_operation(LocalSettings.load(env_file), "retry", delivery_id, time.time())


async def migrate_tables(settings: LocalSettings) -> None:
    """Make all tables of the database that the settings name, or bring them forward.

    Raises:
        UserError: it does not open, or a newer MAS wrote it.
    """
    async with open_configured_store(settings):
        pass
    database = connect(settings.database_url.get_secret_value())
    inbox = Inbox(database)
    try:
        await inbox.open()
        await AgentRuns(database).open()
        await asyncio.to_thread(engine.create_tables, database)
    finally:
        await inbox.close()
        database.dispose()


async def transfer_store(source_url: str, target_url: str, report: Callable[[str], None]) -> list[str]:
    """Move a store to another; returns a line for each thing that is wrong with an audit log, here as in the source.

    Args:
        tell: told a line for each kind of rows.

    Raises:
        UserError: one of them does not open, the target holds other data, or something did not come over.
    """
    if source_url == target_url:
        raise UserError("--from and --to name the same store.", "Name another one to move to.")
    async with open_store(source_url, "--from") as source, open_store(target_url, "--to") as target:
        moved = await transfer(source, target, _without_password(source_url), report)
    return [
        f"The audit log of {tenant.installation_id}/{tenant.repository_id}, here as in the source: {fault}"
        for tenant, faults in moved.audit_problems.items()
        for fault in faults
    ]


def _without_password(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"
