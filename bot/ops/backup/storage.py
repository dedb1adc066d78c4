"""Where back-ups are kept: each is there whole or not at all, and the oldest go once a new one is safe."""

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
    """Where back-ups are kept, by names: a folder, or a bucket (`bot/backup/bucket.py`).

    Each method raises `UserError` where it cannot be done so, and `RemoteError` where a storage does not do its part.
    """

    def workspace(self) -> AbstractContextManager[Path]:
        """An empty private folder on this machine, for the only one that writes back-ups there."""

    def add(self, file: Path, taken_at: datetime) -> str:
        """Keep what was written in the workplace at a time; returns where it lies, safe and whole."""

    def prune(self, keep: int) -> Sequence[str]:
        """Delete all but the newest back-ups; returns where they lay. What is no back-up stays."""

    def fetch(self, name: str, scratch: Path) -> Path:
        """A file with a back-up, on this machine; the scratch folder may hold it."""


@dataclass(frozen=True, slots=True)
class FolderStorage:
    """Back-ups in a folder."""

    path: Path

    @contextmanager
    def workspace(self) -> Iterator[Path]:
        """A folder on the same disk, so that a back-up comes to its name at once."""
        with writer_lock(self.path), scratch_folder(self.path) as made:
            yield made

    def add(self, file: Path, taken_at: datetime) -> str:
        """Give it a name that no other one has."""
        for number in range(1000):
            path = self.path / backup_name(taken_at, number)
            if not path.exists():
                _publish(file, path)
                return str(path)
        raise UserError(f"{self.path} has a thousand back-ups of this second.")

    def prune(self, keep: int) -> list[str]:
        """Delete all but the newest."""
        gone = [self.path / name for name in sort_by_age(path.name for path in self.path.iterdir())[:-keep]]
        for path in gone:
            path.unlink()
        return [str(path) for path in gone]

    def fetch(self, name: str, scratch: Path) -> Path:
        """The file itself."""
        return self.path / name


@contextmanager
def writer_lock(folder: Path) -> Iterator[None]:
    """Be the only one that writes back-ups there; what a killed one left half-written is removed.

    Raises:
        UserError: another one writes there, or the folder cannot be used.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (folder / _LOCK).open("w")
    except OSError as error:
        raise UserError(f"{folder} cannot be written into: {error.strerror}.", "Name another folder.") from error
    with lock:
        try:
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise UserError(f"Another back-up is being written into {folder}.", "Wait for its end.") from None
        for left in folder.glob(".mas-*"):
            _remove(left)
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
    """A folder beside the back-ups, on the same disk, which is gone in the end; `alone` removes one that was left."""
    made = folder / f".mas-{os.getpid()}"
    made.mkdir(mode=0o700)
    try:
        yield made
    finally:
        _remove(made)


def backup_name(taken_at: datetime, number: int = 0) -> str:
    """The name of a back-up taken at a time; the number tells it from others of the same second."""
    return f"mas-{taken_at:%Y%m%dT%H%M%SZ}{f'-{number}' if number else ''}.backup"


def sort_by_age(names: Iterable[str]) -> list[str]:
    """Those that are names of back-ups, in the order in which they were taken."""
    return sorted(filter(_NAME.fullmatch, names), key=_age)


def _age(name: str) -> tuple[str, int]:
    """By the time in its name, then by the number behind it: clocks of files say when they were copied."""
    taken, _, number = name.removeprefix("mas-").removesuffix(".backup").partition("-")
    return taken, int(number or 0)


def _publish(source: Path, name: Path) -> None:
    """Give a whole back-up its name, on disk when this returns."""
    with source.open("rb") as file:
        os.fsync(file.fileno())
    source.rename(name)
    folder = os.open(name.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def open_backup(path: Path) -> BinaryIO:
    """A back-up to read.

    Raises:
        UserError: it cannot be read.
    """
    try:
        return path.open("rb")
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.", "Name a back-up.") from error
