"""The user's folder for what MAS keeps on this machine: which it is, and whether it can be used.

A module of its own: a preview needs nothing else of the settings, and they take a tenth of a second to load.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


def default_data_dir() -> Path:
    """The user's data folder for MAS on this platform, where `~` is their home; nothing is made."""
    if sys.platform == "darwin":
        return Path("~/Library/Application Support/mas")
    # https://specifications.freedesktop.org/basedir-spec/latest/: a relative path there is to be ignored.
    said = Path(os.environ.get("XDG_DATA_HOME", ""))
    return (said if said.is_absolute() else Path("~/.local/share")) / "mas"


def validate_folder(folder: Path) -> Path:
    """The absolute path of a folder that is there and may be written into, or can be made.

    Raises:
        ValueError: it cannot be used; says why, to be read after the folder's name.
    """
    try:
        folder = folder.expanduser().absolute()
        there = next(path for path in (folder, *folder.parents) if path.exists())
    except RuntimeError:
        raise ValueError("is to be set: this user has no home folder to take one in.") from None
    except OSError as error:
        raise ValueError(f"cannot be used: {error.filename}: {error.strerror}.") from None
    if not there.is_dir():
        raise ValueError(f"cannot be used: {there} is not a folder.")
    if not os.access(there, os.W_OK | os.X_OK):
        raise ValueError(f"cannot be used: this user may not write into {there}.")
    return folder


def from_environment() -> Path | None:
    """The folder that `MAS_DATA_DIR` names, or the default one, made (mode 0700); None where it cannot be used."""
    try:
        folder = validate_folder(Path(os.environ.get("MAS_DATA_DIR") or default_data_dir()))
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (OSError, ValueError):
        return None
    return folder
