"""Word from process to process that the inbox has something new, where its database can pass it on.

https://www.postgresql.org/docs/current/sql-notify.html
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import psycopg
import sqlalchemy as sa

_CHANNEL = "mas_inbox"
_RECONNECT_SECONDS = 5.0

_log = logging.getLogger(__name__)


def notify(connection: sa.Connection) -> None:
    """Tell those who `listen`, once the caller's transaction is committed."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"NOTIFY {_CHANNEL}")


async def listen(database: sa.Engine, on_notify: Callable[[], None]) -> None:
    """Call `heard` for each word, until cancelled; comes back by itself where the database was away.

    Words may be lost while it is, so whoever listens looks from time to time, too.
    """
    if database.dialect.name != "postgresql":
        return
    _, parameters = database.dialect.create_connect_args(database.url)
    while True:
        try:
            async with await _connect(parameters) as connection:
                await connection.execute(f"LISTEN {_CHANNEL}")
                on_notify()
                async for _ in connection.notifies():
                    on_notify()
        except psycopg.OperationalError as error:
            _log.warning("no word of new deliveries, which are looked for each second: %s", type(error).__name__)
        await asyncio.sleep(_RECONNECT_SECONDS)


async def _connect(parameters: Mapping[str, Any]) -> psycopg.AsyncConnection:
    """A connection; one whose opening nobody waits for any more is closed, which psycopg leaves to chance."""
    opening = asyncio.ensure_future(psycopg.AsyncConnection.connect(**parameters, autocommit=True))
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        with suppress(psycopg.OperationalError):
            await (await opening).close()
        raise
