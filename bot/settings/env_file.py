"""Writes variables into a `.env` file without touching what else stands there."""

from __future__ import annotations

import io
import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values
from dotenv.parser import parse_stream

from bot.errors import UserError


def has_value(file: Path, name: str) -> bool:
    """Whether the file sets a variable to anything.

    Raises:
        UserError: there is a file that cannot be read.
    """
    try:
        return bool(dotenv_values(file, interpolate=False).get(name))
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable_file(file) from error


def write(file: Path, values: Mapping[str, str | None]) -> None:
    """Set variables (None: take it out) in a file of mode 0600; a crash leaves the old file or the new one.

    All other lines stay as they are, and a variable that was there keeps its place.

    Raises:
        UserError: the file cannot be read or written.
    """
    target = file.resolve()  # a link stays a link
    try:
        text = target.read_text() if target.exists() else ""
        _replace(target, _merge(text, values))
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable_file(file) from error


def _merge(text: str, values: Mapping[str, str | None]) -> str:
    left, said = dict(values), ""
    for binding in parse_stream(io.StringIO(text)):
        original = binding.original.string
        if binding.key not in values:
            said += original
        elif binding.key in left:  # a second line of the same variable goes: the last one would win
            before = original[: len(original) - len(original.lstrip())]
            said += before + _line(binding.key, left.pop(binding.key))
    if said and not said.endswith("\n"):
        said += "\n"
    return said + "".join(_line(name, value) for name, value in left.items())


def _line(name: str, value: str | None) -> str:
    if value is None:
        return ""
    if not re.fullmatch(r"[\w./:@,+=-]+", value):
        value = '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    return f"{name}={value}\n"


def _replace(target: Path, text: str) -> None:
    # mkstemp makes the file with mode 0600.
    descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=f"{target.name}.")
    try:
        with os.fdopen(descriptor, "w") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink()
        raise


def _unusable_file(file: Path) -> UserError:
    return UserError(f"{file} cannot be read and written as text.", "Check its permissions, or move it away.")
