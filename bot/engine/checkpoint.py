"""Steps: what passes is tried again, and what is raised on purpose is kept like a result.

A durable engine keeps an exception as a name and a text. Kept as a value of ours, a replay raises the
same error that the first run raised, and whoever handles `Moved` handles it both times.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import sqlalchemy as sa
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    wait_exponential,
    wait_random,
)

from bot.errors import Bug, ConflictError, RemoteError, UserError

T = TypeVar("T")

_MAX_ATTEMPTS = 12
"""With the engine's backoff that is some 25 minutes: GitHub's lesser outages pass in that time."""
_MAX_BACKOFF_SECONDS = 300


async def direct_step(name: str, work: Callable[[], Awaitable[T]]) -> T:
    """A `Step` that remembers nothing: for work outside the engine."""
    return await work()


async def attempt(work: Callable[[], Awaitable[Any]], backoff_seconds: float) -> dict[str, Any]:
    """Do a step's work and return what came of it as plain JSON, for `unwrap`.

    A transient `RemoteError`, and a database that is away or busy, is tried again, at first after
    `backoff` seconds and then doubling, and never before the other side's `retry_after`.
    """
    doubling = wait_exponential(multiplier=backoff_seconds, max=_MAX_BACKOFF_SECONDS) + wait_random(
        0, backoff_seconds / 2
    )

    def pause(state: RetryCallState) -> float:
        error = state.outcome and state.outcome.exception()
        asked = error.retry_after if isinstance(error, RemoteError) else None
        return max(asked or 0.0, doubling(state))

    again = AsyncRetrying(
        retry=retry_if_exception(_is_transient), wait=pause, stop=stop_after_attempt(_MAX_ATTEMPTS), reraise=True
    )
    try:
        # Through JSON at once, so that the first run hands on what a replay would.
        return {"value": json.loads(json.dumps(await again(work)))}
    except (UserError, RemoteError) as error:
        return {"raised": _error_to_json(error)}
    except sa.exc.DBAPIError as error:
        if not _is_transient(error):
            raise
        return {"raised": _error_to_json(RemoteError(f"The database does not answer ({type(error).__name__})."))}


def unwrap(stored: dict[str, Any]) -> Any:
    """The value that `attempt` kept; raises the error where it kept one."""
    if "raised" in stored:
        raise _error_from_json(stored["raised"])
    return stored["value"]


def _is_transient(error: BaseException) -> bool:
    if isinstance(error, (sa.exc.OperationalError, sa.exc.InterfaceError)):
        # SQLite's name for a faulty statement, which is our bug, is that of a full disk and a locked file.
        return getattr(error.orig, "sqlite_errorcode", None) != sqlite3.SQLITE_ERROR
    return isinstance(error, RemoteError) and error.transient and not isinstance(error, ConflictError)


def _error_to_json(error: UserError | RemoteError) -> dict[str, Any]:
    if isinstance(error, UserError):
        return {"kind": "user", "message": error.message, "remedy": error.hint}
    kind = "moved" if isinstance(error, ConflictError) else "remote"
    return {"kind": kind, "message": str(error), "retry_after": error.retry_after, "transient": error.transient}


def _error_from_json(stored: dict[str, Any]) -> UserError | RemoteError:
    match stored:
        case {"kind": "user", "message": message, "remedy": remedy}:
            return UserError(message, remedy)
        case {"kind": kind, "message": message, "retry_after": after, "transient": transient}:
            return (ConflictError if kind == "moved" else RemoteError)(message, retry_after=after, transient=transient)
    raise Bug("a step kept an error of no known kind")
