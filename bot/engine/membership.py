"""Membership of a process among those that share a database, and failover.

On SQLite, a file lock allows one process. On PostgreSQL, any number: each holds its own advisory lock while its session
lives, so that the others detect its death and recover its jobs. A process that lost its session must stop, since the
others consider it dead.

PostgreSQL's advisory locks have one or two numbers as a key. With one: `_SHARED_LOCK`, which all processes share and an
older version of MAS held exclusively; `_STARTUP_LOCK`, held while tables are created; `_PUMP_LOCK`, held by the leader,
which moves deliveries. With two: `_MEMBER_LOCK` and the number of a process.
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
"""The executor id on SQLite; on PostgreSQL that of an older version of MAS, which held lock 771."""
_SESSION_SETTINGS = (
    # The server may need a moment to notice that the last holder disconnected.
    "set lock_timeout = '2s'",
    # Lets the server detect the loss of this machine within half a minute.
    "set tcp_keepalives_idle = 10",
    "set tcp_keepalives_interval = 5",
    "set tcp_keepalives_count = 4",
)


_log = logging.getLogger(__name__)


class Membership(Protocol):
    """One process's membership. Methods block, and raise `SQLAlchemyError` if the database fails."""

    @property
    def executor_id(self) -> str:
        """The id under which the process claims jobs."""
        ...

    @contextmanager
    def startup_lock(self) -> Iterator[None]:
        """Hold the lock for creating tables."""
        ...

    def check_session(self) -> None:
        """Raise if the session is lost, so that the others may consider this process dead."""
        ...

    def acquire_leadership(self) -> bool:
        """Return whether this process is the leader, which moves deliveries. A leader remains one."""
        ...

    def recover_orphans(self) -> int:
        """Requeue the jobs of dead processes, at their last finished step, and return their number."""
        ...


class _SqliteMembership:
    """The only process on a SQLite file. Its executor id is constant, so the engine finds its jobs after a restart."""

    executor_id = _EXECUTOR_NAME

    @contextmanager
    def startup_lock(self) -> Iterator[None]:
        yield

    def check_session(self) -> None:
        """Do nothing: the kernel releases the file lock only when the process ends."""

    def acquire_leadership(self) -> bool:
        return True

    def recover_orphans(self) -> int:
        return 0


class _PostgresMembership:
    """One of several processes on PostgreSQL. One session holds all its locks."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._session_lock = threading.Lock()  # a session runs one statement at a time
        self._is_leader = False
        while not self._try_lock(_MEMBER_LOCK, number := secrets.randbelow(2**31 - 1) + 1):
            pass
        self.executor_id = f"{_EXECUTOR_NAME}-{number}"

    @contextmanager
    def startup_lock(self) -> Iterator[None]:
        # Polled, since a waiting statement would block the creation of an index.
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
        number = int(tail) if tail.isdecimal() else 0  # an older version, which `_SHARED_LOCK` excludes
        if not self._try_lock(_MEMBER_LOCK, number):
            return 0  # it is alive
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
    """Join the processes on a database. Membership ends with the process.

    Raises:
        UserError: another process uses the SQLite file, or an older MAS uses the PostgreSQL database.
    """
    if database.dialect.name == "sqlite":
        with Path(f"{database.url.database}.lock").open("w") as file:
            try:
                # Not flock: a child process would inherit that lock and keep it.
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise UserError(
                    "Another MAS process uses this data, and SQLite allows one process only.",
                    "Stop it, set another MAS_DATA_DIR, or use PostgreSQL to run several.",
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
            raise UserError("An older MAS uses this database.", "Stop it first.") from None
        connection.exec_driver_sql("reset lock_timeout")
        yield _PostgresMembership(connection)


async def watch_membership(membership: Membership, interval_seconds: float) -> RemoteError:
    """Recover the jobs of dead processes until this one loses its session; return the error to stop with."""
    while True:
        await asyncio.sleep(interval_seconds)
        try:
            await asyncio.to_thread(membership.check_session)
        except sa.exc.SQLAlchemyError as error:
            return RemoteError(
                f"This process lost its database session ({type(error).__name__}). "
                "It stops, since another process may have recovered its jobs."
            )
        try:
            await asyncio.to_thread(membership.recover_orphans)
        except sa.exc.SQLAlchemyError as error:  # if the session is lost, the next check reports it
            _log.warning("could not recover the jobs of dead processes, will retry: %s", type(error).__name__)
