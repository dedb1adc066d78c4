"""A process's place among those that work on one database, and its sign of life there.

SQLite has one process, kept so by a lock on a file. PostgreSQL has as many as like: each holds an advisory lock of its
own for as long as its session lives, so that the others can tell that it died and take its jobs over. A process that
lost its session must stop, since the others take it for dead.

PostgreSQL keeps two kinds of such locks apart, by one number and by two. By one: `_SHARED`, which all hold together and
a MAS of a former version alone; `_STARTUP_LOCK`, held while tables are made; `_PUMP_LOCK`, held by the one that moves
deliveries. By two: `_MEMBER_LOCK` and a process's own number.
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
_SHARED_LOCK, _STARTUP_LOCK, _PUMP_LOCK, _MEMBER_LOCK = 771, 772, 773, 771
_LOCK_RETRY_SECONDS = 0.05
_EXECUTOR_NAME = "mas"
"""The executor's name where there is one process only; on PostgreSQL that of a former version, whose lock was 771."""
_SESSION_SETTINGS = (
    # The server may take a moment to see that the last holder is gone.
    "set lock_timeout = '2s'",
    # So that it sees within half a minute that our machine is gone.
    "set tcp_keepalives_idle = 10",
    "set tcp_keepalives_interval = 5",
    "set tcp_keepalives_count = 4",
)


_log = logging.getLogger(__name__)


class Membership(Protocol):
    """What a process may do beside the others. The methods block; all but `executor_id` raise `SQLAlchemyError`."""

    @property
    def executor_id(self) -> str:
        """The name under which it takes jobs."""
        ...

    @contextmanager
    def startup_lock(self) -> Iterator[None]:
        """Makes tables while no other does."""
        ...

    def check_session(self) -> None:
        """Asks for a sign of life; raises where the others may take us for dead."""
        ...

    def acquire_leadership(self) -> bool:
        """Whether it is the one that moves deliveries; once it is, it stays so."""
        ...

    def recover_orphans(self) -> int:
        """Puts the jobs of those that died back into the queue, at their last finished step; returns how many."""
        ...


class _SqliteMembership:
    """The only process on a SQLite file: it starts under its former name, by which the engine finds its own jobs."""

    executor_id = _EXECUTOR_NAME

    @contextmanager
    def startup_lock(self) -> Iterator[None]:
        yield

    def check_session(self) -> None:
        """Nothing: the kernel takes the lock from a process that ended, and from no other."""

    def acquire_leadership(self) -> bool:
        return True

    def recover_orphans(self) -> int:
        return 0


class _PostgresMembership:
    """One of those on a PostgreSQL. Its session outlives every call: what it holds, it holds by that."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._session_lock = threading.Lock()  # a session does one thing at a time
        self._is_leader = False
        while not self._try_lock(_MEMBER_LOCK, number := secrets.randbelow(2**31 - 1) + 1):
            pass
        self.executor_id = f"{_EXECUTOR_NAME}-{number}"

    @contextmanager
    def startup_lock(self) -> Iterator[None]:
        # Asked for again and again: one that waits in a statement would keep an index from being made.
        while not self._try_lock(_STARTUP_LOCK):
            time.sleep(_LOCK_RETRY_SECONDS)
        try:
            yield
        finally:
            self._unlock(_STARTUP_LOCK)

    def check_session(self) -> None:
        with self._session_lock:
            self._connection.exec_driver_sql("select 1")

    def acquire_leadership(self) -> bool:
        with self._session_lock:
            self._is_leader = self._is_leader or self._try_lock(_PUMP_LOCK)
        return self._is_leader

    def recover_orphans(self) -> int:
        with self._session_lock:
            others = dbos_tables.active_executors(self._connection) - {self.executor_id}
            return sum(self._recover_from(other) for other in sorted(others))

    def _recover_from(self, executor_id: str) -> int:
        tail = executor_id.removeprefix(f"{_EXECUTOR_NAME}-")
        number = int(tail) if tail.isdecimal() else 0  # of a former version: `_SHARED` says that none is left
        if not self._try_lock(_MEMBER_LOCK, number):
            return 0  # it lives
        try:
            return dbos_tables.requeue(self._connection, executor_id)
        finally:
            self._unlock(_MEMBER_LOCK, number)

    def _try_lock(self, *key: int) -> bool:
        return bool(self._connection.execute(sa.select(sa.func.pg_try_advisory_lock(*key))).scalar())

    def _unlock(self, *key: int) -> None:
        self._connection.execute(sa.select(sa.func.pg_advisory_unlock(*key)))


@contextmanager
def join(database: sa.Engine) -> Iterator[Membership]:
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
            yield _SqliteMembership()
        return
    with database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.detach()  # so that closing it ends the session, and the locks with it
        for statement in _SESSION_SETTINGS:
            connection.exec_driver_sql(statement)
        try:
            connection.execute(sa.select(sa.func.pg_advisory_lock_shared(_SHARED_LOCK)))
        except sa.exc.OperationalError as error:
            if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
                raise
            raise UserError("An older MAS works on this database.", "Stop it first.") from None
        connection.exec_driver_sql("reset lock_timeout")
        yield _PostgresMembership(connection)


async def watch_membership(membership: Membership, interval_seconds: float) -> RemoteError:
    """Keeps an eye on the others, until we may be dead to them; returns the error to stop with."""
    while True:
        await asyncio.sleep(interval_seconds)
        try:
            await asyncio.to_thread(membership.check_session)
        except sa.exc.SQLAlchemyError as error:
            why = "The database ended the session that shows the others that this process lives"
            return RemoteError(f"{why} ({type(error).__name__}); it stops, since another may have its jobs now.")
        try:
            await asyncio.to_thread(membership.recover_orphans)
        except sa.exc.SQLAlchemyError as error:  # if it was our session that failed, the next look says so
            _log.warning("the jobs of the dead are looked for the next time: %s", type(error).__name__)
