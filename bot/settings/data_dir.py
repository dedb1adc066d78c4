"""The data folder: its default location, and its validation.

A separate module: `mas preview` needs no other settings, and importing those takes a tenth of a second.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


def default_data_dir() -> Path:
    """Return the default data folder of this platform, with an unexpanded `~`. Creates nothing."""
    if sys.platform == "darwin":
        return Path("~/Library/Application Support/mas")
    # https://specifications.freedesktop.org/basedir-spec/latest/: relative paths must be ignored.
    xdg = Path(os.environ.get("XDG_DATA_HOME", ""))
    return (xdg if xdg.is_absolute() else Path("~/.local/share")) / "mas"


def validate_folder(folder: Path) -> Path:
    """Return the absolute path of a folder that is writable or can be created.

    Raises:
        ValueError: the folder cannot be used. The message continues after the name of a setting.
    """
    try:
        folder = folder.expanduser().absolute()
        existing = next(path for path in (folder, *folder.parents) if path.exists())
    except RuntimeError:
        raise ValueError("must be set, because this user has no home folder.") from None
    except OSError as error:
        raise ValueError(f"cannot be used: {error.filename}: {error.strerror}. Choose another folder.") from None
    if not existing.is_dir():
        raise ValueError(f"cannot be used: {existing} is not a folder. Choose another one.")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise ValueError(f"cannot be used: this user cannot write to {existing}. Choose another folder.")
    return folder


def from_environment() -> Path | None:
    """Create and return the folder of `MAS_DATA_DIR` or the default one (mode 0700). None if it cannot be used."""
    try:
        folder = validate_folder(Path(os.environ.get("MAS_DATA_DIR") or default_data_dir()))
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (OSError, ValueError):
        return None
    return folder
