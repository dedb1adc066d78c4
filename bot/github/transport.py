"""HTTP requests to GitHub, and their throttling: rate limits, serialised and paced writes, retries."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeVar

import aiohttp
import gidgethub
import tenacity
from gidgethub import abc as gidgethub_abc
from yarl import URL

from bot.cache.protocol import Cache
from bot.domain import Tenant
from bot.errors import RemoteError
from bot.github import errors, rate_limits
from bot.github.urls import GitHubUrls
from bot.telemetry.tracing import span

T = TypeVar("T")
EtagCache = MutableMapping[str, tuple[str | None, str | None, Any, str | None]]
"""gidgethub's cache: URL → ETag, Last-Modified, data, and the URL of the next page."""

USER_AGENT = "mas-docs-bot"
API_VERSION = "2022-11-28"
MAX_WAIT_SECONDS = 5.0
"""The longest wait for a rate limit within a call; a longer one is raised as `retry_after`."""

_MAX_ATTEMPTS = 4
_MAX_REDIRECTS = 3
_MAX_ETAG_BYTES = 512 * 1024
_ETAG_SECONDS = 3600.0
_TIMEOUT = aiohttp.ClientTimeout(total=60, connect=10, sock_read=30)
_PARSE_ERRORS = (LookupError, ValueError, TypeError, AttributeError, RecursionError)


def _ignore_response(identity: str, method: str, status: int, headers: Mapping[str, str]) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Transport:
    """Shared by all calls: session, URLs, cache, clock.

    Args:
        clock: returns seconds since the epoch.
        pace: seconds between two writes.
        on_response: called for each request with its identity (`app`, or an installation's number), its method (or
            `GRAPHQL`), the status (0 without a complete response) and the headers.
    """

    session: aiohttp.ClientSession
    urls: GitHubUrls
    cache: Cache
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    pace: float = 1.0
    on_response: Callable[[str, str, int, Mapping[str, str]], None] = _ignore_response
    call_counts: Counter[str] = field(default_factory=Counter)


class Request(gidgethub_abc.GitHubAPI):
    """One request with one token. Records the response's status and headers, which gidgethub drops.

    The token is sent to the API's own host only, whatever a payload, a `Link` or a redirect contains. Responses to
    `GET` are cached for their `tenant` and revalidated by ETag.
    """

    def __init__(
        self, transport: Transport, name: str, *, token: str | None = None, tenant: Tenant | None = None
    ) -> None:
        self._etag_cache: EtagCache = {}
        super().__init__(USER_AGENT, oauth_token=token, cache=self._etag_cache, base_url=transport.urls.api)
        self.name = name
        self._tenant = tenant
        self._identity = str(tenant.installation_id) if tenant else "app"
        self.status = 0
        self.headers: Mapping[str, str] = {}
        self._transport = transport

    async def rest(
        self, method: str, path: str, variables: Mapping[str, str] | None, data: Any, *, jwt: str | None = None
    ) -> tuple[Any, str | None]:
        """Return the decoded response and the URL of the next page. Raises what gidgethub raises."""
        url = gidgethub.sansio.format_url(path, variables, base_url=self.base_url) if method == "GET" else ""
        await self._load_cached(url)
        cached = self._etag_cache.get(url)
        response, next_url, _ = await self._make_request(
            method, path, variables, data, gidgethub.sansio.accept_format(), jwt=jwt
        )
        if self._etag_cache.get(url) != cached:
            await self._store_cached(url)
        return response, next_url

    async def _load_cached(self, url: str) -> None:
        """Load the previous response, so that GitHub can answer 304 Not Modified."""
        if url and self._tenant and (entry := await self._transport.cache.get(self._tenant, f"etag {url}")):
            etag, last_modified, data, next_url = json.loads(entry)
            self._etag_cache[url] = (etag, last_modified, data, next_url)

    async def _store_cached(self, url: str) -> None:
        entry = json.dumps(self._etag_cache[url]).encode()
        if self._tenant and len(entry) <= _MAX_ETAG_BYTES:
            await self._transport.cache.store(self._tenant, f"etag {url}", entry, _ETAG_SECONDS)

    async def _request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> tuple[int, Mapping[str, str], bytes]:
        all_headers = {**headers, "x-github-api-version": API_VERSION}
        for _ in range(_MAX_REDIRECTS):
            self._check_host(url)
            async with self._open_response(method, url, all_headers, body) as response:
                target = response.headers.get("location")
                # For a renamed repository GitHub returns 301 to reads and 307 to writes.
                if target and (response.status in (307, 308) or (response.status in (301, 302) and method == "GET")):
                    url = str(URL(url, encoded=True).join(URL(target, encoded=True)))
                    continue
                return response.status, response.headers, await response.read()
        raise RemoteError(f"GitHub redirected {self.name} more than {_MAX_REDIRECTS} times.", transient=False)

    @asynccontextmanager
    async def _open_response(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        self._transport.call_counts[self.name] += 1
        label = self.name.partition(" ")[0]
        opening = self._transport.session.request(
            method, URL(url, encoded=True), headers=headers, data=body, timeout=_TIMEOUT, allow_redirects=False
        )
        try:
            with span(self.name):
                async with opening as response:
                    self.status, self.headers = response.status, response.headers
                    self._transport.on_response(self._identity, label, response.status, response.headers)
                    yield response
        except (aiohttp.ClientError, TimeoutError):
            self._transport.on_response(self._identity, label, 0, {})
            raise

    def _check_host(self, url: str) -> None:
        if not self._transport.urls.is_api_url(url):
            raise RemoteError(f"GitHub redirected {self.name} to another host.", transient=False)

    async def sleep(self, seconds: float) -> None:
        await self._transport.sleep(seconds)


class Throttle:
    """Throttles the calls of one identity (an installation, or the App): rate limits, serialised and paced writes.

    https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
    """

    def __init__(self, transport: Transport, identity: Tenant) -> None:
        self._transport = transport
        self._identity = identity
        self._limits = rate_limits.RateLimits()
        self._shared_limits: dict[str, float] = {}
        self._write_lock = asyncio.Lock()
        self._last_write = float("-inf")

    async def call(
        self,
        make_request: Callable[[], Awaitable[Request]],
        send: Callable[[Request], Awaitable[T]],
        *,
        resource: str,
        is_write: bool,
        idempotent: bool,
    ) -> T:
        """Send a request, and retry it after a transient error.

        Args:
            make_request: creates the request of each attempt (with a new token after a 401).
            resource: GitHub's name of the limit that applies (`core`, `graphql`).
            is_write: whether to serialise the call with other writes.
            idempotent: whether a repeated call changes nothing; if not, only calls that GitHub did not process are
                retried.

        Raises:
            RemoteError: the call failed; `retry_after` is set if GitHub asks for a longer wait.
            UserError: the App lacks a permission.
        """

        async def attempt() -> T:
            request = await make_request()
            async with self._write_turn(is_write):
                await self._load_limits(resource)
                if wait := self._limits.seconds_to_wait(resource, self._transport.clock()):
                    raise errors.NotProcessed(f"GitHub's rate limit for {request.name} is used up.", retry_after=wait)
                return await self._send_once(request, send, resource)

        retry = tenacity.AsyncRetrying(
            stop=tenacity.stop_after_attempt(_MAX_ATTEMPTS),
            wait=_retry_wait,
            retry=tenacity.retry_if_exception(lambda error: _should_retry(error, idempotent)),
            sleep=self._transport.sleep,
            reraise=True,
        )
        return await retry(attempt)

    @asynccontextmanager
    async def _write_turn(self, is_write: bool) -> AsyncIterator[None]:
        if not is_write:
            yield
            return
        async with self._write_lock:
            wait = min(self._last_write + self._transport.pace - self._transport.clock(), self._transport.pace)
            if wait > 0:
                await self._transport.sleep(wait)
            try:
                yield
            finally:
                self._last_write = self._transport.clock()

    async def _send_once(self, request: Request, send: Callable[[Request], Awaitable[T]], resource: str) -> T:
        try:
            response = await send(request)
        except gidgethub.GitHubException as error:
            translated = self._to_error(request, error, resource)
            await self._share_limits()
            raise translated from None
        except aiohttp.ClientConnectorError as error:
            raise errors.NotProcessed(f"No connection to GitHub for {request.name} ({type(error).__name__}).") from None
        except (aiohttp.ClientError, TimeoutError) as error:
            raise RemoteError(f"The connection to GitHub broke for {request.name} ({type(error).__name__}).") from None
        except _PARSE_ERRORS as error:  # raised by gidgethub for malformed responses
            raise _unreadable_response(request) from error
        self._limits.update(resource, request.headers, self._transport.clock(), refused=False)
        await self._share_limits()
        return response

    async def _load_limits(self, resource: str) -> None:
        """Load the limits that other processes of this App reported."""
        for name in self._limits.keys_for(resource):
            if until := await self._transport.cache.get(self._identity, f"limit {name}", allow_local=False):
                self._limits.merge(name, float(until))

    async def _share_limits(self) -> None:
        """Report this process's limits to the others."""
        now = self._transport.clock()
        for name, until in self._limits.active(now).items():
            if self._shared_limits.get(name) != until:
                self._shared_limits[name] = until
                await self._transport.cache.store(self._identity, f"limit {name}", repr(until).encode(), until - now)

    def _to_error(self, request: Request, error: gidgethub.GitHubException, resource: str) -> Exception:
        """Translate an exception of gidgethub, and record a rate limit for later calls."""
        limited = rate_limits.is_rate_limited(request.status, request.headers, str(error)) or _is_rate_limit_error(
            error
        )
        self._limits.update(resource, request.headers, self._transport.clock(), refused=limited)
        if limited:
            wait = self._limits.seconds_to_wait(resource, self._transport.clock())
            return errors.NotProcessed(f"GitHub's rate limit for {request.name} is used up.", retry_after=wait)
        if isinstance(error, gidgethub.QueryError):
            return errors.from_graphql_error(request.name, error, request.headers)
        if request.status < HTTPStatus.MULTIPLE_CHOICES:
            return _unreadable_response(request)
        return errors.from_response(request.name, request.status, request.headers, str(error))


def _unreadable_response(request: Request) -> RemoteError:
    return RemoteError(f"GitHub's response to {request.name} is unreadable (status {request.status}).")


def _is_rate_limit_error(error: gidgethub.GitHubException) -> bool:
    """Return whether a GraphQL response with status 200 reports a limit.

    https://docs.github.com/en/graphql/overview
    """
    if not isinstance(error, gidgethub.QueryError):
        return False
    return any(isinstance(e, Mapping) and e.get("type") == "RATE_LIMITED" for e in error.response["errors"])


def _should_retry(error: BaseException, idempotent: bool) -> bool:
    if not isinstance(error, RemoteError) or not error.transient or (error.retry_after or 0) > MAX_WAIT_SECONDS:
        return False
    return idempotent or isinstance(error, errors.NotProcessed)


def _retry_wait(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, RemoteError) and error.retry_after is not None:
        return error.retry_after
    return tenacity.wait_exponential_jitter(multiplier=0.5, max=8)(state)
