"""One process for one database: a lock, and an eye on it."""

from __future__ import annotations

import asyncio
import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from bot.errors import RemoteError, UserError

_LOCK_NOT_AVAILABLE = "55P03"
"""https://www.postgresql.org/docs/current/errcodes-appendix.html"""
_SESSION = (
    # The server may take a moment to see that the last holder is gone.
    "set lock_timeout = '2s'",
    # So that it sees within half a minute that our machine is gone.
    "set tcp_keepalives_idle = 10",
    "set tcp_keepalives_interval = 5",
    "set tcp_keepalives_count = 4",
)

Look = Callable[[], None]
"""Asks for a sign of life from what holds the lock; raises `SQLAlchemyError` when the lock may be another's."""


@contextmanager
def only_process(database: sa.Engine) -> Iterator[Look]:
    """Holds a lock that a dead process loses at once, and gives a way to look after it.

    Two processes would run each other's jobs a second time, on whatever machines they are.

    Raises:
        UserError: another process holds it.
    """
    taken = UserError(
        "Another MAS works on this data.", "Stop it first, or give this one its own MAS_DATA_DIR or DATABASE_URL."
    )
    if database.dialect.name == "sqlite":
        with Path(f"{database.url.database}.lock").open("w") as file:
            try:
                # Not flock: a child process would inherit that one, and outlive us with it.
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise taken from None
            yield lambda: None  # the kernel takes it from a process that ended, and from no other
        return
    with database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.detach()  # so that closing it ends the session, and the lock with it
        for statement in _SESSION:
            connection.exec_driver_sql(statement)
        try:
            connection.execute(
                sa.text("select pg_advisory_lock(771)")
            )  # PostgreSQL keeps one such number for each database
        except sa.exc.OperationalError as error:
            if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
                raise
            raise taken from None

        def look() -> None:
            connection.exec_driver_sql("select 1")

        yield look


async def lost(look: Look, every_seconds: float) -> RemoteError:
    """Waits until the lock may be another's; returns the error to stop with."""
    while True:
        await asyncio.sleep(every_seconds)
        try:
            await asyncio.to_thread(look)
        except sa.exc.SQLAlchemyError as error:
            why = "The database ended the session that keeps other MAS processes away"
            return RemoteError(f"{why} ({type(error).__name__}); this one stops, since another may work there now.")
