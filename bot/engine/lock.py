"""One process for one database."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from bot.errors import UserError

_LOCK_NOT_AVAILABLE = "55P03"
"""https://www.postgresql.org/docs/current/errcodes-appendix.html"""


@contextmanager
def only_process(database: sa.Engine) -> Iterator[None]:
    """Holds a lock that a dead process loses at once.

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
            yield
        return
    with database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.detach()  # so that closing it ends the session, and the lock with it
        # The server may take a moment to see that the last holder is gone.
        connection.execute(sa.text("set lock_timeout = '2s'"))
        try:
            connection.execute(
                sa.text("select pg_advisory_lock(771)")
            )  # PostgreSQL keeps one such number for each database
        except sa.exc.OperationalError as error:
            if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
                raise
            raise taken from None
        yield
