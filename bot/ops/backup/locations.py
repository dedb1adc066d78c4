"""Parse a backup location: a folder, or s3://BUCKET/PREFIX."""

from __future__ import annotations

import re
from pathlib import Path

from bot.errors import UserError
from bot.ops.backup.storage import BackupStorage, FolderStorage
from bot.settings.model import LocalSettings

_S3_SCHEME = "s3://"
_S3_URL = re.compile(r"s3://([A-Za-z0-9][A-Za-z0-9._-]{1,62})((?:/[\w.=-]+)*)/*", re.ASCII)
_S3_URL_HINT = (
    "Use s3://BUCKET/PREFIX; the prefix may contain ASCII letters, digits, dots, dashes, underscores, = and /."
)
_INSTALL_HINT = "Install it: pip install 'mas-docs-bot[s3]'."


def create_storage(location: str, settings: LocalSettings) -> BackupStorage:
    """Return the storage of a location. Sends no request yet.

    Raises:
        UserError: the location is invalid, or S3 support is not installed or configured.
    """
    if not location.startswith(_S3_SCHEME):
        return FolderStorage(Path(location))
    match = _S3_URL.fullmatch(location)
    if match is None or {".", ".."} & set(match[2].split("/")):
        raise UserError(f"{location} is not a valid S3 location.", _S3_URL_HINT)
    try:
        from bot.ops.backup.s3 import create_s3_storage
    except ModuleNotFoundError as error:
        if str(error.name).partition(".")[0] != "obstore":
            raise
        raise UserError(f"Cannot use {location}: the S3 client is not installed.", _INSTALL_HINT) from error
    return create_s3_storage(match[1], match[2].strip("/"), settings)


def locate_backup(location: str, settings: LocalSettings) -> tuple[BackupStorage, str]:
    """Return the storage of a backup, and its name there. Raises what `create_storage` raises."""
    if not location.startswith(_S3_SCHEME):
        path = Path(location)
        return FolderStorage(path.parent), path.name
    parent, _, name = location.rpartition("/")
    if not name or parent == _S3_SCHEME.removesuffix("/"):
        raise UserError(f"{location} has no backup name.", "Use s3://BUCKET/PREFIX/NAME, as printed by `mas backup`.")
    return create_storage(parent, settings), name
