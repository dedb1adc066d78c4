"""Shared parts of the GraphQL objects: caller, permissions, pagination, errors."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from github_sandbox.auth import authorize
from github_sandbox.errors import ApiError
from github_sandbox.payloads.accounts import user_node_id
from github_sandbox.rest import Call
from github_sandbox.state import Account, Repository


class GraphQLApiError(Exception):
    """An entry of `errors`. `type` is GitHub's: `NOT_FOUND`, `STALE_DATA`, `FORBIDDEN`, `UNPROCESSABLE`."""

    def __init__(self, type: str, message: str) -> None:
        super().__init__(message)
        self.type = type


@dataclass(frozen=True)
class Node:
    """An object as one caller sees it."""

    call: Call

    def require(self, repository: Repository, required: str) -> None:
        """Check a permission. Raises `GraphQLApiError`."""
        if repository.archived and "write" in required:
            raise GraphQLApiError("FORBIDDEN", "Repository was archived so is read-only.")
        try:
            authorize(self.call.principal, repository, required)
        except ApiError as error:
            kind = "NOT_FOUND" if error.status == 404 else "FORBIDDEN"
            raise GraphQLApiError(kind, error.message) from error


def connection(
    items: Sequence[Any],
    first: int | None = None,
    last: int | None = None,
    after: str | None = None,
    before: str | None = None,
) -> dict[str, Any]:
    """Return one page of a list. As on GitHub, `first` or `last` is required and at most 100."""
    if first is None and last is None:
        raise GraphQLApiError("MISSING_PAGINATION_BOUNDARIES", "You must provide a `first` or `last` value to properly "
                           "paginate the connection.")  # fmt: skip
    size = first if first is not None else last
    if size is None or not 0 <= size <= 100:
        message = f"Requesting {size} records on the connection exceeds the `first` limit of 100 records."
        raise GraphQLApiError("EXCESSIVE_PAGINATION", message)
    start = _index(after) if after else 0
    remaining = items[start : _index(before) - 1 if before else None]
    page = remaining[:size] if first is not None else remaining[len(remaining) - size :] if size else []
    offset = start if first is not None else start + len(remaining) - len(page)
    info = {
        "has_next_page": offset + len(page) < len(items),
        "has_previous_page": offset > 0,
        "start_cursor": _cursor(offset + 1) if page else None,
        "end_cursor": _cursor(offset + len(page)) if page else None,
    }
    return {"nodes": list(page), "page_info": info, "total_count": len(items)}


def _cursor(number: int) -> str:
    return base64.b64encode(f"cursor:v2:{number}".encode()).decode()


def _index(cursor: str) -> int:
    try:
        return int(base64.b64decode(cursor).decode().rpartition(":")[2])
    except ValueError as error:
        raise GraphQLApiError(
            "INVALID_CURSOR_ARGUMENTS", f"`{cursor}` does not appear to be a valid cursor."
        ) from error


def actor(call: Call, account: Account | None, *, as_user: bool = False) -> dict[str, Any] | None:
    """Return an account. A bot's login lacks the `[bot]` suffix, except where the schema has a `User`."""
    if account is None:
        return None
    return {
        "typename": "User" if as_user else account.kind,
        "id": user_node_id(account),
        "database_id": account.id,
        "login": account.login if as_user else account.login.removesuffix("[bot]"),
        "resource_path": f"/{account.login}",
        "url": f"{call.world.url}/{account.login}",
    }
