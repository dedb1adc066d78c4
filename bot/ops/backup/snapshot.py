"""Take a consistent snapshot of a database in use, and restore it into an empty database.

Search indexes are excluded: they can be rebuilt from the repositories. SQLite: the online backup API copies the file in
one read transaction. PostgreSQL: COPY of every table in one REPEATABLE READ transaction, without `pg_dump`. The restore
fills tables that this version of MAS creates, in one transaction.
https://www.sqlite.org/backup.html · https://www.postgresql.org/docs/current/sql-copy.html
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import cast

import psycopg
import sqlalchemy as sa

from bot.errors import UserError
from bot.stores.sql.schema import DERIVED_TABLES

SQLITE_FILE = "mas.db"
_COPY_SUFFIX = ".copy"
_SCHEMAS = ("public", "dbos")
_VERSION_TABLES = frozenset({"public.store_schema_version", "dbos.dbos_migrations"})
"""Schema versions: compared, not restored."""
_VERSIONS = {
    "store": ("public.store_schema_version", "store_schema_version"),
    "engine": ("dbos.dbos_migrations", "dbos_migrations"),
}


def take(database: sa.Engine, folder: Path) -> tuple[dict[str, int], dict[str, Sequence[str]]]:
    """Write a snapshot of a database into a folder. Return its schema versions, and the columns of each file."""
    return _take_sqlite(database, folder) if database.dialect.name == "sqlite" else _take_postgres(database, folder)


# ------------------------------------------------------------------ SQLite


def _take_sqlite(database: sa.Engine, folder: Path) -> tuple[dict[str, int], dict[str, Sequence[str]]]:
    copy = folder / SQLITE_FILE
    source = sqlite3.connect(f"file:{database.url.database}?mode=rw", uri=True, timeout=30)
    with closing(source), closing(sqlite3.connect(copy)) as target:
        source.backup(target)  # all pages in one step, so that no write comes in between
    check_sqlite(copy)
    with closing(sqlite3.connect(copy)) as connection:
        _delete_derived(connection)
        names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        read = "SELECT coalesce(max(version), 0) FROM {}".format
        versions = {
            part: int(connection.execute(read(name)).fetchone()[0])
            for part, (_, name) in _VERSIONS.items()
            if name in names
        }
    return versions, {}


def _delete_derived(connection: sqlite3.Connection) -> None:
    """Delete data that can be rebuilt, which may be most of the copy."""
    existing = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for table in (table.name for table in DERIVED_TABLES if table.name in existing):
        connection.execute(f"DELETE FROM {table}")  # noqa: S608
    connection.commit()
    connection.execute("VACUUM")


def check_sqlite(file: Path) -> None:
    """Raise `UserError` if a SQLite file is damaged."""
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
            (result,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        result = str(error)
    if result != "ok":
        raise UserError(f"The copy of the database is damaged: {result}.", "Check the disk, and take another backup.")


def restore_sqlite(copy: Path, target: Path) -> None:
    """Copy a snapshot to the path of the database, atomically and without overwriting a file.

    Raises:
        UserError: a database exists there.
    """
    check_sqlite(copy)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.restoring")
    temporary.unlink(missing_ok=True)
    try:
        with temporary.open("xb") as out, copy.open("rb") as source:
            os.fchmod(out.fileno(), 0o600)
            while chunk := source.read(1 << 20):
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
        require_no_sqlite(target)
        os.link(temporary, target)  # unlike a rename, a link never replaces another file
    except FileExistsError:
        raise _already_exists(str(target)) from None
    finally:
        temporary.unlink(missing_ok=True)


def require_no_sqlite(target: Path) -> None:
    """Raise `UserError` if a database or its write-ahead log exists."""
    for path in (target, target.with_name(f"{target.name}-wal")):
        if path.exists():
            raise _already_exists(str(path))


def _already_exists(name: str) -> UserError:
    return UserError(
        f"{name} already exists, and a restore never overwrites data.",
        "Move it away, or set MAS_DATA_DIR or DATABASE_URL to an empty folder or database.",
    )


# ------------------------------------------------------------------ PostgreSQL


def _take_postgres(database: sa.Engine, folder: Path) -> tuple[dict[str, int], dict[str, Sequence[str]]]:
    with _repeatable_read(database) as connection:
        tables = _tables(connection)
        versions = {
            part: int(connection.exec_driver_sql(f"SELECT coalesce(max(version), 0) FROM {name}").scalar_one())  # noqa: S608
            for part, (name, _) in _VERSIONS.items()
            if name in tables
        }
        excluded = _VERSION_TABLES | {f"public.{table.name}" for table in DERIVED_TABLES}
        included = {name: columns for name, columns in tables.items() if name not in excluded}
        for name, columns in included.items():
            with (folder / f"{name}{_COPY_SUFFIX}").open("wb") as out:
                _copy_out(connection, f"COPY {_quote(name)} ({_column_list(columns)}) TO STDOUT", out.write)
    return versions, {f"{name}{_COPY_SUFFIX}": columns for name, columns in included.items()}


@contextmanager
def _repeatable_read(database: sa.Engine) -> Iterator[sa.Connection]:
    """Open a read-only transaction with a consistent view of the database."""
    with database.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")
        yield connection


def _tables(connection: sa.Connection) -> dict[str, list[str]]:
    """Return the columns of each table by `schema.name`; tables that foreign keys refer to come first."""
    metadata = sa.MetaData()
    present = {name for name in _SCHEMAS if name in sa.inspect(connection).get_schema_names()}
    for schema in sorted(present):
        metadata.reflect(connection, schema=schema)
    return {str(table): [c.name for c in table.columns if c.computed is None] for table in metadata.sorted_tables}


def restore_postgres(
    database: sa.Engine, folder: Path, columns: Mapping[str, Sequence[str]], versions: Mapping[str, int]
) -> None:
    """Restore all tables in one transaction.

    Raises:
        UserError: a table is not empty or unknown, or the schema versions differ.
    """
    with database.begin() as connection:
        known = _tables(connection)
        _check_versions(connection, versions)
        names = [file.removesuffix(_COPY_SUFFIX) for file in columns]
        unknown = [name for name in names if not set(columns[f"{name}{_COPY_SUFFIX}"]) <= set(known.get(name, ()))]
        if unknown:
            raise UserError(
                f"This version of MAS has no table {unknown[0]} with these columns.",
                "Restore with the version that wrote the backup.",
            )
        for name in (name for name in known if name not in _VERSION_TABLES):
            connection.exec_driver_sql(f"LOCK TABLE {_quote(name)} IN EXCLUSIVE MODE")
            if connection.exec_driver_sql(f"SELECT 1 FROM {_quote(name)} LIMIT 1").first():  # noqa: S608
                raise _already_exists(f"A row in {name}")
        for name in (name for name in known if name in names):  # in the order that foreign keys require
            listed = _column_list(columns[f"{name}{_COPY_SUFFIX}"])
            with (folder / f"{name}{_COPY_SUFFIX}").open("rb") as source:
                _copy_in(connection, f"COPY {_quote(name)} ({listed}) FROM STDIN", lambda: source.read(1 << 20))
            _advance_sequences(connection, name, known[name])


def _check_versions(connection: sa.Connection, versions: Mapping[str, int]) -> None:
    for part, version in versions.items():
        current = connection.exec_driver_sql(f"SELECT coalesce(max(version), 0) FROM {_VERSIONS[part][0]}").scalar_one()  # noqa: S608
        if current != version:
            raise UserError(
                f"The backup has {part} schema version {version}, but this version of MAS has {current}.",
                "Restore with the version that wrote the backup, then upgrade.",
            )


def _advance_sequences(connection: sa.Connection, name: str, columns: Sequence[str]) -> None:
    """Advance the sequences of a table past the restored values."""
    for column in columns:
        sequence = connection.execute(sa.select(sa.func.pg_get_serial_sequence(_quote(name), column))).scalar()
        if sequence is not None:
            last = connection.exec_driver_sql(f'SELECT max("{column}") FROM {_quote(name)}').scalar()  # noqa: S608
            if last is not None:
                connection.execute(sa.select(sa.func.setval(sequence, last)))


def _copy_out(connection: sa.Connection, statement: str, write: Callable[[bytes], object]) -> None:
    driver = cast("psycopg.Connection", connection.connection.driver_connection)
    with driver.cursor() as cursor, cursor.copy(statement) as copied:
        for chunk in copied:
            write(bytes(chunk))


def _copy_in(connection: sa.Connection, statement: str, read: Callable[[], bytes]) -> None:
    driver = cast("psycopg.Connection", connection.connection.driver_connection)
    with driver.cursor() as cursor, cursor.copy(statement) as copied:
        while chunk := read():
            copied.write(chunk)


def _quote(name: str) -> str:
    schema, _, table = name.partition(".")
    return f'"{schema}"."{table}"'


def _column_list(columns: Sequence[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)
