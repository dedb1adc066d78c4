"""Does a bot that was just deployed answer as it should: asked again and again, for a new process needs a while."""

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
    """How often a path is asked, and how many seconds lie between."""

    attempts: int = 30
    pause_seconds: float = 10.0


async def check(url: str, token: str | None, retry_policy: RetryPolicy, report: Callable[[str], None]) -> bool:
    """Whether all is well at an address; tells a line for each path, and for each attempt that failed.

    Args:
        token: a token of `MAS_API_TOKENS` whose scope is everything.

    Raises:
        UserError: the address is none.
    """
    root = url.rstrip("/")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        async with aiohttp.ClientSession(headers=headers, timeout=_TIMEOUT) as session:
            results = [await _check_path(session, root, path, retry_policy, report) for path in _PATHS]
    except aiohttp.InvalidURL:
        raise UserError(f"{url} is no address.", "Give one as https://HOST.") from None
    return all(results)


async def _check_path(
    session: aiohttp.ClientSession, root: str, path: str, retry_policy: RetryPolicy, report: Callable[[str], None]
) -> bool:
    for attempt in range(1, retry_policy.attempts + 1):
        fault, again = await _probe(session, root, path)
        if fault is None:
            report(f"ok    {path}" + (f" after {attempt} attempts" if attempt > 1 else ""))
            return True
        report(f"wait  {path}: {fault} (attempt {attempt} of {retry_policy.attempts})")
        if not again:
            break
        if attempt < retry_policy.attempts:
            await asyncio.sleep(retry_policy.pause_seconds)
    report(f"FAIL  {path}")
    return False


async def _probe(session: aiohttp.ClientSession, root: str, path: str) -> tuple[str | None, bool]:
    """What is wrong with an answer (None: nothing), and whether it may pass."""
    try:
        async with session.get(root + path, allow_redirects=False) as answer:
            if answer.status != 200:
                # A token does not become right by waiting.
                return f"answered {answer.status}", answer.status not in (401, 403)
            said = await answer.json()
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        if isinstance(error, aiohttp.InvalidURL):
            raise
        return f"no answer of ours ({type(error).__name__})", True
    if path == "/health" and not (isinstance(said, dict) and said.get("status") == "healthy"):
        return "is not healthy", True
    return None, True
