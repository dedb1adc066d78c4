"""What people call a place of back-ups by: a folder, or s3://BUCKET/PREFIX."""

from __future__ import annotations

import re
from pathlib import Path

from bot.errors import UserError
from bot.ops.backup.storage import BackupStorage, FolderStorage
from bot.settings.model import LocalSettings

_S3_SCHEME = "s3://"
_S3_URL = re.compile(r"s3://([A-Za-z0-9][A-Za-z0-9._-]{1,62})((?:/[\w.=-]+)*)/*", re.ASCII)
_S3_URL_HINT = "Use s3://BUCKET/PREFIX, the prefix of ASCII letters, digits, dots, dashes, underscores, = and slashes."


def create_storage(location: str, settings: LocalSettings) -> BackupStorage:
    """The shelf that a place names; nothing is asked of it yet.

    Raises:
        UserError: it names no bucket, or what a bucket needs is not installed or not set.
    """
    if not location.startswith(_S3_SCHEME):
        return FolderStorage(Path(location))
    named = _S3_URL.fullmatch(location)
    if named is None or {".", ".."} & set(named[2].split("/")):
        raise UserError(f"{location} is no place in S3-compatible storage.", _S3_URL_HINT)
    try:
        from bot.ops.backup.s3 import create_s3_storage
    except ModuleNotFoundError as error:
        if str(error.name).partition(".")[0] != "obstore":
            raise
        raise UserError(
            f"{location} is S3-compatible storage, whose client is not installed.", _INSTALL_HINT
        ) from error
    return create_s3_storage(named[1], named[2].strip("/"), settings)


def locate_backup(location: str, settings: LocalSettings) -> tuple[BackupStorage, str]:
    """The shelf on which a back-up lies, and its name there. Raises as `create_storage` does."""
    if not location.startswith(_S3_SCHEME):
        path = Path(location)
        return FolderStorage(path.parent), path.name
    where, _, name = location.rpartition("/")
    if not name or where == _S3_SCHEME.removesuffix("/"):
        raise UserError(f"{location} names no back-up.", "Use s3://BUCKET/PREFIX/NAME, as `mas backup` said it.")
    return create_storage(where, settings), name


_INSTALL_HINT = "Install it: pip install 'mas-docs-bot[s3]'."
