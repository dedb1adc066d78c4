"""Errors of GitHub API calls.

RemoteError
├── NotProcessed     GitHub did not process the call: a retry is safe, for writes too
├── Unauthorised     the token is invalid or expired
└── Refused          the request is wrong or its target does not exist: a retry would not help
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import gidgethub

from bot.errors import ConflictError, MasError, RemoteError, UserError

_SECRET_PATTERN = re.compile(
    r"(gh[a-z]_|github_pat_)[A-Za-z0-9_.\-]+|eyJ[A-Za-z0-9_\-]+\.[A-Za-z0-9_\-]+\.[A-Za-z0-9_\-]*"
)
_MAX_CHARS = 300


class NotProcessed(RemoteError):
    """GitHub did not process the call, for lack of a connection or by a rate limit. Writes may be retried too."""


class Unauthorised(RemoteError):
    """GitHub rejected the token or the App's key."""

    def __init__(self, message: str) -> None:
        super().__init__(message, transient=False)


class Refused(RemoteError):
    """GitHub rejected the call for good.

    Args:
        status: the HTTP status, or the one equivalent to a GraphQL error.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message, transient=False)
        self.status = status


def redact(text: str) -> str:
    """Return a message of GitHub's for people and logs: one line, shortened, without tokens."""
    return _SECRET_PATTERN.sub("[secret]", " ".join(text.split()))[:_MAX_CHARS]


def from_response(call: str, status: int, headers: Mapping[str, str], message: str) -> MasError:
    """Return the error for an HTTP response that is not a rate limit."""
    message = redact(message)
    if status == 401:
        return Unauthorised(f"GitHub rejected the credentials for {call} ({message}).")
    if status == 403:
        return missing_permission(headers.get("x-accepted-github-permissions"), message)
    if status >= 500:
        return RemoteError(f"GitHub returned {status} for {call}.")
    return Refused(f"GitHub returned {status} for {call} ({message}).", status)


def missing_permission(accepted: str | None, message: str) -> UserError:
    """Return the error for a missing permission; `accepted` is GitHub's header that names it."""
    which = f"the permission {redact(accepted)}" if accepted else "a permission"
    return UserError(
        f"The App is missing {which} ({message}).",
        "Grant it in the App's settings, accept it for the installation, and check that it is not suspended.",
    )


def from_graphql_error(call: str, error: gidgethub.QueryError, headers: Mapping[str, str]) -> MasError:
    """Return the error for the first error of a GraphQL response that has status 200."""
    first: Any = error.response["errors"][0]
    kind, message = str(first.get("type") or ""), f"GitHub returned an error for {call}: {redact(str(error))}"
    match kind:
        case "FORBIDDEN" | "INSUFFICIENT_SCOPES":
            return missing_permission(headers.get("x-accepted-github-permissions"), redact(str(error)))
        case "STALE_DATA":
            return ConflictError(message, transient=False)
        case "NOT_FOUND":
            return Refused(message, 404)
        case "" if "extensions" not in first:  # "Something went wrong while executing your query…"
            return RemoteError(message)
        case "SERVICE_UNAVAILABLE" | "INTERNAL":
            return RemoteError(message)
        case _:
            return Refused(message, 422)
