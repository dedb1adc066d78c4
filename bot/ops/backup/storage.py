"""Backup storage: backups appear atomically, and the oldest are deleted once a new one is safe."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from bot.errors import UserError

_NAME = re.compile(r"mas-\d{8}T\d{6}Z(-\d+)?\.backup")
_LOCK = ".lock"


class BackupStorage(Protocol):
    """Storage of named backups: a folder, or a bucket (`s3`).

    Each method raises `UserError` for invalid requests, and `RemoteError` if the storage fails.
    """

    def workspace(self) -> AbstractContextManager[Path]:
        """Lock the storage for writing, and return an empty private local folder."""

    def add(self, file: Path, taken_at: datetime) -> str:
        """Store a file from the workspace durably and completely. Return its location."""

    def prune(self, keep: int) -> Sequence[str]:
        """Delete all but the newest backups. Return their locations. Other files are not touched."""

    def fetch(self, name: str, scratch: Path) -> Path:
        """Return a local file with a backup, which may be in the scratch folder."""


@dataclass(frozen=True, slots=True)
class FolderStorage:
    """Backups in a folder."""

    path: Path

    @contextmanager
    def workspace(self) -> Iterator[Path]:
        """Return a folder on the same file system, so that a backup can be renamed into place."""
        with writer_lock(self.path), scratch_folder(self.path) as scratch:
            yield scratch

    def add(self, file: Path, taken_at: datetime) -> str:
        """Rename the file to a unique name."""
        for number in range(1000):
            path = self.path / backup_name(taken_at, number)
            if not path.exists():
                _publish(file, path)
                return str(path)
        raise UserError(f"{self.path} already has a thousand backups from this second.", "Try again.")

    def prune(self, keep: int) -> list[str]:
        """Delete all but the newest backups."""
        old = [self.path / name for name in sort_by_age(path.name for path in self.path.iterdir())[:-keep]]
        for path in old:
            path.unlink()
        return [str(path) for path in old]

    def fetch(self, name: str, scratch: Path) -> Path:
        """Return the file itself."""
        return self.path / name


@contextmanager
def writer_lock(folder: Path) -> Iterator[None]:
    """Lock a folder for writing, and remove the unfinished files of a killed backup.

    Raises:
        UserError: another backup is running, or the folder cannot be used.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (folder / _LOCK).open("w")
    except OSError as error:
        raise UserError(f"Cannot write to {folder}: {error.strerror}.", "Use another folder.") from error
    with lock:
        try:
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise UserError(f"Another backup to {folder} is running.", "Wait until it has finished.") from None
        for leftover in folder.glob(".mas-*"):
            _remove(leftover)
        yield


def _remove(path: Path) -> None:
    if path.is_dir():
        for each in path.iterdir():
            each.unlink()
        path.rmdir()
    else:
        path.unlink()


@contextmanager
def scratch_folder(folder: Path) -> Iterator[Path]:
    """Create a temporary folder inside `folder`. `writer_lock` removes the one of a killed process."""
    scratch = folder / f".mas-{os.getpid()}"
    scratch.mkdir(mode=0o700)
    try:
        yield scratch
    finally:
        _remove(scratch)


def backup_name(taken_at: datetime, number: int = 0) -> str:
    """Return the name of a backup. The number distinguishes backups of the same second."""
    return f"mas-{taken_at:%Y%m%dT%H%M%SZ}{f'-{number}' if number else ''}.backup"


def sort_by_age(names: Iterable[str]) -> list[str]:
    """Return the names that are backup names, oldest first."""
    return sorted(filter(_NAME.fullmatch, names), key=_age)


def _age(name: str) -> tuple[str, int]:
    """Return the time and number from a name. File times are not used: they change when a file is copied."""
    taken_at, _, number = name.removeprefix("mas-").removesuffix(".backup").partition("-")
    return taken_at, int(number or 0)


def _publish(source: Path, name: Path) -> None:
    """Rename a complete backup durably."""
    with source.open("rb") as file:
        os.fsync(file.fileno())
    source.rename(name)
    folder = os.open(name.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def open_backup(path: Path) -> BinaryIO:
    """Open a backup for reading.

    Raises:
        UserError: the file cannot be read.
    """
    try:
        return path.open("rb")
    except OSError as error:
        raise UserError(f"Cannot read {path}: {error.strerror}.", "Pass the path of a backup.") from error
