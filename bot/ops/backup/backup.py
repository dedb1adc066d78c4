"""Taking a back-up, and bringing one back."""

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


@dataclass(frozen=True, slots=True)
class BackupResult:
    """A back-up that was written and read again: where, its size in bytes, and where the older ones lay that went."""

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
    """Write a back-up of the running bot, read it again, and delete the oldest.

    Args:
        where: a folder, or s3://BUCKET/PREFIX.
        said: the settings as they were given, by their variables.
        key: encrypts it; without one it holds no secret of the settings, but all that the database holds.
        keep: how many stay.
        code: a git repository of which a bundle goes along.

    Raises:
        UserError: something of it cannot be read or written.
        RemoteError: the storage did not do its part.
    """
    kept = create_storage(destination, settings)
    database = connect(settings.database_url.get_secret_value())
    try:
        with kept.workspace() as scratch:
            now = datetime.now(UTC)
            shown = _redact_settings(raw_settings, secrets=key is not None)
            written = _write(scratch, _collect(settings, database, scratch, shown, code, now), key)
            _verify(written, scratch, key)
            size = written.stat().st_size
            return BackupResult(kept.add(written, now), size, kept.prune(keep))
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
    """Bring all that a back-up holds into a folder; returns what it is."""
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
    written = scratch / _ENCRYPTED_FILE
    with packed.open("rb") as plain, written.open("xb") as out:
        encryption.encrypt(plain, out, key)
    packed.unlink()
    return written


def _verify(written: Path, scratch: Path, key: str | None) -> None:
    """Go through a back-up as a restore would, up to the database. Raises `UserError` where it is not whole."""
    for path in scratch.iterdir():
        if path != written:
            path.unlink()
    manifest = _unpack(written, scratch, key)
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
    """Bring a back-up into the empty database that the settings name; returns when it was taken.

    Args:
        place: its file, or s3://BUCKET/PREFIX/NAME.
        make: makes the tables of a PostgreSQL.
        extract: a folder for the settings and the bundle of code that it holds, to be made.

    Raises:
        UserError: it is damaged, foreign, of another kind of database, or the place is not empty.
        RemoteError: the storage did not do its part.
    """
    kept, name = locate_backup(location, settings)
    url = sa.make_url(settings.database_url.get_secret_value())
    sqlite = url.get_backend_name() == "sqlite"
    if sqlite:
        snapshot.require_no_sqlite(Path(url.database or ""))
    with storage.scratch_folder(settings.mas_data_dir) as scratch:
        manifest = _unpack(kept.fetch(name, scratch), scratch, key)
        if (manifest.database == "sqlite") != sqlite:
            raise UserError(
                f"The back-up is of a {manifest.database} database, DATABASE_URL names another kind.",
                "Set DATABASE_URL to an empty database of that kind.",
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
        raise UserError(f"{to} cannot be made: {error.strerror}.", "Name a folder that is not there yet.") from error
    for name in (SETTINGS_FILE, CODE_FILE):
        if (scratch / name).exists():
            shutil.copy(scratch / name, to / name)


def _unpack(file: Path, scratch: Path, key: str | None) -> archive.BackupManifest:
    with storage.open_backup(file) as stream:
        if not encryption.is_encrypted(stream):
            return archive.unpack(stream, scratch)
        if key is None:
            raise UserError("The back-up is encrypted.", "Set MAS_BACKUP_KEY to the key it was made with.")
        plain = scratch / _PACKED_FILE
        with plain.open("xb+") as out:
            encryption.decrypt(stream, out, key)
            out.seek(0)
            manifest = archive.unpack(out, scratch)
        plain.unlink()
        return manifest


def _redact_settings(raw_settings: Mapping[str, str], *, secrets: bool) -> dict[str, str]:
    kept = {}
    for name, field in Settings.model_fields.items():
        if name.upper() in raw_settings:
            secret = "SecretStr" in str(field.annotation)
            kept[name.upper()] = (
                raw_settings[name.upper()] if secrets or not secret else "(left out, for the want of a key)"
            )
    return kept


def _bundle(repository: Path, to: Path) -> None:
    command = ["git", "-C", str(repository), "bundle", "create", "--quiet", str(to.absolute()), "--all"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise UserError(f"{repository} gives no bundle: {done.stderr.strip()[:200]}", "Name a git repository.")
