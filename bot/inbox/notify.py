"""LISTEN/NOTIFY: wake other processes when the inbox has new deliveries. PostgreSQL only.

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
    """Notify the listeners when the caller's transaction commits."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"NOTIFY {_CHANNEL}")


async def listen(database: sa.Engine, on_notify: Callable[[], None]) -> None:
    """Call `on_notify` for each notification, until cancelled. Reconnects if the database was unavailable.

    Notifications may be lost in the meantime, so listeners must also poll.
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
            _log.warning("no notifications of new deliveries, polling only: %s", type(error).__name__)
        await asyncio.sleep(_RECONNECT_SECONDS)


async def _connect(parameters: Mapping[str, Any]) -> psycopg.AsyncConnection:
    """Connect; if cancelled, close the connection, which psycopg does not do reliably."""
    opening = asyncio.ensure_future(psycopg.AsyncConnection.connect(**parameters, autocommit=True))
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        with suppress(psycopg.OperationalError):
            await (await opening).close()
        raise
