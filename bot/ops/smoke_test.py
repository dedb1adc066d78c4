"""Smoke test of a deployed bot, with retries, because a new process takes a while to start."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import aiohttp

from bot.errors import UserError

_TIMEOUT = aiohttp.ClientTimeout(total=30)
_PATHS = ("/health", "/ready", "/api/docs/search", "/api/agents/status", "/api/metrics")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Number of attempts per endpoint, and the pause between them."""

    attempts: int = 30
    pause_seconds: float = 10.0


async def check(url: str, token: str | None, retry_policy: RetryPolicy, report: Callable[[str], None]) -> bool:
    """Return whether all endpoints of a bot respond. Report a line for each endpoint and each failed attempt.

    Args:
        token: an API token with scope `*`.

    Raises:
        UserError: the URL is invalid.
    """
    root = url.rstrip("/")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        async with aiohttp.ClientSession(headers=headers, timeout=_TIMEOUT) as session:
            results = [await _check_path(session, root, path, retry_policy, report) for path in _PATHS]
    except aiohttp.InvalidURL:
        raise UserError(f"{url} is not a valid address.", "Use https://HOST.") from None
    return all(results)


async def _check_path(
    session: aiohttp.ClientSession, root: str, path: str, retry_policy: RetryPolicy, report: Callable[[str], None]
) -> bool:
    for attempt in range(1, retry_policy.attempts + 1):
        problem, retryable = await _probe(session, root, path)
        if problem is None:
            report(f"ok    {path}" + (f" after {attempt} attempts" if attempt > 1 else ""))
            return True
        report(f"wait  {path}: {problem} (attempt {attempt} of {retry_policy.attempts})")
        if not retryable:
            break
        if attempt < retry_policy.attempts:
            await asyncio.sleep(retry_policy.pause_seconds)
    report(f"FAIL  {path}")
    return False


async def _probe(session: aiohttp.ClientSession, root: str, path: str) -> tuple[str | None, bool]:
    """Return the problem with a response (None if it is fine), and whether a retry can help."""
    try:
        async with session.get(root + path, allow_redirects=False) as response:
            if response.status != 200:
                # Waiting does not fix a wrong token.
                return f"status {response.status}", response.status not in (401, 403)
            body = await response.json()
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        if isinstance(error, aiohttp.InvalidURL):
            raise
        return f"no valid response ({type(error).__name__})", True
    if path == "/health" and not (isinstance(body, dict) and body.get("status") == "healthy"):
        return "not healthy", True
    return None, True
