"""One SQLAlchemy engine for the inbox, the durable engine and the store."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.errors import UserError

_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "wal_autocheckpoint=8000",  # pages, 32 MB: nobody commits while a checkpoint runs
    "busy_timeout=30000",
    "foreign_keys=ON",
)

_KEEPALIVE_OPTIONS = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 30_000,
}
"""A server that went away without a word is noticed in half a minute; the system's own way may take a quarter hour."""


def connect(url: str, setting: str = "DATABASE_URL", alternative: str = "") -> sa.Engine:
    """Open the database of a URL: `sqlite:///FILE` or `postgresql://…`.

    A SQLite file is made with mode 0600 and runs in WAL mode with every commit on disk.

    Args:
        setting: what people know the URL by.
        also: what else may stand there, for the remedy.

    Raises:
        UserError: the URL names no database that we can use.
    """
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError):  # the latter for a port that is no number
        raise UserError(f"{setting} is not a URL.", "Use sqlite:///FILE or postgresql://USER@HOST/NAME.") from None
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed, setting)
    if parsed.get_backend_name() in ("postgresql", "postgres"):
        url_of_driver = parsed.set(drivername="postgresql+psycopg")
        return sa.create_engine(
            url_of_driver, pool_size=10, pool_pre_ping=True, hide_parameters=True, connect_args=_KEEPALIVE_OPTIONS
        )
    right = " or ".join(filter(None, ("sqlite:///", "postgresql://", alternative)))
    raise UserError(f"{setting} names {parsed.drivername}, which MAS does not use.", f"Use {right}.")


def describe_database(database: sa.Engine) -> str:
    """What database it is, for people; it is asked, and raises `DBAPIError` where it does not answer."""
    with database.connect() as connection:
        connection.execute(sa.text("SELECT 1"))
        version = ".".join(map(str, database.dialect.server_version_info or ()))
    url = database.url
    if database.dialect.name == "sqlite":
        return f"SQLite {version}, {url.database}"
    return f"PostgreSQL {version}, {url.database} at {url.host or 'a local socket'}"


def _sqlite(url: sa.URL, setting: str) -> sa.Engine:
    if not url.database:
        raise UserError(f"{setting} names no file.", "Use sqlite:///FILE.")
    path = Path(url.database)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise UserError(f"{path} cannot be opened: {error.strerror}.", f"Check {setting}.") from error
    # hide_parameters: an error's text goes to the log, and rows hold what is the tenants'.
    engine = sa.create_engine(url.set(drivername="sqlite"), pool_size=10, hide_parameters=True)

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        # IMMEDIATE: a transaction that begins with a read and then writes must not fail with "locked".
        connection.isolation_level = "IMMEDIATE"
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    return engine
