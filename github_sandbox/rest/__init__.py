"""The vocabulary of a REST endpoint: a route, the call that reached it, its reply or refusal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import quote, urlencode

from github_sandbox.activity import Activity
from github_sandbox.auth import Principal, accessible
from github_sandbox.conversations import Conversation, PullRequest
from github_sandbox.faults import RateLimits
from github_sandbox.refusal import JSON, Moved, Refusal, encoded, invalid
from github_sandbox.state import Account, Repository, World
from github_sandbox.webhooks import Webhooks


@dataclass(frozen=True, slots=True)
class Reply:
    """What an endpoint answers: `body` is JSON-able, None for no content; `raw` bytes of a media type go before it."""

    status: int
    body: Any = None
    raw: bytes | None = None
    media: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        """What goes over the wire."""
        return encoded(self.body) if self.raw is None else self.raw


@dataclass(frozen=True)
class Call:
    """One authenticated request. `path` are the parameters of the route, `body` the JSON object that was sent."""

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
        """The repository of the path. Raises `Refusal` where there is none (404) or no longer (301, 307)."""
        if "repository_id" in self.path:
            found = self.world.numbered(self.path["repository_id"])
        else:
            found = self.world.repository(self.path["owner"], self.path["repo"])
            self._follow(None if found else self.world.found_at(self.path["owner"], self.path["repo"]))
        if found is None:
            raise Refusal(404, "Not Found")
        return found

    def _follow(self, moved: Repository | None) -> None:
        """Lead to where the path's repository is by now, if it went and the caller sees it."""
        if moved is None or not accessible(self.principal, moved):
            return
        named = f"{self.world.api_url}/repos/{self.path['owner']}/{self.path['repo']}"
        location = f"{self.world.api_url}/repositories/{moved.id}{quote(self.url.removeprefix(named))}"
        query = f"?{urlencode(self.query)}" if self.query else ""
        raise Moved(location + query, reading=self.method == "GET")

    @property
    def actor(self) -> Account:
        """Who acts. Raises `Refusal` (401) for an anonymous caller."""
        if self.principal.account is None:
            raise Refusal(401, "Requires authentication")
        return self.principal.account

    @property
    def conversation(self) -> Conversation:
        """The issue or pull request of the path's `number`. Raises `Refusal` (404)."""
        found = self.repository.conversation(self.number("number"))
        if found is None:
            raise Refusal(404, "Not Found")
        return found

    @property
    def pull_request(self) -> PullRequest:
        """The pull request of the path's `number`. Raises `Refusal` (404)."""
        found = self.repository.pull_requests.get(self.number("number"))
        if found is None:
            raise Refusal(404, "Not Found")
        return found

    def number(self, name: str) -> int:
        """A numeric parameter of the path. Raises `Refusal` (404)."""
        if not self.path[name].isdecimal():
            raise Refusal(404, "Not Found")
        return int(self.path[name])

    def text(self, name: str, resource: str, *, default: str | None = None) -> str:
        """A string of the body. Raises `Refusal` (422) when it is missing or something else."""
        value = self.body.get(name, default)
        if value is None:
            raise invalid({"resource": resource, "field": name, "code": "missing_field"})
        if not isinstance(value, str):
            raise Refusal(422, f"Invalid request.\n\nFor 'properties/{name}', {value!r} is not a string.")
        return value

    def names(self, name: str) -> list[str]:
        """A list of strings of the body, empty when it is missing. Raises `Refusal` (422) when it is something else."""
        value = self.body.get(name, [])
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise Refusal(422, f"Invalid request.\n\nFor 'properties/{name}', {value!r} is not an array of strings.")
        return value

    @property
    def page_size(self) -> int:
        """`per_page`, at most 100."""
        return min(max(_integer(self.query.get("per_page"), 30), 1), 100)

    def page(self, items: Sequence[Any], wrap: Callable[[list[Any]], Any] = list) -> Reply:
        """One page of a list, with GitHub's Link header."""
        size, number = self.page_size, max(_integer(self.query.get("page"), 1), 1)
        last = max(1, -(-len(items) // size))
        pages = {"prev": number - 1, "first": 1} if number > 1 else {}
        pages |= {"next": number + 1, "last": last} if number < last else {}
        links = ", ".join(f'<{self.link({"page": str(page)})}>; rel="{rel}"' for rel, page in pages.items())
        shown = list(items[(number - 1) * size : number * size])
        return Reply(200, wrap(shown), headers={"Link": links} if links else {})

    def link(self, query: Mapping[str, str]) -> str:
        """This request's URL with some of its query replaced."""
        return f"{self.url}?{urlencode({**self.query, **query})}"


def _integer(text: str | None, default: int) -> int:
    return int(text) if text and text.isdecimal() else default


@dataclass(frozen=True, slots=True)
class Route:
    """An endpoint.

    `needs` is written as GitHub's `X-Accepted-GitHub-Permissions` header has it: alternatives parted by `;`,
    what is needed together by `,`. `by` says whether an App's own JWT, or no credentials at all, open it.
    """

    method: Literal["GET", "POST", "PATCH", "PUT", "DELETE"]
    path: str
    handler: Callable[[Call], Reply]
    needs: str = ""
    by: Literal["token", "app", "anyone"] = "token"
