"""Index storage of a local repository: a SQLite file, without SQLAlchemy.

`mas search` is part of the base installation, which has no database toolkit; loading one would also take longer than
most searches.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from bot.errors import RemoteError, UserError
from bot.stores.records import INDEX_TABLE, batches, prefix_end

_BATCH_SIZE = 500
"""Maximum number of names in one statement."""

_BUSY_TIMEOUT_SECONDS = 30.0
"""How long to wait for another process that writes."""

_TABLE = INDEX_TABLE.format(bytes="BLOB", collation="", options="WITHOUT ROWID")
_UPSERT = """INSERT INTO store_index VALUES (0, 0, ?, ?)
    ON CONFLICT (installation_id, repository_id, name) DO UPDATE SET value = excluded.value"""
_TENANT_FILTER = "installation_id = 0 AND repository_id = 0"


class LocalIndexStorage:
    """`bot.ports.IndexStorage` in a SQLite file, for one thread at a time.

    The table is the SQL store's, with 0 for the installation and the repository.

    Raises:
        RemoteError: the file cannot be read or written.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def load(self, names: Collection[str]) -> dict[str, bytes]:
        """See `IndexStorage.load`."""
        values: dict[str, bytes] = {}
        with _translate_errors():
            for batch in batches(names, _BATCH_SIZE):
                condition = f"{_TENANT_FILTER} AND name IN ({_placeholders(batch)})"
                query = f"SELECT name, value FROM store_index WHERE {condition}"  # noqa: S608
                values.update(self._database.execute(query, batch))
        return values

    def list_names(self, prefix: str) -> set[str]:
        """See `IndexStorage.list_names`."""
        query = f"SELECT name FROM store_index WHERE {_TENANT_FILTER} AND name >= ? AND name < ?"  # noqa: S608
        with _translate_errors():
            return {name for (name,) in self._database.execute(query, (prefix, prefix_end(prefix)))}

    def save(self, values: Mapping[str, bytes]) -> None:
        """See `IndexStorage.save`. Saves all values or none."""
        with _translate_errors(), self._database:
            self._database.executemany(_UPSERT, values.items())

    def delete(self, names: Collection[str]) -> None:
        """See `IndexStorage.delete`."""
        with _translate_errors():
            for batch in batches(names, _BATCH_SIZE):
                with self._database:
                    condition = f"{_TENANT_FILTER} AND name IN ({_placeholders(batch)})"
                    self._database.execute(f"DELETE FROM store_index WHERE {condition}", batch)  # noqa: S608

    def clear(self) -> None:
        """See `IndexStorage.clear`."""
        with _translate_errors(), self._database:
            self._database.execute("DELETE FROM store_index")


@contextmanager
def open_index_file(file: Path) -> Iterator[LocalIndexStorage]:
    """Open the index storage in a SQLite file, created with mode 0600 if missing; processes may share it.

    Raises:
        UserError: the file cannot be opened.
    """
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise UserError(f"Cannot open {file}: {error.strerror}.", "Check MAS_DATA_DIR.") from error
    # IMMEDIATE: a transaction waits for its turn at the start, instead of failing with "database is locked" later.
    with closing(sqlite3.connect(file, timeout=_BUSY_TIMEOUT_SECONDS, isolation_level="IMMEDIATE")) as database:
        try:
            database.execute("PRAGMA journal_mode=WAL")
            database.execute("PRAGMA synchronous=FULL")
            database.execute(f"CREATE TABLE IF NOT EXISTS {_TABLE}")
        except sqlite3.Error as error:
            raise UserError(f"Cannot open the index {file}: {error}.", "Delete it to rebuild the index.") from error
        yield LocalIndexStorage(database)


def _placeholders(names: Collection[str]) -> str:
    return ", ".join("?" * len(names))


@contextmanager
def _translate_errors() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise RemoteError(f"Cannot read or write the index: {error}.") from error
