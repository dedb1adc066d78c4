"""The webhook over real HTTP: authentication, what is saved, and hostile requests."""

import asyncio
import gzip
import hashlib
import hmac
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot import __version__
from bot.errors import Bug, RemoteError
from bot.inbox import Inbox
from bot.server.web import health, webhook
from bot.stores.database import connect

OLD, NEW = "the old secret", "the new secret"
BODY = b'{"ref": "refs/heads/main"}'
Client = TestClient[web.Request, web.Application]


def sign(body: bytes = BODY, secret: str = OLD) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def headers(**changed: str | None) -> dict[str, str]:
    """Return the headers of a valid delivery, with `changed` ones replaced, or removed if None."""
    valid = {"X-GitHub-Event": "push", "X-GitHub-Delivery": "72d3162e-cc78-11e3", "X-Hub-Signature-256": sign()}
    return {name: value for name, value in (valid | changed).items() if value is not None}


@pytest.fixture
async def inbox(tmp_path: Path) -> AsyncIterator[Inbox]:
    database = connect(f"sqlite:///{tmp_path / 'mas.db'}")
    inbox = Inbox(database)
    await inbox.open()
    yield inbox
    await inbox.close()
    database.dispose()


@pytest.fixture
def notified() -> asyncio.Event:
    return asyncio.Event()


@pytest.fixture
async def client(inbox: Inbox, notified: asyncio.Event) -> AsyncIterator[Client]:
    app = webhook.create_application()
    app.add_routes(webhook.routes(inbox, [OLD, NEW], frozenset({"push", "installation"}), notified.set))
    async with TestClient(TestServer(app)) as client:
        yield client


async def test_a_compressed_body_is_saved_as_received(client: Client, inbox: Inbox) -> None:
    packed = gzip.compress(BODY)
    signed = headers(**{"X-Hub-Signature-256": sign(packed), "Content-Encoding": "gzip"})

    unsigned = await client.post("/webhook", data=packed, headers=headers(**{"Content-Encoding": "gzip"}))
    accepted = await client.post("/webhook", data=packed, headers=signed)

    assert (unsigned.status, accepted.status) == (401, 202)
    assert [body for _, _, body in await saved(inbox)] == [packed]


async def saved(inbox: Inbox) -> list[tuple[str, str, bytes]]:
    return [(delivery.delivery_id, delivery.event, delivery.body) for delivery in await inbox.waiting(100)]


@pytest.mark.parametrize("path", ["/webhook", "/"])
async def test_a_signed_delivery_is_saved_as_received_and_then_accepted(
    client: Client, inbox: Inbox, notified: asyncio.Event, path: str
) -> None:
    response = await client.post(path, data=BODY, headers=headers())

    assert (response.status, await response.json()) == (202, {"message": "accepted"})
    assert await saved(inbox) == [("72d3162e-cc78-11e3", "push", BODY)]
    assert notified.is_set()


async def test_a_duplicate_delivery_is_accepted_but_not_saved(client: Client, inbox: Inbox) -> None:
    await client.post("/webhook", data=BODY, headers=headers())
    again = await client.post("/webhook", data=BODY, headers=headers())

    assert (again.status, await again.json()) == (202, {"message": "already received"})
    assert len(await saved(inbox)) == 1


async def test_both_secrets_are_valid_during_rotation(client: Client) -> None:
    signed_new = headers(**{"X-Hub-Signature-256": sign(secret=NEW)})

    assert (await client.post("/webhook", data=BODY, headers=signed_new)).status == 202


@pytest.mark.parametrize(
    "signature",
    [
        None,
        "",
        "sha256=",
        "sha256=" + "0" * 64,
        sign(secret="another"),
        sign(secret=""),
        sign(BODY + b" "),
        sign().upper(),
        sign().removeprefix("sha256="),
        sign() + "00",
        sign() + ", " + sign(),
        "sha1=" + hmac.new(OLD.encode(), BODY, hashlib.sha1).hexdigest(),
        "sha256=" + "é" * 64,
        "sha256=" + "\udcff" * 64,
    ],
)
async def test_a_missing_or_invalid_signature_is_rejected(client: Client, inbox: Inbox, signature: str | None) -> None:
    response = await client.post("/webhook", data=BODY, headers=headers(**{"X-Hub-Signature-256": signature}))

    assert response.status == 401
    assert (await response.json())["message"]
    assert await saved(inbox) == []


async def test_a_sha1_signature_alone_is_rejected(client: Client) -> None:
    sha1 = "sha1=" + hmac.new(OLD.encode(), BODY, hashlib.sha1).hexdigest()
    only_sha1 = headers(**{"X-Hub-Signature-256": None, "X-Hub-Signature": sha1})

    assert (await client.post("/webhook", data=BODY, headers=only_sha1)).status == 401


@pytest.mark.parametrize("secrets", [[], [""], [OLD, ""]])
def test_a_webhook_without_a_secret_is_a_bug(inbox: Inbox, secrets: list[str]) -> None:
    with pytest.raises(Bug, match="secret"):
        webhook.routes(inbox, secrets, frozenset(), lambda: None)


@pytest.mark.parametrize("header", ["X-GitHub-Event", "X-GitHub-Delivery"])
@pytest.mark.parametrize("value", [None, "", " ", "a b", "../../etc", "x" * 65, "ü", "'; drop table inbox; --"])
async def test_another_missing_or_invalid_header_is_a_bad_request(
    client: Client, inbox: Inbox, header: str, value: str | None
) -> None:
    response = await client.post("/webhook", data=BODY, headers=headers(**{header: value}))

    assert response.status == 400
    assert await saved(inbox) == []


@pytest.mark.parametrize(("event", "word"), [("ping", "pong"), ("star", "MAS ignores star events.")])
async def test_unused_events_are_answered_with_a_reason(client: Client, inbox: Inbox, event: str, word: str) -> None:
    response = await client.post("/webhook", data=BODY, headers=headers(**{"X-GitHub-Event": event}))

    assert (response.status, await response.json()) == (200, {"message": word})
    assert await saved(inbox) == []


async def test_the_largest_body_that_github_sends_is_accepted_and_one_byte_more_is_not(client: Client) -> None:
    largest = b"x" * webhook.MAX_BODY_BYTES
    too_large = largest + b"x"

    for body, status in ((largest, 202), (too_large, 413)):
        signed = headers(**{"X-Hub-Signature-256": sign(body), "X-GitHub-Delivery": f"n{len(body)}"})
        assert (await client.post("/webhook", data=io.BytesIO(body), headers=signed)).status == status


async def test_a_chunked_body_has_the_same_size_limit(client: Client) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(26):
            yield b"x" * 2**20

    assert (await client.post("/webhook", data=chunks(), headers=headers())).status == 413


async def test_the_webhook_does_not_check_that_a_body_is_json(client: Client, inbox: Inbox) -> None:
    body = b"\x00not json"
    signed = headers(**{"X-Hub-Signature-256": sign(body), "Content-Type": "text/nonsense; charset=klingon"})

    assert (await client.post("/webhook", data=body, headers=signed)).status == 202


async def test_a_closed_inbox_answers_with_retry_after(client: Client, inbox: Inbox) -> None:
    await inbox.close()

    response = await client.post("/webhook", data=BODY, headers=headers())

    assert response.status == 503
    assert int(response.headers["Retry-After"]) > 0


async def test_only_post_is_answered(client: Client) -> None:
    assert (await client.get("/webhook")).status == 405


START = b"POST /webhook HTTP/1.1\r\nHost: x\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(BODY)
SIGNED = b"X-Hub-Signature-256: %s\r\n" % sign().encode()
NAMED = b"X-GitHub-Event: push\r\nX-GitHub-Delivery: d1\r\n"


@pytest.mark.parametrize(
    "request_bytes",
    [
        START + LENGTH + b"X-Hub-Signature-256: sha256=" + b"\xff" * 64 + b"\r\n" + NAMED + b"\r\n" + BODY,
        START + LENGTH + b"X-Hub-Signature-256: \r\n" + NAMED + b"\r\n" + BODY,
        START + LENGTH + SIGNED + SIGNED + NAMED + b"\r\n" + BODY,
        START + LENGTH + SIGNED + b"X-GitHub-Event: \xc3\x28\r\nX-GitHub-Delivery: d1\r\n\r\n" + BODY,
        START + LENGTH + SIGNED + b"X-GitHub-Event: push\r\nX-GitHub-Delivery: \x80\x81\r\n\r\n" + BODY,
        START + LENGTH + SIGNED + NAMED + NAMED + b"\r\n" + BODY,
        START + LENGTH + SIGNED + NAMED + b"Content-Type: application/json; charset=\xff\r\n\r\n" + BODY,
        START + LENGTH + SIGNED + NAMED + b"Content-Type: ;;;=\r\n\r\n" + BODY,
        START + LENGTH + SIGNED + NAMED + b"Content-Encoding: gzip\r\n\r\n" + BODY,
        START + LENGTH + SIGNED + NAMED + b"Content-Encoding: klingon\r\n\r\n" + BODY,
        START + b"Content-Length: -1\r\n" + SIGNED + NAMED + b"\r\n" + BODY,
        START + b"Content-Length: 99999999999999999999\r\n" + SIGNED + NAMED + b"\r\n",
        START + b"Content-Length: one\r\n" + SIGNED + NAMED + b"\r\n" + BODY,
        START + b"Transfer-Encoding: chunked\r\n" + SIGNED + NAMED + b"\r\nzz\r\n" + BODY,
        START + b"Transfer-Encoding: klingon\r\n" + SIGNED + NAMED + b"\r\n" + BODY,
        START + LENGTH + b"Transfer-Encoding: chunked\r\n" + SIGNED + NAMED + b"\r\n0\r\n\r\n",
        START + LENGTH + SIGNED + NAMED + b"X-Long: " + b"x" * 100_000 + b"\r\n\r\n" + BODY,
        START + LENGTH + SIGNED + NAMED + b"X-Many: 1\r\n" * 5000 + b"\r\n" + BODY,
        START + LENGTH + SIGNED + NAMED + b"no colon here\r\n\r\n" + BODY,
        START + LENGTH + SIGNED + NAMED + b"X-Null: \x00\r\n\r\n" + BODY,
        START + LENGTH + SIGNED + NAMED + b"Expect: a-miracle\r\n\r\n" + BODY,
        START + LENGTH + SIGNED + NAMED + b" folded\r\n\r\n" + BODY,
        b"POST /webhook?\xff\xfe HTTP/1.1\r\nHost: x\r\n" + LENGTH + SIGNED + NAMED + b"\r\n" + BODY,
        b"POST /webhook HTTP/9.9\r\n" + LENGTH + SIGNED + NAMED + b"\r\n" + BODY,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
async def test_a_hostile_request_never_causes_a_server_error(client: Client, request_bytes: bytes) -> None:
    reader, writer = await asyncio.open_connection(client.host, client.port)
    writer.write(request_bytes)
    writer.write_eof()
    status_line = await asyncio.wait_for(reader.readline(), 30)
    writer.close()

    if status_line:  # the server may also close a broken connection
        assert 200 <= int(status_line.split()[1]) < 500
    assert (await client.post("/webhook", data=BODY, headers=headers())).status == 202


class TestHealth:
    async def test_a_running_process_is_healthy_whatever_it_lacks(self) -> None:
        async with self.client(store=self.down) as client:
            response = await client.get("/health")

            assert (response.status, await response.json()) == (200, {"status": "healthy", "version": __version__})

    async def test_it_is_ready_if_every_check_passes(self) -> None:
        async with self.client(store=self.up, queue=self.up) as client:
            response = await client.get("/ready")

            assert response.status == 200
            assert await response.json() == {"status": "ready", "checks": {"store": "ok", "queue": "ok"}}

    async def test_a_check_that_fails_or_hangs_is_named_with_its_reason(self) -> None:
        async with self.client(store=self.up, queue=self.down, github=asyncio.Event().wait) as client:
            response = await client.get("/ready")

            assert response.status == 503
            assert await response.json() == {
                "status": "not ready",
                "checks": {"store": "ok", "queue": "The queue is down.", "github": "no answer within 0.05 s"},
            }

    @staticmethod
    def client(**checks: health.ReadinessCheck) -> Client:
        app = web.Application()
        app.add_routes(health.routes(checks, timeout_seconds=0.05))
        return TestClient(TestServer(app))

    @staticmethod
    async def up() -> None:
        pass

    @staticmethod
    async def down() -> None:
        raise RemoteError("The queue is down.")


async def test_responses_are_json(client: Client) -> None:
    for changed in ({}, {"X-GitHub-Event": "ping"}, {"X-GitHub-Event": None}, {"X-Hub-Signature-256": None}):
        response = await client.post("/webhook", data=BODY, headers=headers(**changed))
        assert list(json.loads(await response.text())) == ["message"]
