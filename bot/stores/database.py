"""Open the SQLAlchemy engine that the inbox, the durable engine and the store share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.errors import UserError

_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "wal_autocheckpoint=8000",  # pages, 32 MB: a checkpoint blocks commits, so keep them rare
    "busy_timeout=30000",
    "foreign_keys=ON",
)

_KEEPALIVE_OPTIONS = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 30_000,
}
"""Detect a lost server in half a minute; the system's defaults can take a quarter of an hour."""


def connect(url: str, setting: str = "DATABASE_URL", alternative: str = "") -> sa.Engine:
    """Open the database of a URL: `sqlite:///FILE` or `postgresql://…`.

    A SQLite file is created with mode 0600 and runs in WAL mode with every commit on disk.

    Args:
        setting: name of the setting with the URL, for error messages.
        alternative: another accepted scheme, for error messages.

    Raises:
        UserError: the URL is invalid, or the database is not supported.
    """
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError):  # ValueError: the port is not a number
        raise UserError(f"{setting} is not a URL.", "Use sqlite:///FILE or postgresql://USER@HOST/NAME.") from None
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed, setting)
    if parsed.get_backend_name() in ("postgresql", "postgres"):
        psycopg_url = parsed.set(drivername="postgresql+psycopg")
        return sa.create_engine(
            psycopg_url, pool_size=10, pool_pre_ping=True, hide_parameters=True, connect_args=_KEEPALIVE_OPTIONS
        )
    schemes = " or ".join(filter(None, ("sqlite:///", "postgresql://", alternative)))
    raise UserError(f"{setting} is not a supported database ({parsed.drivername}).", f"Use {schemes}.")


def describe_database(database: sa.Engine) -> str:
    """Describe a database for people. Connects to it, and raises `DBAPIError` if that fails."""
    with database.connect() as connection:
        connection.execute(sa.text("SELECT 1"))
        version = ".".join(map(str, database.dialect.server_version_info or ()))
    url = database.url
    if database.dialect.name == "sqlite":
        return f"SQLite {version}, {url.database}"
    return f"PostgreSQL {version}, {url.database} at {url.host or 'a local socket'}"


def _sqlite(url: sa.URL, setting: str) -> sa.Engine:
    if not url.database:
        raise UserError(f"{setting} has no file name.", "Use sqlite:///FILE.")
    path = Path(url.database)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise UserError(f"Cannot open {path}: {error.strerror}.", f"Check {setting}.") from error
    # hide_parameters: error messages are logged, and rows contain tenants' data.
    engine = sa.create_engine(url.set(drivername="sqlite"), pool_size=10, hide_parameters=True)

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        # IMMEDIATE: a transaction that reads first and then writes must not fail with "database is locked".
        connection.isolation_level = "IMMEDIATE"
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    return engine
