"""What the index of a repository on this machine holds: a SQLite file of its own, without SQLAlchemy.

`mas search` is part of the base installation, which has no database toolkit; to load one would also take longer than
most searches do.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from bot.errors import RemoteError, UserError
from bot.stores.records import INDEX_TABLE, batches, prefix_end

_AT_ONCE = 500
"""Names in one statement."""

_BUSY = 30.0
"""Seconds to wait for another process that writes."""

_COLUMNS = INDEX_TABLE.format(bytes="BLOB", collation="", options="WITHOUT ROWID")
_PUT = """INSERT INTO store_index VALUES (0, 0, ?, ?)
    ON CONFLICT (installation_id, repository_id, name) DO UPDATE SET value = excluded.value"""
_OWN = "installation_id = 0 AND repository_id = 0"


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
        found: dict[str, bytes] = {}
        with _translate_errors():
            for some in batches(names, _AT_ONCE):
                query = f"SELECT name, value FROM store_index WHERE {_OWN} AND name IN ({_marks(some)})"  # noqa: S608
                found.update(self._database.execute(query, some))
        return found

    def list_names(self, prefix: str) -> set[str]:
        """See `IndexStorage.list_names`."""
        query = f"SELECT name FROM store_index WHERE {_OWN} AND name >= ? AND name < ?"  # noqa: S608
        with _translate_errors():
            return {name for (name,) in self._database.execute(query, (prefix, prefix_end(prefix)))}

    def save(self, values: Mapping[str, bytes]) -> None:
        """See `IndexStorage.save`: all of them, or none."""
        with _translate_errors(), self._database:
            self._database.executemany(_PUT, values.items())

    def delete(self, names: Collection[str]) -> None:
        """See `IndexStorage.delete`."""
        with _translate_errors():
            for some in batches(names, _AT_ONCE):
                with self._database:
                    query = f"DELETE FROM store_index WHERE {_OWN} AND name IN ({_marks(some)})"  # noqa: S608
                    self._database.execute(query, some)

    def clear(self) -> None:
        """See `IndexStorage.clear`."""
        with _translate_errors(), self._database:
            self._database.execute("DELETE FROM store_index")


@contextmanager
def open_index_file(file: Path) -> Iterator[LocalIndexStorage]:
    """Open the shelf in a SQLite file, made (mode 0600) where it is not there; processes may share it.

    Raises:
        UserError: the file cannot be opened.
    """
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise UserError(f"{file} cannot be opened: {error.strerror}.", "Check MAS_DATA_DIR.") from error
    # IMMEDIATE: what is going to write waits for its turn at once, instead of failing with "locked" later.
    with closing(sqlite3.connect(file, timeout=_BUSY, isolation_level="IMMEDIATE")) as database:
        try:
            database.execute("PRAGMA journal_mode=WAL")
            database.execute("PRAGMA synchronous=FULL")
            database.execute(f"CREATE TABLE IF NOT EXISTS {_COLUMNS}")
        except sqlite3.Error as error:
            raise UserError(f"The index {file} cannot be opened: {error}.", "Delete it; it is made again.") from error
        yield LocalIndexStorage(database)


def _marks(names: Collection[str]) -> str:
    return ", ".join("?" * len(names))


@contextmanager
def _translate_errors() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise RemoteError(f"The index cannot be read or written: {error}.") from error
