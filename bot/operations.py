"""What an operator does to the deliveries on record: look at the failed ones, and run one again."""

from __future__ import annotations

import unicodedata
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from bot.database import connect
from bot.errors import UserError
from bot.inbox import Inbox
from bot.settings import LocalSettings


@asynccontextmanager
async def _inbox(env_file: Path) -> AsyncIterator[Inbox]:
    database = connect(LocalSettings.load(env_file).database_url.get_secret_value())
    inbox = Inbox(database)
    await inbox.open()
    try:
        yield inbox
    finally:
        await inbox.close()
        database.dispose()


async def failures(env_file: Path) -> list[str]:
    """A line for each delivery that ended failed: its id, event, time and reason."""
    async with _inbox(env_file) as inbox:
        return [
            f"{f.delivery_id}  {f.event}  {datetime.fromtimestamp(f.received_at, UTC):%Y-%m-%d %H:%M}Z  {_flat(f.reason)}"
            for f in await inbox.failed()
        ]


async def retry(env_file: Path, delivery_id: str) -> None:
    """Make a failed delivery run again. Raises `UserError` where there is no such one."""
    async with _inbox(env_file) as inbox:
        if not await inbox.retry(delivery_id):
            raise UserError("No failed delivery has this id.", "`mas failed` lists them.")


def _flat(text: str) -> str:
    return "".join(" " if unicodedata.category(c).startswith("C") else c for c in text)
