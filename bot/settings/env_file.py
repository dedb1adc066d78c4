"""Read and update a `.env` file, preserving its other lines."""

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
    """Return whether the file sets a variable to a non-empty value.

    Raises:
        UserError: the file exists but cannot be read.
    """
    try:
        return bool(dotenv_values(file, interpolate=False).get(name))
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable_file(file) from error


def write(file: Path, values: Mapping[str, str | None]) -> None:
    """Set variables in a file (mode 0600); None removes a variable.

    The write is atomic. Other lines are unchanged, and an existing variable keeps its position.

    Raises:
        UserError: the file cannot be read or written.
    """
    target = file.resolve()  # do not replace a symbolic link
    try:
        text = target.read_text() if target.exists() else ""
        _replace(target, _merge(text, values))
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable_file(file) from error


def _merge(text: str, values: Mapping[str, str | None]) -> str:
    remaining, merged = dict(values), ""
    for binding in parse_stream(io.StringIO(text)):
        original = binding.original.string
        if binding.key not in values:
            merged += original
        elif binding.key in remaining:  # drop later lines of the same variable: the last one would win
            indent = original[: len(original) - len(original.lstrip())]
            merged += indent + _line(binding.key, remaining.pop(binding.key))
    if merged and not merged.endswith("\n"):
        merged += "\n"
    return merged + "".join(_line(name, value) for name, value in remaining.items())


def _line(name: str, value: str | None) -> str:
    if value is None:
        return ""
    if not re.fullmatch(r"[\w./:@,+=-]+", value):
        value = '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    return f"{name}={value}\n"


def _replace(target: Path, text: str) -> None:
    # mkstemp creates the file with mode 0600.
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
    return UserError(f"Cannot read or write {file} as UTF-8 text.", "Check its permissions, or move it away.")
