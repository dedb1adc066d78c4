"""List and retry failed deliveries, migrate the database schema, and transfer the store."""

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
from bot.ops.audit import log_name, open_configured_store, record_operation
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
        reason = str(error.orig).strip().rstrip(".")
        raise UserError(
            f"Cannot open the database: {reason}.", "Check DATABASE_URL, and that the database is running."
        ) from error
    try:
        yield inbox
    finally:
        await inbox.close()
        database.dispose()


async def list_failures(env_file: Path) -> list[str]:
    """Return a line for each failed delivery: its id, event, time and reason."""
    async with _open_inbox(env_file) as inbox:
        return [_line(failure) for failure in await inbox.failures()]


def _line(failure: FailedDelivery) -> str:
    at = datetime.fromtimestamp(failure.received_at, UTC)
    return f"{failure.delivery_id}  {failure.event}  {at:%Y-%m-%d %H:%M}Z  {escape_for_terminal(failure.reason)}"


async def retry(env_file: Path, delivery_id: str) -> None:
    """Queue a failed delivery again, and record that in the audit log. Raises `UserError` for an unknown id."""
    async with _open_inbox(env_file) as inbox:
        if not await inbox.retry(delivery_id):
            raise UserError(
                f"There is no failed delivery {escape_for_terminal(delivery_id)}.", "`mas failed` lists them."
            )
    await record_operation(LocalSettings.load(env_file), "retry", delivery_id, time.time())


async def migrate_tables(settings: LocalSettings) -> None:
    """Create or upgrade all tables of the configured database and store.

    Raises:
        UserError: the database cannot be opened, or its schema is newer than this version.
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
    """Copy a store to another one. Return a line for each audit log problem, which the source has too.

    Args:
        report: called with a line for each kind of rows.

    Raises:
        UserError: a store cannot be opened, the target contains other data, or the copy is incomplete.
    """
    if source_url == target_url:
        raise UserError("--from and --to are the same store.", "Use an empty database for --to.")
    async with open_store(source_url, "--from") as source, open_store(target_url, "--to") as target:
        moved = await transfer(source, target, _without_password(source_url), report)
    return [
        f"{log_name(tenant)}, in both stores: {problem}"
        for tenant, problems in moved.audit_problems.items()
        for problem in problems
    ]


def _without_password(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"
