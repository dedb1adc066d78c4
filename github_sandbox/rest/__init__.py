"""Shared types of the REST endpoints: routes, calls and responses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import quote, urlencode

from github_sandbox.activity import Activity
from github_sandbox.auth import Principal, can_read
from github_sandbox.conversations import Conversation, PullRequest
from github_sandbox.errors import JSON, ApiError, RepositoryMoved, encode_json, validation_failed
from github_sandbox.faults import RateLimits
from github_sandbox.state import Account, Repository, World
from github_sandbox.webhooks import Webhooks


@dataclass(frozen=True, slots=True)
class ApiResponse:
    """An endpoint's response.

    `body` is sent as JSON (None: no content), unless `raw` bytes of `media_type` are given.
    """

    status: int
    body: Any = None
    raw: bytes | None = None
    media_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        """Return the bytes of the response body."""
        return encode_json(self.body) if self.raw is None else self.raw


@dataclass(frozen=True)
class Call:
    """One authenticated request. `path` holds the route's parameters, `body` the JSON object sent."""

    world: World
    activity: Activity
    webhooks: Webhooks
    limits: RateLimits
    principal: Principal
    method: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Mapping[str, Any]
    url: str
    accept: str = ""

    @property
    def repository(self) -> Repository:
        """Return the repository of the path. Raises `ApiError`: 404 if unknown, 301 or 307 if it moved."""
        if "repository_id" in self.path:
            found = self.world.repository_by_id(self.path["repository_id"])
        else:
            found = self.world.repository(self.path["owner"], self.path["repo"])
            self._redirect(None if found else self.world.find_redirect(self.path["owner"], self.path["repo"]))
        if found is None:
            raise ApiError(404, "Not Found")
        return found

    def _redirect(self, repository: Repository | None) -> None:
        """Redirect to the repository's path by id, if it moved and the caller may read it."""
        if repository is None or not can_read(self.principal, repository):
            return
        path = f"{self.world.api_url}/repos/{self.path['owner']}/{self.path['repo']}"
        location = f"{self.world.api_url}/repositories/{repository.id}{quote(self.url.removeprefix(path))}"
        query = f"?{urlencode(self.query)}" if self.query else ""
        raise RepositoryMoved(location + query, reading=self.method == "GET")

    @property
    def actor(self) -> Account:
        """Return the caller's account. Raises `ApiError` (401) for an anonymous caller."""
        if self.principal.account is None:
            raise ApiError(401, "Requires authentication")
        return self.principal.account

    @property
    def conversation(self) -> Conversation:
        """Return the issue or pull request of the path's `number`. Raises `ApiError` (404)."""
        found = self.repository.conversation(self.number("number"))
        if found is None:
            raise ApiError(404, "Not Found")
        return found

    @property
    def pull_request(self) -> PullRequest:
        """Return the pull request of the path's `number`. Raises `ApiError` (404)."""
        found = self.repository.pull_requests.get(self.number("number"))
        if found is None:
            raise ApiError(404, "Not Found")
        return found

    def number(self, name: str) -> int:
        """Return a numeric path parameter. Raises `ApiError` (404)."""
        if not self.path[name].isdecimal():
            raise ApiError(404, "Not Found")
        return int(self.path[name])

    def string(self, name: str, resource: str, *, default: str | None = None) -> str:
        """Return a string of the body. Raises `ApiError` (422) if it is missing or not a string."""
        value = self.body.get(name, default)
        if value is None:
            raise validation_failed({"resource": resource, "field": name, "code": "missing_field"})
        if not isinstance(value, str):
            raise ApiError(422, f"Invalid request.\n\nFor 'properties/{name}', {value!r} is not a string.")
        return value

    def strings(self, name: str) -> list[str]:
        """Return a list of strings of the body, empty if missing. Raises `ApiError` (422) for anything else."""
        value = self.body.get(name, [])
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise ApiError(422, f"Invalid request.\n\nFor 'properties/{name}', {value!r} is not an array of strings.")
        return value

    @property
    def page_size(self) -> int:
        """Return `per_page`, at most 100."""
        return min(max(_integer(self.query.get("per_page"), 30), 1), 100)

    def paginate(self, items: Sequence[Any], wrap: Callable[[list[Any]], Any] = list) -> ApiResponse:
        """Return one page of a list, with GitHub's Link header."""
        size, number = self.page_size, max(_integer(self.query.get("page"), 1), 1)
        last = max(1, -(-len(items) // size))
        pages = {"prev": number - 1, "first": 1} if number > 1 else {}
        pages |= {"next": number + 1, "last": last} if number < last else {}
        links = ", ".join(f'<{self.url_with({"page": str(page)})}>; rel="{rel}"' for rel, page in pages.items())
        shown = list(items[(number - 1) * size : number * size])
        return ApiResponse(200, wrap(shown), headers={"Link": links} if links else {})

    def url_with(self, query: Mapping[str, str]) -> str:
        """Return the request's URL with some query parameters replaced."""
        return f"{self.url}?{urlencode({**self.query, **query})}"


def _integer(text: str | None, default: int) -> int:
    return int(text) if text and text.isdecimal() else default


@dataclass(frozen=True, slots=True)
class Route:
    """An endpoint.

    `permissions` is what a token needs, written like GitHub's `X-Accepted-GitHub-Permissions` header: `;` separates
    alternatives, `,` permissions needed together. `auth` is the kind of credentials: the token of an installation or
    user, an App's JWT, or anything (even none).
    """

    method: Literal["GET", "POST", "PATCH", "PUT", "DELETE"]
    path: str
    handler: Callable[[Call], ApiResponse]
    permissions: str = ""
    auth: Literal["token", "app", "anyone"] = "token"
