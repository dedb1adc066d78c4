"""`mas check`: a deployment passes when all endpoints respond."""

from __future__ import annotations

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.errors import UserError
from bot.ops.smoke_test import RetryPolicy, check

API = ("/api/docs/search", "/api/agents/status", "/api/metrics")


async def run_check(answers: dict[str, list[tuple[int, object]]], token: str | None = None) -> tuple[bool, list[str]]:
    """Check a bot whose endpoints return these responses in turn; the last response repeats."""
    seen: list[str | None] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Authorization"))
        left = answers[request.path]
        status, body = left.pop(0) if len(left) > 1 else left[0]
        return web.json_response(body, status=status)

    app = web.Application()
    app.add_routes([web.get(path, answer) for path in answers])
    lines: list[str] = []
    async with TestServer(app) as server:
        well = await check(str(server.make_url("/")), token, RetryPolicy(3, 0), lines.append)
    assert set(seen) == {f"Bearer {token}" if token else None}
    return well, lines


def healthy(**others: list[tuple[int, object]]) -> dict[str, list[tuple[int, object]]]:
    fine: dict[str, list[tuple[int, object]]] = {path: [(200, {})] for path in ("/ready", *API)}
    return {"/health": [(200, {"status": "healthy"})]} | fine | {f"/{name}": value for name, value in others.items()}


async def test_all_endpoints_respond() -> None:
    assert await run_check(healthy(), token="a token") == (True, [f"ok    {p}" for p in ("/health", "/ready", *API)])


async def test_a_slow_start_is_retried() -> None:
    well, lines = await run_check(
        healthy(health=[(503, {}), (200, {"status": "starting"}), (200, {"status": "healthy"})])
    )

    assert well
    assert lines[:3] == [
        "wait  /health: status 503 (attempt 1 of 3)",
        "wait  /health: not healthy (attempt 2 of 3)",
        "ok    /health after 3 attempts",
    ]


async def test_a_failing_endpoint_is_reported_and_the_others_still_checked() -> None:
    well, lines = await run_check(healthy(ready=[(503, {"status": "not ready"})]))

    assert not well
    assert "FAIL  /ready" in lines
    assert lines[-1] == "ok    /api/metrics"


async def test_a_rejected_token_is_not_retried() -> None:
    well, lines = await run_check({**healthy(), "/api/metrics": [(401, {})]}, token="wrong")

    assert not well
    assert lines[-2:] == ["wait  /api/metrics: status 401 (attempt 1 of 3)", "FAIL  /api/metrics"]


async def test_no_response_and_an_invalid_address_are_reported() -> None:
    lines: list[str] = []
    assert not await check("http://127.0.0.1:9", None, RetryPolicy(1, 0), lines.append)
    assert lines[0] == "wait  /health: no valid response (ClientConnectorError) (attempt 1 of 1)"
    with pytest.raises(UserError, match="is not a valid address"):
        await check("no address", None, RetryPolicy(1, 0), lines.append)
