"""What people call a place of back-ups by: a folder, or s3://BUCKET/PREFIX."""

from __future__ import annotations

import re
from pathlib import Path

from bot.errors import UserError
from bot.ops.backup.storage import Folder, Shelf
from bot.settings.model import LocalSettings

_S3 = "s3://"
_BUCKET = re.compile(r"s3://([A-Za-z0-9][A-Za-z0-9._-]{1,62})((?:/[\w.=-]+)*)/*", re.ASCII)
_RIGHT = "Use s3://BUCKET/PREFIX, the prefix of ASCII letters, digits, dots, dashes, underscores, = and slashes."


def shelf_of(where: str, settings: LocalSettings) -> Shelf:
    """The shelf that a place names; nothing is asked of it yet.

    Raises:
        UserError: it names no bucket, or what a bucket needs is not installed or not set.
    """
    if not where.startswith(_S3):
        return Folder(Path(where))
    named = _BUCKET.fullmatch(where)
    if named is None or {".", ".."} & set(named[2].split("/")):
        raise UserError(f"{where} is no place in S3-compatible storage.", _RIGHT)
    try:
        from bot.ops.backup.s3 import opened
    except ModuleNotFoundError as error:
        if str(error.name).partition(".")[0] != "obstore":
            raise
        raise UserError(f"{where} is S3-compatible storage, whose client is not installed.", _EXTRA) from error
    return opened(named[1], named[2].strip("/"), settings)


def found(place: str, settings: LocalSettings) -> tuple[Shelf, str]:
    """The shelf on which a back-up lies, and its name there. Raises as `shelf_of` does."""
    if not place.startswith(_S3):
        path = Path(place)
        return Folder(path.parent), path.name
    where, _, name = place.rpartition("/")
    if not name or where == _S3.removesuffix("/"):
        raise UserError(f"{place} names no back-up.", "Use s3://BUCKET/PREFIX/NAME, as `mas backup` said it.")
    return shelf_of(where, settings), name


_EXTRA = "Install it: pip install 'mas-docs-bot[s3]'."
