"""How a server of MongoDB is reached, by whichever of its drivers, and what its faults are to us."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl

from pymongo import ReadPreference, WriteConcern
from pymongo.errors import (
    ConfigurationError,
    ConnectionFailure,
    ExecutionTimeout,
    InvalidName,
    InvalidURI,
    PyMongoError,
    WTimeoutError,
)

from bot.errors import RemoteError, UserError

DEFAULT_DATABASE = "mas"
"""The database where the URL names none."""

CONCERNS: dict[str, Any] = {"read_preference": ReadPreference.PRIMARY, "write_concern": WriteConcern("majority")}
"""What is read is what was written, and what was written stays."""

_TIMEOUTS_MS = {"serverselectiontimeoutms": 10_000, "sockettimeoutms": 60_000}
_CONNECTION_ERRORS = (ConnectionFailure, ExecutionTimeout, WTimeoutError)


def timeout_options(url: str) -> dict[str, Any]:
    """How long a server is waited for, as far as the URL does not say it."""
    said = {name.lower() for name, _ in parse_qsl(url.partition("?")[2])}
    return {name: value for name, value in _TIMEOUTS_MS.items() if name not in said}


@contextmanager
def translate_url_errors(setting: str) -> Iterator[None]:
    """Raises `UserError` where what a setting says is no URL of MongoDB's."""
    try:
        yield
    except (InvalidURI, InvalidName, ConfigurationError, ValueError):  # their words may hold the password
        raise UserError(
            f"{setting} is no URL of MongoDB.", "Use mongodb://USER:PASSWORD@HOST/NAME, with %XX for /, :, @ and %."
        ) from None


@contextmanager
def translate_connection_errors() -> Iterator[None]:
    """Makes what a server does that is away a fault that is retried."""
    try:
        yield
    except _CONNECTION_ERRORS as error:
        raise RemoteError(f"MongoDB did not answer ({type(error).__name__}).") from error


@contextmanager
def translate_open_errors() -> Iterator[None]:
    """Raises `UserError` where a server does not open."""
    try:
        yield
    except PyMongoError as error:
        # The driver's words, without its account of the topology.
        said = str(error).partition(" (configured timeouts")[0].partition(", full error")[0].rstrip(".")
        raise UserError(f"The store does not open: {said}.", "Check its URL and that it runs.") from error
