"""Liveness and readiness endpoints."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from bot import __version__
from bot.errors import MasError

ReadinessCheck = Callable[[], Awaitable[object]]

_TIMEOUT_SECONDS = 2.0


def routes(checks: Mapping[str, ReadinessCheck], timeout_seconds: float = _TIMEOUT_SECONDS) -> list[web.RouteDef]:
    """Return the routes `GET /health`, which runs no check, and `GET /ready`: 503 unless every check passes.

    Args:
        checks: readiness checks by name. A check raises `MasError` if it fails.
        timeout_seconds: limit per check.
    """

    async def health(_request: web.Request) -> web.Response:
        return web.json_response({"status": "healthy", "version": __version__})

    async def ready(_request: web.Request) -> web.Response:
        results = await asyncio.gather(*(_check_result(check, timeout_seconds) for check in checks.values()))
        all_pass = all(result == "ok" for result in results)
        answer = {"status": "ready" if all_pass else "not ready", "checks": dict(zip(checks, results, strict=True))}
        return web.json_response(answer, status=200 if all_pass else 503)

    return [web.get("/health", health), web.get("/ready", ready)]


async def _check_result(check: ReadinessCheck, timeout_seconds: float) -> str:
    try:
        async with asyncio.timeout(timeout_seconds):
            await check()
    except MasError as error:
        return str(error)
    except TimeoutError:
        return f"no answer within {timeout_seconds:g} s"
    return "ok"
