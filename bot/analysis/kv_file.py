"""Many small values in one SQLite file of a cache folder; an invalid file counts as empty."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing, suppress
from pathlib import Path

MAX_FILE_BYTES = 96 << 20
"""A larger file is deleted and rebuilt on demand."""
_SELECT_MANY = "SELECT key, value FROM facts WHERE key IN (SELECT value FROM json_each(?))"


class KeyValueFile:
    """Values by key; processes may share a file. `save` adds the values in `pending`.

    Args:
        file: created by the first `save`; None stores nothing.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._open: sqlite3.Connection | None = None
        self._prefetched: dict[str, bytes] = {}
        self.pending: dict[str, bytes] = {}
        if file is not None and file.is_file():
            with suppress(sqlite3.Error):
                self._open = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=1)

    def get(self, key: str) -> bytes | None:
        """Return the value of a key, or None."""
        if key not in self._prefetched:
            self.missing_keys([key])
        return self._prefetched.pop(key, None)

    def missing_keys(self, keys: Iterable[str]) -> set[str]:
        """Return the keys without a value, and prefetch the others: single reads take five times as long."""
        keys, found = list(keys), {}
        if self._open is not None:
            try:
                found = dict(self._open.execute(_SELECT_MANY, (json.dumps(keys),)))
            except sqlite3.Error:
                self.close()
        self._prefetched |= {key: value for key, value in found.items() if isinstance(value, bytes)}
        return {key for key in keys if key not in self._prefetched}

    def save(self) -> None:
        """Write the pending values."""
        broken = self._open is None
        self.close()
        if self._file is None or not self.pending:
            return
        with suppress(OSError, sqlite3.Error):  # disk full, read-only, or locked by another process
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if broken or self._file.stat().st_size > MAX_FILE_BYTES:
                self._file.unlink(missing_ok=True)
            with closing(sqlite3.connect(self._file, timeout=1)) as database, database:
                database.execute("PRAGMA synchronous = OFF")
                database.execute("CREATE TABLE IF NOT EXISTS facts (key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID")
                database.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", self.pending.items())
            self.pending.clear()

    def close(self) -> None:
        """Close the file."""
        if self._open is not None:
            self._open.close()
            self._open = None
