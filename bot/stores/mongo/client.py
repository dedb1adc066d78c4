"""Connection options and error translation for both MongoDB drivers."""

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
"""The database to use if the URL has none."""

CONCERNS: dict[str, Any] = {"read_preference": ReadPreference.PRIMARY, "write_concern": WriteConcern("majority")}
"""Read your own writes, and keep acknowledged writes after a failover."""

_TIMEOUTS_MS = {"serverselectiontimeoutms": 10_000, "sockettimeoutms": 60_000}
_CONNECTION_ERRORS = (ConnectionFailure, ExecutionTimeout, WTimeoutError)


def timeout_options(url: str) -> dict[str, Any]:
    """Return the timeout options that the URL does not set."""
    in_url = {name.lower() for name, _ in parse_qsl(url.partition("?")[2])}
    return {name: value for name, value in _TIMEOUTS_MS.items() if name not in in_url}


@contextmanager
def translate_url_errors(setting: str) -> Iterator[None]:
    """Raise `UserError` if a setting is not a valid MongoDB URL."""
    try:
        yield
    except (InvalidURI, InvalidName, ConfigurationError, ValueError):  # their messages may contain the password
        raise UserError(
            f"{setting} is not a valid MongoDB URL.",
            "Use mongodb://USER:PASSWORD@HOST/NAME, with %XX for /, :, @ and %.",
        ) from None


@contextmanager
def translate_connection_errors() -> Iterator[None]:
    """Translate connection errors to `RemoteError`, which is retried."""
    try:
        yield
    except _CONNECTION_ERRORS as error:
        raise RemoteError(f"MongoDB did not respond ({type(error).__name__}).") from error


@contextmanager
def translate_open_errors() -> Iterator[None]:
    """Raise `UserError` if the database cannot be opened."""
    try:
        yield
    except PyMongoError as error:
        # The driver's message without its description of the topology.
        message = str(error).partition(" (configured timeouts")[0].partition(", full error")[0].rstrip(".")
        raise UserError(
            f"Cannot open the store: {message}.", "Check its URL, and that the server is running."
        ) from error
