"""A process's place among those that work on one database, and its sign of life there.

SQLite has one process, kept so by a lock on a file. PostgreSQL has as many as like: each holds an advisory lock of its
own for as long as its session lives, so that the others can tell that it died and take its jobs over. A process that
lost its session must stop, since the others take it for dead.

PostgreSQL keeps two kinds of such locks apart, by one number and by two. By one: `_SHARED`, which all hold together and
a MAS of a former version alone; `_STARTING`, held while tables are made; `_PUMP`, held by the one that moves
deliveries. By two: `_LIFE` and a process's own number.
https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa

from bot.engine import dbos_tables
from bot.errors import RemoteError, UserError

_LOCK_NOT_AVAILABLE = "55P03"
"""https://www.postgresql.org/docs/current/errcodes-appendix.html"""
_SHARED, _STARTING, _PUMP, _LIFE = 771, 772, 773, 771
_ASK_SECONDS = 0.05
_ONLY = "mas"
"""The executor's name where there is one process only; on PostgreSQL that of a former version, whose lock was 771."""
_SESSION = (
    # The server may take a moment to see that the last holder is gone.
    "set lock_timeout = '2s'",
    # So that it sees within half a minute that our machine is gone.
    "set tcp_keepalives_idle = 10",
    "set tcp_keepalives_interval = 5",
    "set tcp_keepalives_count = 4",
)


_log = logging.getLogger(__name__)


class Life(Protocol):
    """What a process may do beside the others. The methods block; all but `executor` raise `SQLAlchemyError`."""

    @property
    def executor(self) -> str:
        """The name under which it takes jobs."""
        ...

    @contextmanager
    def starting(self) -> Iterator[None]:
        """Makes tables while no other does."""
        ...

    def look(self) -> None:
        """Asks for a sign of life; raises where the others may take us for dead."""
        ...

    def lead(self) -> bool:
        """Whether it is the one that moves deliveries; once it is, it stays so."""
        ...

    def take_over(self) -> int:
        """Puts the jobs of those that died back into the queue, at their last finished step; returns how many."""
        ...


class _Only:
    """The only process on a SQLite file: it starts under its former name, by which the engine finds its own jobs."""

    executor = _ONLY

    @contextmanager
    def starting(self) -> Iterator[None]:
        yield

    def look(self) -> None:
        """Nothing: the kernel takes the lock from a process that ended, and from no other."""

    def lead(self) -> bool:
        return True

    def take_over(self) -> int:
        return 0


class _OneOfMany:
    """One of those on a PostgreSQL. Its session outlives every call: what it holds, it holds by that."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._calls = threading.Lock()  # a session does one thing at a time
        self._leads = False
        while not self._try(_LIFE, number := secrets.randbelow(2**31 - 1) + 1):
            pass
        self.executor = f"{_ONLY}-{number}"

    @contextmanager
    def starting(self) -> Iterator[None]:
        # Asked for again and again: one that waits in a statement would keep an index from being made.
        while not self._try(_STARTING):
            time.sleep(_ASK_SECONDS)
        try:
            yield
        finally:
            self._free(_STARTING)

    def look(self) -> None:
        with self._calls:
            self._connection.exec_driver_sql("select 1")

    def lead(self) -> bool:
        with self._calls:
            self._leads = self._leads or self._try(_PUMP)
        return self._leads

    def take_over(self) -> int:
        with self._calls:
            others = dbos_tables.owners(self._connection) - {self.executor}
            return sum(self._inherit(other) for other in sorted(others))

    def _inherit(self, other: str) -> int:
        tail = other.removeprefix(f"{_ONLY}-")
        number = int(tail) if tail.isdecimal() else 0  # of a former version: `_SHARED` says that none is left
        if not self._try(_LIFE, number):
            return 0  # it lives
        try:
            return dbos_tables.requeue(self._connection, other)
        finally:
            self._free(_LIFE, number)

    def _try(self, *key: int) -> bool:
        return bool(self._connection.execute(sa.select(sa.func.pg_try_advisory_lock(*key))).scalar())

    def _free(self, *key: int) -> None:
        self._connection.execute(sa.select(sa.func.pg_advisory_unlock(*key)))


@contextmanager
def joined(database: sa.Engine) -> Iterator[Life]:
    """Takes a place on a database; a dead process loses its own at once.

    Raises:
        UserError: there is none to be had: another process has the SQLite file, or an older MAS the PostgreSQL.
    """
    if database.dialect.name == "sqlite":
        with Path(f"{database.url.database}.lock").open("w") as file:
            try:
                # Not flock: a child process would inherit that one, and outlive us with it.
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise UserError(
                    "Another MAS works on this data, and a SQLite file takes one process only.",
                    "Stop it first, give this one its own MAS_DATA_DIR, or use PostgreSQL for several.",
                ) from None
            yield _Only()
        return
    with database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.detach()  # so that closing it ends the session, and the locks with it
        for statement in _SESSION:
            connection.exec_driver_sql(statement)
        try:
            connection.execute(sa.select(sa.func.pg_advisory_lock_shared(_SHARED)))
        except sa.exc.OperationalError as error:
            if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
                raise
            raise UserError("An older MAS works on this database.", "Stop it first.") from None
        connection.exec_driver_sql("reset lock_timeout")
        yield _OneOfMany(connection)


async def lost(life: Life, every_seconds: float) -> RemoteError:
    """Keeps an eye on the others, until we may be dead to them; returns the error to stop with."""
    while True:
        await asyncio.sleep(every_seconds)
        try:
            await asyncio.to_thread(life.look)
        except sa.exc.SQLAlchemyError as error:
            why = "The database ended the session that shows the others that this process lives"
            return RemoteError(f"{why} ({type(error).__name__}); it stops, since another may have its jobs now.")
        try:
            await asyncio.to_thread(life.take_over)
        except sa.exc.SQLAlchemyError as error:  # if it was our session that failed, the next look says so
            _log.warning("the jobs of the dead are looked for the next time: %s", type(error).__name__)
