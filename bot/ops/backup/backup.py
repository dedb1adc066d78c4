"""Take and restore backups."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from bot import __version__
from bot.errors import UserError
from bot.ops.backup import archive, encryption, snapshot, storage
from bot.ops.backup.external_store import STORE_FILE, export_store, restore_store
from bot.ops.backup.locations import create_storage, locate_backup
from bot.settings.model import LocalSettings, Settings
from bot.stores.database import connect

SETTINGS_FILE, CODE_FILE = "settings.json", "code.bundle"
_PACKED_FILE, _ENCRYPTED_FILE = "packed", "written"
_OMITTED = "(omitted, because MAS_BACKUP_KEY was not set)"


@dataclass(frozen=True, slots=True)
class BackupResult:
    """A verified backup: its location and size, and the locations of the older backups that were deleted."""

    location: str
    size_bytes: int
    pruned: Sequence[str]


def back_up(
    settings: LocalSettings,
    destination: str,
    *,
    raw_settings: Mapping[str, str],
    key: str | None,
    keep: int,
    code: Path | None = None,
) -> BackupResult:
    """Write a backup of the running bot, verify it, and delete the oldest ones.

    Args:
        destination: a folder, or s3://BUCKET/PREFIX.
        raw_settings: unparsed settings by variable name.
        key: encryption key. Without one, the secrets of the settings are omitted; the database is always included.
        keep: number of backups to keep.
        code: a git repository to include as a bundle.

    Raises:
        UserError: something cannot be read or written.
        RemoteError: the storage failed.
    """
    backups = create_storage(destination, settings)
    database = connect(settings.database_url.get_secret_value())
    try:
        with backups.workspace() as scratch:
            now = datetime.now(UTC)
            settings_to_store = _redact_settings(raw_settings, secrets=key is not None)
            file = _write(scratch, _collect(settings, database, scratch, settings_to_store, code, now), key)
            _verify(file, scratch, key)
            size = file.stat().st_size
            return BackupResult(backups.add(file, now), size, backups.prune(keep))
    finally:
        database.dispose()


def _collect(
    settings: LocalSettings,
    database: sa.Engine,
    scratch: Path,
    settings_to_store: Mapping[str, str],
    code: Path | None,
    now: datetime,
) -> archive.BackupManifest:
    """Collect the contents of a backup in a folder. Return their manifest."""
    versions, columns = snapshot.take(database, scratch)
    asyncio.run(export_store(settings, scratch))
    if code is not None:
        _bundle(code, scratch / CODE_FILE)
    (scratch / SETTINGS_FILE).write_text(json.dumps(settings_to_store, indent=1))
    files = {path.name: archive.size_and_digest(path) for path in sorted(scratch.iterdir())}
    return archive.BackupManifest(__version__, now.isoformat(), database.dialect.name, versions, files, columns)


def _write(scratch: Path, manifest: archive.BackupManifest, key: str | None) -> Path:
    packed = scratch / _PACKED_FILE
    with packed.open("xb") as out:
        archive.pack(scratch, out, manifest)
    if key is None:
        return packed
    encrypted = scratch / _ENCRYPTED_FILE
    with packed.open("rb") as plain, encrypted.open("xb") as out:
        encryption.encrypt(plain, out, key)
    packed.unlink()
    return encrypted


def _verify(file: Path, scratch: Path, key: str | None) -> None:
    """Unpack and check a backup as a restore does, without a database. Raises `UserError` if it is damaged."""
    for path in scratch.iterdir():
        if path != file:
            path.unlink()
    manifest = _unpack(file, scratch, key)
    if manifest.database == "sqlite":
        snapshot.check_sqlite(scratch / snapshot.SQLITE_FILE)


def restore(
    settings: LocalSettings,
    location: str,
    *,
    key: str | None,
    create_tables: Callable[[LocalSettings], None],
    extract: Path | None = None,
) -> str:
    """Restore a backup into the empty database of the settings. Return when it was taken.

    Args:
        location: a file, or s3://BUCKET/PREFIX/NAME.
        create_tables: creates the tables of a PostgreSQL database.
        extract: new folder for the settings and the code bundle of the backup.

    Raises:
        UserError: the backup is damaged, from another program or another kind of database, or the target is not empty.
        RemoteError: the storage failed.
    """
    backups, name = locate_backup(location, settings)
    url = sa.make_url(settings.database_url.get_secret_value())
    sqlite = url.get_backend_name() == "sqlite"
    if sqlite:
        snapshot.require_no_sqlite(Path(url.database or ""))
    with storage.scratch_folder(settings.mas_data_dir) as scratch:
        manifest = _unpack(backups.fetch(name, scratch), scratch, key)
        if (manifest.database == "sqlite") != sqlite:
            raise UserError(
                f"The backup is of a {manifest.database} database, but DATABASE_URL is of another kind.",
                f"Set DATABASE_URL to an empty {manifest.database} database.",
            )
        if extract is not None:
            _extract(scratch, extract)
        if STORE_FILE in manifest.files:
            asyncio.run(restore_store(settings, scratch, manifest.taken_at))
        if sqlite:
            snapshot.restore_sqlite(scratch / snapshot.SQLITE_FILE, Path(url.database or ""))
        else:
            create_tables(settings)
            _restore_postgres(settings, scratch, manifest)
    return manifest.taken_at


def _restore_postgres(settings: LocalSettings, scratch: Path, manifest: archive.BackupManifest) -> None:
    database = connect(settings.database_url.get_secret_value())
    try:
        snapshot.restore_postgres(database, scratch, manifest.columns, manifest.versions)
    finally:
        database.dispose()


def _extract(scratch: Path, to: Path) -> None:
    try:
        to.mkdir(mode=0o700, parents=True)
    except OSError as error:
        raise UserError(f"Cannot create {to}: {error.strerror}.", "Pass a folder that does not exist yet.") from error
    for name in (SETTINGS_FILE, CODE_FILE):
        if (scratch / name).exists():
            shutil.copy(scratch / name, to / name)


def _unpack(file: Path, scratch: Path, key: str | None) -> archive.BackupManifest:
    with storage.open_backup(file) as stream:
        if not encryption.is_encrypted(stream):
            return archive.unpack(stream, scratch)
        if key is None:
            raise UserError("The backup is encrypted.", "Set MAS_BACKUP_KEY to the key that it was written with.")
        plain = scratch / _PACKED_FILE
        with plain.open("xb+") as out:
            encryption.decrypt(stream, out, key)
            out.seek(0)
            manifest = archive.unpack(out, scratch)
        plain.unlink()
        return manifest


def _redact_settings(raw_settings: Mapping[str, str], *, secrets: bool) -> dict[str, str]:
    values = {}
    for name, field in Settings.model_fields.items():
        if name.upper() in raw_settings:
            secret = "SecretStr" in str(field.annotation)
            values[name.upper()] = raw_settings[name.upper()] if secrets or not secret else _OMITTED
    return values


def _bundle(repository: Path, to: Path) -> None:
    command = ["git", "-C", str(repository), "bundle", "create", "--quiet", str(to.absolute()), "--all"]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    if process.returncode:
        reason = process.stderr.strip()[:200].rstrip(".")
        raise UserError(
            f"Cannot bundle {repository}: {reason}.", "Pass a git repository with at least one commit to --code."
        )
