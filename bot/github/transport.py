"""One call to GitHub over HTTP, and the courtesy between calls: limits, turns, pace, retries."""

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
from bot.github.urls import Addresses
from bot.telemetry.tracing import span

T = TypeVar("T")
Seen = MutableMapping[str, tuple[str | None, str | None, Any, str | None]]
"""Answers by address, as gidgethub remembers them: with ETag, time of change, and the next page's address."""

REQUESTER = "mas-docs-bot"
API_VERSION = "2022-11-28"
PATIENCE = 5.0
"""Seconds that a call waits for a limit by itself; a longer wait is told to the caller."""

_ATTEMPTS = 4
_REDIRECTS = 3
_ETAG_BYTES = 512 * 1024
_ETAG_SECONDS = 3600.0
_TIMEOUT = aiohttp.ClientTimeout(total=60, connect=10, sock_read=30)
_UNREADABLE = (LookupError, ValueError, TypeError, AttributeError, RecursionError)


def _nobody(identity: str, method: str, status: int, headers: Mapping[str, str]) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Wire:
    """What all calls share. `clock` is seconds since the epoch, `pace` seconds between two writes.

    `answered` is told of each request: whose it was (`app`, or an installation's number), its method (or `GRAPHQL`),
    the status (0: there was no whole answer) and the headers.
    """

    session: aiohttp.ClientSession
    addresses: Addresses
    cache: Cache
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    pace: float = 1.0
    answered: Callable[[str, str, int, Mapping[str, str]], None] = _nobody
    calls: Counter[str] = field(default_factory=Counter)


class Exchange(gidgethub_abc.GitHubAPI):
    """One call with one token. It remembers its answer's status and headers, which gidgethub drops.

    A token goes to the API's own host only, whatever a payload, a `Link` or a redirect says. What was answered to a
    `GET` is kept for its `tenant`, and asked for by its ETag again.
    """

    def __init__(self, wire: Wire, name: str, *, token: str | None = None, tenant: Tenant | None = None) -> None:
        self._seen: Seen = {}
        super().__init__(REQUESTER, oauth_token=token, cache=self._seen, base_url=wire.addresses.api)
        self.name = name
        self._tenant = tenant
        self._identity = str(tenant.installation_id) if tenant else "app"
        self.status = 0
        self.headers: Mapping[str, str] = {}
        self._wire = wire

    async def rest(
        self, method: str, path: str, variables: Mapping[str, str] | None, data: Any, *, jwt: str | None = None
    ) -> tuple[Any, str | None]:
        """The decoded answer and the address of the next page; raises what gidgethub raises."""
        url = gidgethub.sansio.format_url(path, variables, base_url=self.base_url) if method == "GET" else ""
        await self._recall(url)
        known = self._seen.get(url)
        answer, more, _ = await self._make_request(
            method, path, variables, data, gidgethub.sansio.accept_format(), jwt=jwt
        )
        if self._seen.get(url) != known:
            await self._remember(url)
        return answer, more

    async def _recall(self, url: str) -> None:
        """What was answered there before, so that GitHub need only say that it is still so."""
        if url and self._tenant and (said := await self._wire.cache.get(self._tenant, f"etag {url}")):
            etag, changed, data, more = json.loads(said)
            self._seen[url] = (etag, changed, data, more)

    async def _remember(self, url: str) -> None:
        said = json.dumps(self._seen[url]).encode()
        if self._tenant and len(said) <= _ETAG_BYTES:
            await self._wire.cache.put(self._tenant, f"etag {url}", said, _ETAG_SECONDS)

    async def _request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> tuple[int, Mapping[str, str], bytes]:
        sent = {**headers, "x-github-api-version": API_VERSION}
        for _ in range(_REDIRECTS):
            self._refuse_foreign(url)
            async with self._asked(method, url, sent, body) as response:
                target = response.headers.get("location")
                # A renamed repository: 301 to reads, 307 to writes.
                if target and (response.status in (307, 308) or (response.status in (301, 302) and method == "GET")):
                    url = str(URL(url, encoded=True).join(URL(target, encoded=True)))
                    continue
                return response.status, response.headers, await response.read()
        raise RemoteError(f"{self.name}: GitHub redirected more than {_REDIRECTS} times.", transient=False)

    @asynccontextmanager
    async def _asked(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        self._wire.calls[self.name] += 1
        shown = self.name.partition(" ")[0]
        sending = self._wire.session.request(
            method, URL(url, encoded=True), headers=headers, data=body, timeout=_TIMEOUT, allow_redirects=False
        )
        try:
            with span(self.name):
                async with sending as response:
                    self.status, self.headers = response.status, response.headers
                    self._wire.answered(self._identity, shown, response.status, response.headers)
                    yield response
        except (aiohttp.ClientError, TimeoutError):
            self._wire.answered(self._identity, shown, 0, {})
            raise

    def _refuse_foreign(self, url: str) -> None:
        if not self._wire.addresses.serves(url):
            raise RemoteError(f"{self.name}: GitHub led to another host; not followed.", transient=False)

    async def sleep(self, seconds: float) -> None:
        await self._wire.sleep(seconds)


class Line:
    """The calls of one identity (an installation, or the App): limits kept, writes in turn and paced.

    https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
    """

    def __init__(self, wire: Wire, identity: Tenant) -> None:
        self._wire = wire
        self._identity = identity
        self._limits = rate_limits.RateLimits()
        self._told: dict[str, float] = {}
        self._writing = asyncio.Lock()
        self._written = float("-inf")

    async def call(
        self,
        exchange: Callable[[], Awaitable[Exchange]],
        send: Callable[[Exchange], Awaitable[T]],
        *,
        resource: str,
        writes: bool,
        repeatable: bool,
    ) -> T:
        """Send, and send again after a transient fault.

        Args:
            exchange: makes a fresh exchange for each try (a fresh token after a 401).
            resource: GitHub's name of the limit it counts against (`core`, `graphql`).
            writes: takes its turn among the writes.
            repeatable: doing it twice changes nothing; else only what GitHub did not begin is sent again.

        Raises:
            RemoteError: GitHub did not do it; `retry_after` when it asks for a longer wait.
            UserError: the App lacks a permission.
        """

        async def once() -> T:
            made = await exchange()
            async with self._turn(writes):
                await self._hear(resource)
                if wait := self._limits.wait(resource, self._wire.clock()):
                    raise errors.NotDone(f"{made.name}: GitHub's rate limit is used up.", retry_after=wait)
                return await self._sent(made, send, resource)

        retrying = tenacity.AsyncRetrying(
            stop=tenacity.stop_after_attempt(_ATTEMPTS),
            wait=_pause,
            retry=tenacity.retry_if_exception(lambda error: _again(error, repeatable)),
            sleep=self._wire.sleep,
            reraise=True,
        )
        return await retrying(once)

    @asynccontextmanager
    async def _turn(self, writes: bool) -> AsyncIterator[None]:
        if not writes:
            yield
            return
        async with self._writing:
            early = min(self._written + self._wire.pace - self._wire.clock(), self._wire.pace)
            if early > 0:
                await self._wire.sleep(early)
            try:
                yield
            finally:
                self._written = self._wire.clock()

    async def _sent(self, exchange: Exchange, send: Callable[[Exchange], Awaitable[T]], resource: str) -> T:
        try:
            answer = await send(exchange)
        except gidgethub.GitHubException as error:
            fault = self._fault(exchange, error, resource)
            await self._tell()
            raise fault from None
        except aiohttp.ClientConnectorError as error:
            raise errors.NotDone(f"{exchange.name}: no connection to GitHub ({type(error).__name__}).") from None
        except (aiohttp.ClientError, TimeoutError) as error:
            raise RemoteError(f"{exchange.name}: the connection broke ({type(error).__name__}).") from None
        except _UNREADABLE as error:  # gidgethub lets these through for answers that no GitHub gives
            raise RemoteError(f"{exchange.name}: an unreadable answer ({exchange.status}).") from error
        self._limits.note(resource, exchange.headers, self._wire.clock(), refused=False)
        await self._tell()
        return answer

    async def _hear(self, resource: str) -> None:
        """Learn of the limits that other processes of this App have met."""
        for name in self._limits.concerning(resource):
            if said := await self._wire.cache.get(self._identity, f"limit {name}", near=False):
                self._limits.learn(name, float(said))

    async def _tell(self) -> None:
        """Let them know of those that we have."""
        now = self._wire.clock()
        for name, until in self._limits.known(now).items():
            if self._told.get(name) != until:
                self._told[name] = until
                await self._wire.cache.put(self._identity, f"limit {name}", repr(until).encode(), until - now)

    def _fault(self, exchange: Exchange, error: gidgethub.GitHubException, resource: str) -> Exception:
        """The fault that an exception of gidgethub stands for; a limit is remembered for the next calls."""
        limited = rate_limits.exceeded(exchange.status, exchange.headers, str(error)) or _rate_limited(error)
        self._limits.note(resource, exchange.headers, self._wire.clock(), refused=limited)
        if limited:
            wait = self._limits.wait(resource, self._wire.clock())
            return errors.NotDone(f"{exchange.name}: GitHub's rate limit is reached.", retry_after=wait)
        if isinstance(error, gidgethub.QueryError):
            return errors.of_graphql(exchange.name, error, exchange.headers)
        if exchange.status < HTTPStatus.MULTIPLE_CHOICES:
            return RemoteError(f"{exchange.name}: an unreadable answer ({exchange.status}).")
        return errors.of_answer(exchange.name, exchange.status, exchange.headers, str(error))


def _rate_limited(error: gidgethub.GitHubException) -> bool:
    """GraphQL tells of a limit in a 200 (https://docs.github.com/en/graphql/overview)."""
    if not isinstance(error, gidgethub.QueryError):
        return False
    return any(isinstance(e, Mapping) and e.get("type") == "RATE_LIMITED" for e in error.response["errors"])


def _again(error: BaseException, repeatable: bool) -> bool:
    if not isinstance(error, RemoteError) or not error.transient or (error.retry_after or 0) > PATIENCE:
        return False
    return repeatable or isinstance(error, errors.NotDone)


def _pause(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, RemoteError) and error.retry_after is not None:
        return error.retry_after
    return tenacity.wait_exponential_jitter(multiplier=0.5, max=8)(state)
