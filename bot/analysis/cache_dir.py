"""A folder of cached results, which only saves time.

Invalid files are recomputed, and write errors are ignored.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from bot.domain import from_json, to_json


class CacheDir:
    """A folder of plain values, one file each; processes may share it.

    Args:
        folder: created on the first write; None disables the cache.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def read(self, name: str, kind: type[Any]) -> Any:
        """Return the stored value of a name, or None if there is no valid one."""
        if self.folder is None:
            return None
        try:
            return from_json(kind, (self.folder / name).read_bytes())
        except (OSError, ValueError):
            return None

    def write(self, name: str, value: object) -> None:
        """Store a value atomically."""
        if self.folder is None:
            return
        with suppress(OSError):  # the disk is full or read-only
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor, temporary = tempfile.mkstemp(dir=self.folder, prefix=f"{name}.")
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(to_json(value))
                Path(temporary).replace(self.folder / name)
            except OSError:
                Path(temporary).unlink(missing_ok=True)
