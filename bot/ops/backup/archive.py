"""Pack files into one archive with a manifest of checksums, and unpack only what the manifest lists."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from bot.errors import UserError

FORMAT, VERSION = "mas-backup", 1
_MANIFEST_FILE = "manifest.json"
_MAX_MANIFEST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class BackupManifest:
    """The contents of an archive: `files` maps names to size and SHA-256; `database` is `sqlite` or `postgresql`."""

    mas: str
    taken_at: str
    database: str
    versions: Mapping[str, int]
    files: Mapping[str, tuple[int, str]]
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    format: str = FORMAT
    version: int = VERSION


def pack(folder: Path, archive: BinaryIO, manifest: BackupManifest) -> None:
    """Write the manifest and its files, from a folder, into a compressed archive."""
    text = json.dumps(asdict(manifest), indent=1).encode()
    with tarfile.open(fileobj=archive, mode="w:gz", compresslevel=6) as tar:
        entry = tarfile.TarInfo(_MANIFEST_FILE)
        entry.size = len(text)
        tar.addfile(entry, io.BytesIO(text))
        for name in manifest.files:
            tar.add(folder / name, arcname=name, recursive=False)


def unpack(archive: BinaryIO, folder: Path) -> BackupManifest:
    """Unpack an archive into an empty folder, and verify the files against the manifest.

    Raises:
        UserError: the archive is damaged, or not a backup of MAS.
    """
    try:
        with tarfile.open(fileobj=archive, mode="r|gz") as tar:
            manifest = _parse_manifest(tar)
            while (entry := tar.next()) is not None:
                if entry.name not in manifest.files or not entry.isreg():
                    raise _invalid_backup(f"{entry.name!r} is not in its manifest")
                _extract(tar, entry, folder / entry.name, manifest.files[entry.name])
    except (tarfile.TarError, EOFError, OSError, ValueError, KeyError, TypeError) as error:
        raise _invalid_backup(f"it cannot be unpacked ({type(error).__name__})") from error
    if missing := [name for name in manifest.files if not (folder / name).is_file()]:
        raise _invalid_backup(f"{missing[0]} is missing")
    return manifest


def _parse_manifest(tar: tarfile.TarFile) -> BackupManifest:
    first = tar.next()
    if first is None or first.name != _MANIFEST_FILE or not first.isreg() or first.size > _MAX_MANIFEST_BYTES:
        raise _invalid_backup("it has no manifest")
    stream = tar.extractfile(first)
    manifest: dict[str, Any] = json.loads(stream.read() if stream else b"")
    if manifest.get("format") != FORMAT:
        raise _invalid_backup("its manifest belongs to another program")
    if manifest.get("version") != VERSION:
        raise UserError(
            f"The backup has format version {manifest.get('version')}; this version of MAS reads {VERSION}.",
            "Restore it with the version that wrote it.",
        )
    manifest["files"] = {name: (int(size), str(digest)) for name, (size, digest) in manifest["files"].items()}
    if not all(_is_plain_name(name) for name in manifest["files"]):
        raise _invalid_backup("its manifest lists files outside the archive")
    return BackupManifest(**manifest)


def _is_plain_name(name: str) -> bool:
    return name == Path(name).name and name not in ("", ".", "..", _MANIFEST_FILE)


def _extract(tar: tarfile.TarFile, entry: tarfile.TarInfo, to: Path, expected: tuple[int, str]) -> None:
    stream = tar.extractfile(entry)
    digest, size = hashlib.sha256(), 0
    with to.open("xb") as out:
        while stream and (chunk := stream.read(1 << 20)):
            digest.update(chunk)
            size += len(chunk)
            out.write(chunk)
    if (size, digest.hexdigest()) != expected:
        raise _invalid_backup(f"the checksum of {entry.name} does not match")


def _invalid_backup(reason: str) -> UserError:
    return UserError(f"The file is not a complete backup of MAS: {reason}.", "Use another backup.")


def size_and_digest(file: Path) -> tuple[int, str]:
    """Return a file's size and SHA-256."""
    with file.open("rb") as stream:
        return file.stat().st_size, hashlib.file_digest(stream, "sha256").hexdigest()
