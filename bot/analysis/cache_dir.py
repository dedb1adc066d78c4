"""What is kept of earlier work in a folder of its own: without it all is right and only slower.

Whatever is wrong with a file there, making it anew is right; and where nothing can be written, nothing is kept.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from bot.domain import from_json, to_json


class CacheDir:
    """Values of plain data, a file each; processes may share a folder.

    Args:
        folder: made when first written to; None keeps nothing.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def read(self, name: str, kind: type[Any]) -> Any:
        """The value of that kind last written, or None."""
        if self.folder is None:
            return None
        try:
            return from_json(kind, (self.folder / name).read_bytes())
        except (OSError, ValueError):
            return None

    def write(self, name: str, value: object) -> None:
        """Keep a value, whole or not at all."""
        if self.folder is None:
            return
        with suppress(OSError):  # a full disk or a read-only one
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor, fresh = tempfile.mkstemp(dir=self.folder, prefix=f"{name}.")
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(to_json(value))
                Path(fresh).replace(self.folder / name)
            except OSError:
                Path(fresh).unlink(missing_ok=True)
