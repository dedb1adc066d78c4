"""What GraphQL's objects share: the caller, permissions, pages of lists, refusals."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from github_sandbox.auth import authorize
from github_sandbox.payloads.accounts import user_node_id
from github_sandbox.refusal import Refusal
from github_sandbox.rest import Call
from github_sandbox.state import Account, Repository


class GraphRefusal(Exception):
    """An entry of `errors`; `type` is GitHub's (`NOT_FOUND`, `STALE_DATA`, `FORBIDDEN`, `UNPROCESSABLE`)."""

    def __init__(self, type: str, message: str) -> None:
        super().__init__(message)
        self.type = type


@dataclass(frozen=True)
class Node:
    """A view of something for one caller."""

    call: Call

    def require(self, repository: Repository, needs: str) -> None:
        """Check a permission. Raises `GraphRefusal`."""
        if repository.archived and "write" in needs:
            raise GraphRefusal("FORBIDDEN", "Repository was archived so is read-only.")
        try:
            authorize(self.call.principal, repository, needs)
        except Refusal as refusal:
            kind = "NOT_FOUND" if refusal.status == 404 else "FORBIDDEN"
            raise GraphRefusal(kind, refusal.message) from refusal


def connection(
    items: Sequence[Any],
    first: int | None = None,
    last: int | None = None,
    after: str | None = None,
    before: str | None = None,
) -> dict[str, Any]:
    """A page of a list, by GitHub's rules: `first` or `last` is required, and at most 100."""
    if first is None and last is None:
        raise GraphRefusal("MISSING_PAGINATION_BOUNDARIES", "You must provide a `first` or `last` value to properly "
                           "paginate the connection.")  # fmt: skip
    size = first if first is not None else last
    if size is None or not 0 <= size <= 100:
        words = f"Requesting {size} records on the connection exceeds the `first` limit of 100 records."
        raise GraphRefusal("EXCESSIVE_PAGINATION", words)
    start = _index(after) if after else 0
    left = items[start : _index(before) - 1 if before else None]
    shown = left[:size] if first is not None else left[len(left) - size :] if size else []
    offset = start if first is not None else start + len(left) - len(shown)
    info = {
        "has_next_page": offset + len(shown) < len(items),
        "has_previous_page": offset > 0,
        "start_cursor": _cursor(offset + 1) if shown else None,
        "end_cursor": _cursor(offset + len(shown)) if shown else None,
    }
    return {"nodes": list(shown), "page_info": info, "total_count": len(items)}


def _cursor(number: int) -> str:
    return base64.b64encode(f"cursor:v2:{number}".encode()).decode()


def _index(cursor: str) -> int:
    try:
        return int(base64.b64decode(cursor).decode().rpartition(":")[2])
    except ValueError as error:
        raise GraphRefusal("INVALID_CURSOR_ARGUMENTS", f"`{cursor}` does not appear to be a valid cursor.") from error


def actor(call: Call, account: Account | None, *, as_user: bool = False) -> dict[str, Any] | None:
    """An account. A bot's login is shown without its suffix, but where GitHub's schema asks for a `User`."""
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
