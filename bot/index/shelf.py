"""Where an index keeps what it knows: named values, many and small.

What is kept can be worked out anew from the repository, at the price of embedding it again.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Protocol, Self

from bot.errors import UserError


class Shelf(Protocol):
    """Named values of one repository. Names are text without a pattern's signs; equal names replace each other."""

    def find(self, names: Collection[str]) -> dict[str, bytes]:
        """The values of those names that are kept."""
        ...

    def names(self, prefix: str) -> set[str]:
        """All names that begin so."""
        ...

    def keep(self, values: Mapping[str, bytes]) -> None:
        """Keep all of the values, or none; after it returns they outlast a kill."""
        ...

    def drop(self, names: Collection[str]) -> None:
        """Keep no longer what is there of these names."""
        ...


class SqliteShelf:
    """A shelf in one SQLite file; processes may share it.

    Raises:
        UserError: the file cannot be opened or written.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        try:
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._database = sqlite3.connect(file, timeout=30, isolation_level=None)
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = NORMAL")
            self._database.execute(
                "CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID"
            )
        except (OSError, sqlite3.Error) as error:
            raise UserError(f"The index {file} cannot be opened: {error}.", "Remove it; it is made anew.") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def find(self, names: Collection[str]) -> dict[str, bytes]:
        if not names:
            return {}
        wanted = "SELECT name, value FROM kept WHERE name IN (SELECT value FROM json_each(?))"
        return dict(self._database.execute(wanted, (json.dumps(list(names)),)))

    def names(self, prefix: str) -> set[str]:
        after = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        found = self._database.execute("SELECT name FROM kept WHERE name >= ? AND name < ?", (prefix, after))
        return {name for (name,) in found}

    def keep(self, values: Mapping[str, bytes]) -> None:
        self._change("INSERT OR REPLACE INTO kept VALUES (?, ?)", list(values.items()))

    def drop(self, names: Collection[str]) -> None:
        self._change("DELETE FROM kept WHERE name = ?", [(name,) for name in names])

    def _change(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        try:
            self._database.execute("BEGIN IMMEDIATE")
            self._database.executemany(statement, rows)
            self._database.execute("COMMIT")
        except sqlite3.Error as error:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            raise UserError(f"The index {self._file} cannot be written: {error}.", "Is the disk full?") from error
