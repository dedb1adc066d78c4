"""The API's front end: authentication, rate limits, conditional requests, and the log of exchanges."""

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
from github_sandbox.call_log import ApiCall, parse_operation
from github_sandbox.errors import ApiError
from github_sandbox.faults import Fault, RateLimits, RateLimitWindow
from github_sandbox.rest import ApiResponse, Call, Route
from github_sandbox.state import World
from github_sandbox.webhooks import Webhooks

API_VERSIONS = ("2022-11-28", "2026-03-10")


@dataclass(frozen=True, slots=True)
class Exchange:
    """One API request and its response, for observers.

    `path` is below the API root (`/repos/…`, `/graphql`). The headers exclude credentials.
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
class _RequestContext:
    """State of one request, collected until it is answered."""

    at: datetime
    body: bytes
    route: Route | None = None
    principal: Principal = field(default_factory=Principal)
    window: RateLimitWindow | None = None

    @property
    def resource(self) -> str:
        """Return the rate limit resource that the request counts against."""
        return "graphql" if self.route is not None and self.route.path == "/graphql" else "core"

    @property
    def is_free(self) -> bool:
        return self.route is not None and self.route.path == "/rate_limit"

    def to_api_call(self, request: web.Request, path: str, status: int) -> ApiCall:
        """Return the call log entry of the request."""
        if self.resource == "graphql":
            operation, writes = parse_operation(self.body)
        else:
            operation = ""
            writes = request.method != "GET" and self.route is not None and self.route.auth == "token"
        return ApiCall(self.at, self.principal.key, request.method, path, operation, writes, status)


class Gateway:
    """Turns routes into HTTP handlers.

    `faults` are tried in order on every request. `observers` are called with every exchange. `calls` logs every call.
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
        """Return the HTTP handler of a route."""

        async def handle(request: web.Request) -> web.Response:
            context = _RequestContext(self._world.clock(), await request.read(), route)
            try:
                context.principal = authenticate(self._world, request.headers.get("Authorization"))
                await self._inject_faults(request, context.body)
                response = self._dispatch(route, request, context)
            except ApiError as error:
                return self._respond(request, error.status, error, context)
            return self._respond(request, response.status, response, context)

        return handle

    async def not_found(self, request: web.Request) -> web.Response:
        """Respond to an unknown path."""
        context = _RequestContext(self._world.clock(), await request.read())
        return self._respond(request, 404, ApiError(404, "Not Found"), context)

    async def _inject_faults(self, request: web.Request, body: bytes) -> None:
        for fault in self.faults:
            if fault.consume(request.method, request.path, body):
                await asyncio.sleep(fault.latency)
                error = fault.to_error()
                if error is not None:
                    raise error

    def _dispatch(self, route: Route, request: web.Request, context: _RequestContext) -> ApiResponse:
        if not request.headers.get("User-Agent"):
            message = "Request forbidden by administrative rules. Please make sure your request has a User-Agent header"
            raise ApiError(403, message)
        version = request.headers.get("X-GitHub-Api-Version", API_VERSIONS[0])
        if version not in API_VERSIONS:
            raise ApiError(400, f"The requested API version is not supported: {version}")
        principal, is_anonymous = context.principal, context.principal == Principal()
        context.window = self._limits.window(principal.key, context.resource, anonymous=is_anonymous)
        if not context.is_free and not self._limits.spend(context.window):
            message = f"API rate limit exceeded for {principal.key}."
            if context.resource == "graphql":  # GitHub responds with 200 here
                return ApiResponse(200, {"errors": [{"type": "RATE_LIMITED", "message": message}]})
            raise ApiError(403, message)
        call = self._parse_call(principal, request, context.body)
        if route.auth == "app" and (principal.app is None or principal.token is not None):
            raise ApiError(401, "A JSON web token could not be decoded")
        repository = call.repository if {"owner", "repository_id"} & call.path.keys() else None
        if route.auth == "token":
            authorize(principal, repository, route.permissions)
        if context.to_api_call(request, "", 0).writes:
            if repository is not None and repository.archived:
                raise ApiError(403, "Repository was archived so is read-only.")
            self._limits.count_write(principal.key)
        return route.handler(call)

    def _parse_call(self, principal: Principal, request: web.Request, body: bytes) -> Call:
        try:
            value = json.loads(body) if body.strip() else {}
        except ValueError as error:
            raise ApiError(400, "Problems parsing JSON") from error
        if not isinstance(value, dict):
            raise ApiError(400, "Body should be a JSON object")
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

    def _respond(
        self, request: web.Request, status: int, result: ApiResponse | ApiError, context: _RequestContext
    ) -> web.Response:
        content = result.content
        headers = self._headers(context) | dict(result.headers)
        if request.method == "GET" and status == 200:
            headers["ETag"] = _etag(request, content)
            headers["Cache-Control"] = "private, max-age=60, s-maxage=60"
            if request.headers.get("If-None-Match") == headers["ETag"]:
                status, content = 304, b""
                self._refund(context, headers)
        kind = {"Content-Type": result.media_type} if content else {}
        response = web.Response(status=status, body=content or None, headers=kind | headers)
        self._observe(request, response, content, context)
        return response

    def _headers(self, context: _RequestContext) -> dict[str, str]:
        headers = {
            "Server": "github.com",
            "X-GitHub-Request-Id": uuid.uuid4().hex[:24].upper(),
            "X-GitHub-Media-Type": "github.v3; format=json",
            "X-GitHub-Api-Version-Selected": API_VERSIONS[0],
            "Vary": "Accept, Authorization, Cookie, X-GitHub-OTP",
        }
        if context.route is not None and context.route.permissions:
            headers["X-Accepted-GitHub-Permissions"] = context.route.permissions
        if context.window is not None:
            window = {f"X-RateLimit-{name.title()}": str(value) for name, value in context.window.as_json().items()}
            headers |= window | {"X-RateLimit-Resource": context.resource}
        return headers

    def _refund(self, context: _RequestContext, headers: dict[str, str]) -> None:
        """Take back the counted request: a 304 response costs no quota."""
        if context.window is not None and not context.is_free:
            context.window.used -= 1
            headers["X-RateLimit-Remaining"] = str(context.window.remaining)
            headers["X-RateLimit-Used"] = str(context.window.used)

    def _observe(self, request: web.Request, response: web.Response, content: bytes, context: _RequestContext) -> None:
        path = request.path.removeprefix("/api").removeprefix("/v3")
        self.calls.append(context.to_api_call(request, path, response.status))
        request_headers = {name: value for name, value in request.headers.items() if name.lower() != "authorization"}
        exchange = Exchange(
            request.method,
            path,
            dict(request.query),
            request_headers,
            context.body,
            response.status,
            dict(response.headers),
            content,
        )
        for observer in self.observers:
            observer(exchange)


def _etag(request: web.Request, content: bytes) -> str:
    """Return the ETag, which depends on the caller, as on GitHub."""
    caller = request.headers.get("Authorization", "").encode()
    return f'W/"{hashlib.sha256(caller + content).hexdigest()}"'
