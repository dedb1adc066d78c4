"""Monitoring endpoints: `/metrics` for Prometheus; `/api/metrics` and `/api/agents/status` as JSON, with a token."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Middleware

from bot import __version__
from bot.server.web.access import Access, is_unproxied
from bot.server.web.problems import Handler, problem
from bot.telemetry.agent_runs import WINDOW_SECONDS, AgentRuns, AgentSummary
from bot.telemetry.metrics import CONTENT_TYPE, Metrics

RefreshMetrics = Callable[[], Awaitable[None]]
"""Updates the metrics that are read on demand."""
QueueDepths = Callable[[], Awaitable[Mapping[str, int]]]
"""Returns the number of queued deliveries per agent."""


def metrics_middleware(metrics: Metrics) -> Middleware:
    """Return a middleware that counts and times requests by route template."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        began, status = time.perf_counter(), 500
        try:
            response = await handler(request)
            status = response.status
            return response
        except web.HTTPException as error:
            status = error.status
            if request.path.startswith("/api/"):
                allowed = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else None
                detail = f"There is no {request.method} {request.path}. See /api/openapi.json for the endpoints."
                return problem(status, detail, allowed)
            raise
        finally:
            resource = request.match_info.route.resource
            route = resource.canonical if resource is not None else "unmatched"
            metrics.record_request(route, request.method, status, time.perf_counter() - began)

    return middleware


def metric_routes(metrics: Metrics, refresh: RefreshMetrics, access: Access) -> list[web.RouteDef]:
    """Return the routes `GET /metrics` in Prometheus's format and `GET /api/metrics` in JSON.

    `/metrics` needs a token only through a proxy. `/api/metrics` also answers in Prometheus's format if the request
    accepts OpenMetrics.
    """

    async def exposition(request: web.Request) -> web.StreamResponse:
        await refresh()
        return web.Response(body=metrics.exposition(), headers={"Content-Type": CONTENT_TYPE})

    async def as_json(request: web.Request) -> web.StreamResponse:
        if "openmetrics" in request.headers.get("Accept", ""):
            return await exposition(request)
        await refresh()
        return web.json_response({"version": __version__, "metrics": metrics.as_json()})

    with_token = access.require_token(exposition, all_repositories=True)

    async def scrape(request: web.Request) -> web.StreamResponse:
        return await (exposition if is_unproxied(request) else with_token)(request)

    return [web.get("/metrics", scrape), web.get("/api/metrics", access.require_token(as_json, all_repositories=True))]


def agent_routes(runs: AgentRuns, queue_depths: QueueDepths, access: Access) -> list[web.RouteDef]:
    """Return the route `GET /api/agents/status`: the state of each agent across all processes."""

    async def status(_request: web.Request) -> web.StreamResponse:
        depths = await queue_depths()
        agents = [_agent_status(record, depths.get(record.agent, 0)) for record in await runs.summaries()]
        return web.json_response({"version": __version__, "window_seconds": WINDOW_SECONDS, "agents": agents})

    return [web.get("/api/agents/status", access.require_token(status, all_repositories=True))]


def _agent_status(record: AgentSummary, depth: int) -> dict[str, Any]:
    last = None if record.last_run is None else datetime.fromtimestamp(record.last_run, UTC).isoformat()
    return {
        "name": record.agent,
        "version": __version__,
        "queue_depth": depth,
        "last_run": last,
        "runs": record.runs,
        "error_rate": round(record.error_rate, 4),
        "latency_seconds": {"p50": record.median_seconds, "p95": record.p95_seconds},
    }
