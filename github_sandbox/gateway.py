"""The front of the API: who calls, what is left, what is unchanged, and a record of each exchange."""

from __future__ import annotations

import asyncio
import hashlib
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import web

from github_sandbox.activity import Activity
from github_sandbox.auth import Principal, authenticate, authorize
from github_sandbox.calls import ApiCall, operation_of
from github_sandbox.faults import Fault, RateLimits, Window
from github_sandbox.refusal import Refusal
from github_sandbox.rest import Call, Reply, Route
from github_sandbox.state import World
from github_sandbox.webhooks import Webhooks

API_VERSIONS = ("2022-11-28", "2026-03-10")


@dataclass(frozen=True, slots=True)
class Exchange:
    """One API request and its answer, for observers.

    `path` begins below the API's root (`/repos/…`, `/graphql`); credentials are left out of the headers.
    """

    method: str
    path: str
    query: Mapping[str, str]
    request_headers: Mapping[str, str]
    request_body: bytes
    status: int
    response_headers: Mapping[str, str]
    response_body: bytes


@dataclass
class _Seen:
    """What is known of a request when it is answered."""

    at: datetime
    body: bytes
    route: Route | None = None
    principal: Principal = field(default_factory=Principal)
    window: Window | None = None

    @property
    def resource(self) -> str:
        """The rate limit that it draws on."""
        return "graphql" if self.route is not None and self.route.path == "/graphql" else "core"

    @property
    def is_free(self) -> bool:
        return self.route is not None and self.route.path == "/rate_limit"

    def call(self, request: web.Request, path: str, status: int) -> ApiCall:
        """The entry in the record of calls."""
        if self.resource == "graphql":
            operation, writes = operation_of(self.body)
        else:
            changes = request.method != "GET" and self.route is not None and self.route.by == "token"
            operation, writes = "", changes
        return ApiCall(self.at, self.principal.key, request.method, path, operation, writes, status)


class Gateway:
    """Turns routes into HTTP handlers.

    `faults` are tried in order on every request; `observers` are told of every exchange, `calls` is the record of all.
    """

    def __init__(self, world: World, activity: Activity, webhooks: Webhooks, limits: RateLimits) -> None:
        self.faults: list[Fault] = []
        self.observers: list[Callable[[Exchange], None]] = []
        self.calls: list[ApiCall] = []
        self._world = world
        self._activity = activity
        self._webhooks = webhooks
        self._limits = limits

    def handler(self, route: Route) -> Callable[[web.Request], Any]:
        """The HTTP handler of a REST route."""

        async def handle(request: web.Request) -> web.Response:
            seen = _Seen(self._world.clock(), await request.read(), route)
            try:
                seen.principal = authenticate(self._world, request.headers.get("Authorization"))
                await self._disturb(request, seen.body)
                reply = self._answer(route, request, seen)
            except Refusal as refusal:
                return self._respond(request, refusal.status, refusal, seen)
            return self._respond(request, reply.status, reply, seen)

        return handle

    async def unknown(self, request: web.Request) -> web.Response:
        """The answer to any other path."""
        seen = _Seen(self._world.clock(), await request.read())
        return self._respond(request, 404, Refusal(404, "Not Found"), seen)

    async def _disturb(self, request: web.Request, body: bytes) -> None:
        for fault in self.faults:
            if fault.takes(request.method, request.path, body):
                await asyncio.sleep(fault.latency)
                refusal = fault.refusal()
                if refusal is not None:
                    raise refusal

    def _answer(self, route: Route, request: web.Request, seen: _Seen) -> Reply:
        if not request.headers.get("User-Agent"):
            words = "Request forbidden by administrative rules. Please make sure your request has a User-Agent header"
            raise Refusal(403, words)
        version = request.headers.get("X-GitHub-Api-Version", API_VERSIONS[0])
        if version not in API_VERSIONS:
            raise Refusal(400, f"The requested API version is not supported: {version}")
        principal, nobody = seen.principal, seen.principal == Principal()
        seen.window = self._limits.window(principal.key, seen.resource, anonymous=nobody)
        if not seen.is_free and not self._limits.spend(seen.window):
            words = f"API rate limit exceeded for {principal.key}."
            if seen.resource == "graphql":  # GitHub answers 200 here
                return Reply(200, {"errors": [{"type": "RATE_LIMITED", "message": words}]})
            raise Refusal(403, words)
        call = self._call(principal, request, seen.body)
        if route.by == "app" and (principal.app is None or principal.token is not None):
            raise Refusal(401, "A JSON web token could not be decoded")
        repository = call.repository if {"owner", "repository_id"} & call.path.keys() else None
        if route.by == "token":
            authorize(principal, repository, route.needs)
        if seen.call(request, "", 0).writes:
            if repository is not None and repository.archived:
                raise Refusal(403, "Repository was archived so is read-only.")
            self._limits.write(principal.key)
        return route.handler(call)

    def _call(self, principal: Principal, request: web.Request, body: bytes) -> Call:
        try:
            value = json.loads(body) if body.strip() else {}
        except ValueError as error:
            raise Refusal(400, "Problems parsing JSON") from error
        if not isinstance(value, dict):
            raise Refusal(400, "Body should be a JSON object")
        return Call(
            world=self._world,
            activity=self._activity,
            webhooks=self._webhooks,
            limits=self._limits,
            principal=principal,
            method=request.method,
            path=dict(request.match_info),
            query=dict(request.query),
            body=value,
            url=self._world.url + request.path,
            accept=request.headers.get("Accept", ""),
        )

    def _respond(self, request: web.Request, status: int, answer: Reply | Refusal, seen: _Seen) -> web.Response:
        content = answer.content
        headers = self._headers(seen) | dict(answer.headers)
        if request.method == "GET" and status == 200:
            headers["ETag"] = _etag(request, content)
            headers["Cache-Control"] = "private, max-age=60, s-maxage=60"
            if request.headers.get("If-None-Match") == headers["ETag"]:
                status, content = 304, b""
                self._refund(seen, headers)
        kind = {"Content-Type": answer.media} if content else {}
        response = web.Response(status=status, body=content or None, headers=kind | headers)
        self._observe(request, response, content, seen)
        return response

    def _headers(self, seen: _Seen) -> dict[str, str]:
        headers = {
            "Server": "github.com",
            "X-GitHub-Request-Id": uuid.uuid4().hex[:24].upper(),
            "X-GitHub-Media-Type": "github.v3; format=json",
            "X-GitHub-Api-Version-Selected": API_VERSIONS[0],
            "Vary": "Accept, Authorization, Cookie, X-GitHub-OTP",
        }
        if seen.route is not None and seen.route.needs:
            headers["X-Accepted-GitHub-Permissions"] = seen.route.needs
        if seen.window is not None:
            window = {f"X-RateLimit-{name.title()}": str(value) for name, value in seen.window.as_json().items()}
            headers |= window | {"X-RateLimit-Resource": seen.resource}
        return headers

    def _refund(self, seen: _Seen, headers: dict[str, str]) -> None:
        """An answer of 304 costs no quota."""
        if seen.window is not None and not seen.is_free:
            seen.window.used -= 1
            headers["X-RateLimit-Remaining"] = str(seen.window.remaining)
            headers["X-RateLimit-Used"] = str(seen.window.used)

    def _observe(self, request: web.Request, response: web.Response, content: bytes, seen: _Seen) -> None:
        path = request.path.removeprefix("/api").removeprefix("/v3")
        self.calls.append(seen.call(request, path, response.status))
        kept = {name: value for name, value in request.headers.items() if name.lower() != "authorization"}
        exchange = Exchange(
            request.method,
            path,
            dict(request.query),
            kept,
            seen.body,
            response.status,
            dict(response.headers),
            content,
        )
        for observer in self.observers:
            observer(exchange)


def _etag(request: web.Request, content: bytes) -> str:
    """GitHub varies it by who asks."""
    caller = request.headers.get("Authorization", "").encode()
    return f'W/"{hashlib.sha256(caller + content).hexdigest()}"'
