"""The folder that holds back-ups: each is there whole or not at all, and the oldest go once a new one is safe."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from bot.errors import UserError

_NAME = re.compile(r"mas-\d{8}T\d{6}Z(-\d+)?\.backup")
_LOCK = ".lock"


@contextmanager
def alone(folder: Path) -> Iterator[None]:
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
def scratch(folder: Path) -> Iterator[Path]:
    """A folder beside the back-ups, on the same disk, which is gone in the end; `alone` removes one that was left."""
    made = folder / f".mas-{os.getpid()}"
    made.mkdir(mode=0o700)
    try:
        yield made
    finally:
        _remove(made)


def named(folder: Path, at: datetime) -> Path:
    """A name for a back-up taken at a time that no other one has."""
    for number in range(1000):
        path = folder / f"mas-{at:%Y%m%dT%H%M%SZ}{f'-{number}' if number else ''}.backup"
        if not path.exists():
            return path
    raise UserError(f"{folder} has a thousand back-ups of this second.")


def publish(written: Path, name: Path) -> None:
    """Give a whole back-up its name, on disk when this returns."""
    with written.open("rb") as file:
        os.fsync(file.fileno())
    written.rename(name)
    folder = os.open(name.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def retire(folder: Path, keep: int) -> list[Path]:
    """Delete all but the newest back-ups; returns those deleted. Other files stay."""
    there = sorted((path for path in folder.iterdir() if _NAME.fullmatch(path.name)), key=_age)
    old = there[:-keep]
    for path in old:
        path.unlink()
    return old


def _age(path: Path) -> tuple[str, int]:
    """By the time in its name, then by the number behind it: clocks of files say when they were copied."""
    stem, _, number = path.stem.removeprefix("mas-").partition("-")
    return stem, int(number or 0)


def read(path: Path) -> BinaryIO:
    """A back-up to read.

    Raises:
        UserError: it cannot be read.
    """
    try:
        return path.open("rb")
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.", "Name a back-up.") from error
