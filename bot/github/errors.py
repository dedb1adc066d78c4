"""What went wrong in a call to GitHub, told by whose fault it is.

RemoteError
├── NotDone          GitHub did nothing: asking again is safe for writes too
├── Unauthorised     the token is not, or no longer, valid
└── Refused          asked wrongly, or for what is not there; again would not help
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
    """GitHub did not begin: no connection, or a limit. The same may be asked again, a write too."""


class Unauthorised(RemoteError):
    """The token, or the App's key, was not accepted."""

    def __init__(self, message: str) -> None:
        super().__init__(message, transient=False)


class Refused(RemoteError):
    """GitHub will not do this, now or later.

    Args:
        status: HTTP's status, or the one that a GraphQL error stands for.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message, transient=False)
        self.status = status


def redact(text: str) -> str:
    """A text of GitHub's for people and logs: one line, short, without tokens."""
    return _SECRET_PATTERN.sub("[secret]", " ".join(text.split()))[:_MAX_CHARS]


def from_response(call: str, status: int, headers: Mapping[str, str], message: str) -> MasError:
    """The fault in an HTTP answer, limits apart."""
    said = redact(message)
    if status == 401:
        return Unauthorised(f"{call}: GitHub did not accept the credentials ({said}).")
    if status == 403:
        return missing_permission(headers.get("x-accepted-github-permissions"), said)
    if status >= 500:
        return RemoteError(f"{call}: GitHub answered {status}.")
    return Refused(f"{call}: GitHub answered {status} ({said}).", status)


def missing_permission(accepted: str | None, message: str) -> UserError:
    """The App may not do this; GitHub's header tells which permission it would have needed."""
    which = f"the permission {redact(accepted)}" if accepted else "a permission"
    return UserError(
        f"The App lacks {which} here ({message}).",
        "Grant it in the App's settings, then accept it for the installation, and see that the installation is active.",
    )


def from_graphql_error(call: str, error: gidgethub.QueryError, headers: Mapping[str, str]) -> MasError:
    """The fault in a GraphQL answer that came with 200; only the first error is told."""
    first: Any = error.response["errors"][0]
    kind, said = str(first.get("type") or ""), redact(str(error))
    match kind:
        case "FORBIDDEN" | "INSUFFICIENT_SCOPES":
            return missing_permission(headers.get("x-accepted-github-permissions"), said)
        case "STALE_DATA":
            return ConflictError(f"{call}: {said}", transient=False)
        case "NOT_FOUND":
            return Refused(f"{call}: {said}", 404)
        case "" if "extensions" not in first:  # "Something went wrong while executing your query…"
            return RemoteError(f"{call}: {said}")
        case "SERVICE_UNAVAILABLE" | "INTERNAL":
            return RemoteError(f"{call}: {said}")
        case _:
            return Refused(f"{call}: {said}", 422)
