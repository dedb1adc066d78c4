"""Key and value, many and small, in one file of a cache's folder; whatever is wrong with it, it is empty."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing, suppress
from pathlib import Path

MAX_FILE_BYTES = 96 << 20
"""Bytes; a larger file is thrown away, and filled anew with what is asked for then."""
_SELECT_MANY = "SELECT key, value FROM facts WHERE key IN (SELECT value FROM json_each(?))"


class KeyValueFile:
    """Values by key; processes may share a file. `new` holds what `save` will add.

    Args:
        file: made when first saved to; None keeps nothing.
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
        """The value of a key, if there is one."""
        if key not in self._prefetched:
            self.missing_keys([key])
        return self._prefetched.pop(key, None)

    def missing_keys(self, keys: Iterable[str]) -> set[str]:
        """The keys without a value; the others' are brought at once, since one by one they take five times as long."""
        keys, found = list(keys), {}
        if self._open is not None:
            try:
                found = dict(self._open.execute(_SELECT_MANY, (json.dumps(keys),)))
            except sqlite3.Error:
                self.close()
        self._prefetched |= {key: value for key, value in found.items() if isinstance(value, bytes)}
        return {key for key in keys if key not in self._prefetched}

    def save(self) -> None:
        """Keep what is new."""
        broken = self._open is None
        self.close()
        if self._file is None or not self.pending:
            return
        with suppress(OSError, sqlite3.Error):  # a full disk, a read-only one, or another process at it for long
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if broken or self._file.stat().st_size > MAX_FILE_BYTES:
                self._file.unlink(missing_ok=True)
            with closing(sqlite3.connect(self._file, timeout=1)) as database, database:
                database.execute("PRAGMA synchronous = OFF")
                database.execute("CREATE TABLE IF NOT EXISTS facts (key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID")
                database.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", self.pending.items())
            self.pending.clear()

    def close(self) -> None:
        """Let go of the file."""
        if self._open is not None:
            self._open.close()
            self._open = None
