"""Steps: transient errors are retried, and expected errors are stored like results.

DBOS stores an exception as a name and a text. Stored as a value, it is raised on replay as the same error as in the
first run, so that code that handles a `ConflictError` handles it both times.
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
"""About 25 minutes with the engine's backoff, which outlasts GitHub's shorter outages."""
_MAX_BACKOFF_SECONDS = 300


async def direct_step(name: str, work: Callable[[], Awaitable[T]]) -> T:
    """A `Step` without a checkpoint, for work outside the engine."""
    return await work()


async def attempt(work: Callable[[], Awaitable[Any]], backoff_seconds: float) -> dict[str, Any]:
    """Run a step, and return its result or error as JSON for `unwrap`.

    A transient `RemoteError` and an unavailable or busy database are retried, first after `backoff_seconds`, then with
    exponential backoff, and never before the error's `retry_after`.
    """
    exponential = wait_exponential(multiplier=backoff_seconds, max=_MAX_BACKOFF_SECONDS) + wait_random(
        0, backoff_seconds / 2
    )

    def pause(state: RetryCallState) -> float:
        error = state.outcome and state.outcome.exception()
        retry_after = error.retry_after if isinstance(error, RemoteError) else None
        return max(retry_after or 0.0, exponential(state))

    retry = AsyncRetrying(
        retry=retry_if_exception(_is_transient), wait=pause, stop=stop_after_attempt(_MAX_ATTEMPTS), reraise=True
    )
    try:
        # Through JSON, so that the first run returns the same types as a replay.
        return {"value": json.loads(json.dumps(await retry(work)))}
    except (UserError, RemoteError) as error:
        return {"raised": _error_to_json(error)}
    except sa.exc.DBAPIError as error:
        if not _is_transient(error):
            raise
        return {"raised": _error_to_json(RemoteError(f"The database does not answer ({type(error).__name__})."))}


def unwrap(stored: dict[str, Any]) -> Any:
    """Return the value that `attempt` stored, or raise the error that it stored."""
    if "raised" in stored:
        raise _error_from_json(stored["raised"])
    return stored["value"]


def _is_transient(error: BaseException) -> bool:
    if isinstance(error, (sa.exc.OperationalError, sa.exc.InterfaceError)):
        # SQLite reports an invalid statement, which is a bug, by the same class as a full disk or a locked file.
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
    raise Bug("a step stored an error of an unknown kind")
