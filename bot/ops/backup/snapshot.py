"""One moment of a database as files, while others write to it, and the way back into an empty database.

The indexes are left out: they are made of the repositories, and are made again. SQLite: its online back-up copies the
file in one read transaction. PostgreSQL: every table by COPY within one transaction of repeatable reads, so that no
program of PostgreSQL's own is needed. It goes back into tables that this MAS makes, in one transaction: all of it is
there, or nothing.
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
"""They say which tables there are: compared, not brought back."""
_VERSIONS = {
    "store": ("public.store_schema_version", "store_schema_version"),
    "engine": ("dbos.dbos_migrations", "dbos_migrations"),
}


def take(database: sa.Engine, folder: Path) -> tuple[dict[str, int], dict[str, Sequence[str]]]:
    """Write a moment of a database into a folder; returns the versions of its tables, and of each file its columns."""
    return _take_sqlite(database, folder) if database.dialect.name == "sqlite" else _take_postgres(database, folder)


# ------------------------------------------------------------------ SQLite


def _take_sqlite(database: sa.Engine, folder: Path) -> tuple[dict[str, int], dict[str, Sequence[str]]]:
    copy = folder / SQLITE_FILE
    source = sqlite3.connect(f"file:{database.url.database}?mode=rw", uri=True, timeout=30)
    with closing(source), closing(sqlite3.connect(copy)) as target:
        source.backup(target)  # all pages in one go: nobody's write comes in between
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
    """Take out of a copy what can be made again: it may be most of it."""
    there = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for table in (table.name for table in DERIVED_TABLES if table.name in there):
        connection.execute(f"DELETE FROM {table}")  # noqa: S608
    connection.commit()
    connection.execute("VACUUM")


def check_sqlite(file: Path) -> None:
    """Raises `UserError` where a SQLite file is damaged."""
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
            (said,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        said = str(error)
    if said != "ok":
        raise UserError(f"The copy of the database is damaged: {said}.", "Check the disk, and take another back-up.")


def restore_sqlite(copy: Path, target: Path) -> None:
    """Give a copy the name of the database, which nothing has yet; it is there whole, or not at all.

    Raises:
        UserError: there is a database already.
    """
    check_sqlite(copy)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    near = target.with_name(f".{target.name}.restoring")
    near.unlink(missing_ok=True)
    try:
        with near.open("xb") as out, copy.open("rb") as source:
            os.fchmod(out.fileno(), 0o600)
            while chunk := source.read(1 << 20):
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
        require_no_sqlite(target)
        os.link(near, target)  # unlike a rename, it never takes the place of another file
    except FileExistsError:
        raise _already_exists(str(target)) from None
    finally:
        near.unlink(missing_ok=True)


def require_no_sqlite(target: Path) -> None:
    """Raises `UserError` where a database or what belongs to one stands."""
    for there in (target, target.with_name(f"{target.name}-wal")):
        if there.exists():
            raise _already_exists(str(there))


def _already_exists(name: str) -> UserError:
    return UserError(
        f"{name} is there already, and nothing is written over it.",
        "Move it away, or set MAS_DATA_DIR or DATABASE_URL to an empty place.",
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
        left_out = _VERSION_TABLES | {f"public.{table.name}" for table in DERIVED_TABLES}
        kept = {name: columns for name, columns in tables.items() if name not in left_out}
        for name, columns in kept.items():
            with (folder / f"{name}{_COPY_SUFFIX}").open("wb") as out:
                _copy_out(connection, f"COPY {_quote(name)} ({_column_list(columns)}) TO STDOUT", out.write)
    return versions, {f"{name}{_COPY_SUFFIX}": columns for name, columns in kept.items()}


@contextmanager
def _repeatable_read(database: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction that sees one moment, whatever others write."""
    with database.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")
        yield connection


def _tables(connection: sa.Connection) -> dict[str, list[str]]:
    """The columns of each table, by `schema.name`; those that others refer to come first."""
    metadata = sa.MetaData()
    present = {name for name in _SCHEMAS if name in sa.inspect(connection).get_schema_names()}
    for schema in sorted(present):
        metadata.reflect(connection, schema=schema)
    return {str(table): [c.name for c in table.columns if c.computed is None] for table in metadata.sorted_tables}


def restore_postgres(
    database: sa.Engine, folder: Path, columns: Mapping[str, Sequence[str]], versions: Mapping[str, int]
) -> None:
    """Bring tables back, all of them or none.

    Raises:
        UserError: one of them has rows, or is unknown here, or the tables are of other versions.
    """
    with database.begin() as connection:
        known = _tables(connection)
        _check_versions(connection, versions)
        names = [file.removesuffix(_COPY_SUFFIX) for file in columns]
        strange = [name for name in names if not set(columns[f"{name}{_COPY_SUFFIX}"]) <= set(known.get(name, ()))]
        if strange:
            raise UserError(f"This MAS has no such table {strange[0]}.", "Restore with the MAS that wrote the back-up.")
        for name in (name for name in known if name not in _VERSION_TABLES):
            connection.exec_driver_sql(f"LOCK TABLE {_quote(name)} IN EXCLUSIVE MODE")
            if connection.exec_driver_sql(f"SELECT 1 FROM {_quote(name)} LIMIT 1").first():  # noqa: S608
                raise _already_exists(f"A row in {name}")
        for name in (name for name in known if name in names):  # in the order that foreign keys ask for
            listed = _column_list(columns[f"{name}{_COPY_SUFFIX}"])
            with (folder / f"{name}{_COPY_SUFFIX}").open("rb") as source:
                _copy_in(connection, f"COPY {_quote(name)} ({listed}) FROM STDIN", lambda: source.read(1 << 20))
            _advance_sequences(connection, name, known[name])


def _check_versions(connection: sa.Connection, versions: Mapping[str, int]) -> None:
    for part, version in versions.items():
        here = connection.exec_driver_sql(f"SELECT coalesce(max(version), 0) FROM {_VERSIONS[part][0]}").scalar_one()  # noqa: S608
        if here != version:
            raise UserError(
                f"The back-up's tables ({part}) are at version {version}, this MAS makes them at {here}.",
                "Restore with the MAS that wrote the back-up, and update it then.",
            )


def _advance_sequences(connection: sa.Connection, name: str, columns: Sequence[str]) -> None:
    """Let numbers that the database gives go on behind those brought back."""
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
