"""Webhook deliveries of the sandbox: sent, logged and redelivered."""

from __future__ import annotations

import hashlib
import hmac
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from gidgethub.sansio import Event

from tests.contracts.sandbox_scene import REPO, SECRET, Scene, running_scene


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with running_scene(tmp_path) as running:
        yield running


async def test_a_delivery_has_githubs_signatures_and_headers(scene: Scene) -> None:
    await scene.sandbox.drain()
    (received,) = scene.received
    event = Event.from_http(received.headers, received.raw, secret=SECRET)
    assert (event.event, event.data["action"]) == ("installation", "created")
    assert str(uuid.UUID(event.delivery_id)) == event.delivery_id
    sha1 = hmac.new(SECRET.encode(), received.raw, hashlib.sha1).hexdigest()
    assert received.headers["X-Hub-Signature"] == f"sha1={sha1}"
    assert received.headers["User-Agent"].startswith("GitHub-Hookshot/")
    assert received.headers["X-GitHub-Hook-Installation-Target-Type"] == "integration"
    assert received.headers["X-GitHub-Hook-Installation-Target-ID"] == str(scene.app.id)


async def test_only_subscribed_events_are_sent(scene: Scene) -> None:
    scene.app.events = ("push",)
    await scene.pull()
    assert await scene.events() == ["installation created", "push"]


async def test_an_app_receives_events_only_of_its_repositories(scene: Scene) -> None:
    other = scene.sandbox.create_repository("octo", "other", scene.folder / "source")
    scene.sandbox.change_repositories(scene.installation, added=[other], removed=[scene.repository])
    await scene.sandbox.drain()
    head = scene.repository.announced_refs["refs/heads/main"]
    await scene.api("POST", f"{REPO}/git/refs", {"ref": "refs/heads/x", "sha": head}, token=scene.maria)
    assert "push" not in await scene.events()
    removed = await scene.last_payload("installation_repositories")
    assert [r["full_name"] for r in removed["repositories_removed"]] == ["octo/sample"]


async def test_a_failed_delivery_is_logged_and_not_retried(scene: Scene) -> None:
    await scene.sandbox.drain()
    scene.sandbox.set_webhook_url(scene.app, "http://127.0.0.1:9/webhook")
    await scene.branch()
    await scene.sandbox.drain()
    log = (await scene.api("GET", "/app/hook/deliveries?status=failure", token=scene.jwt())).body
    assert [(d["event"], d["status_code"], d["status"]) for d in log] == [("push", 502, "failed to connect to host")]
    assert len(scene.received) == 1


async def test_a_redelivery_has_the_same_guid_and_body_and_its_own_id(scene: Scene) -> None:
    await scene.sandbox.drain()
    (first,) = (await scene.api("GET", "/app/hook/deliveries", token=scene.jwt())).body
    response = await scene.api("POST", f"/app/hook/deliveries/{first['id']}/attempts", token=scene.jwt())
    await scene.sandbox.drain()
    again = (await scene.api("GET", "/app/hook/deliveries", token=scene.jwt())).body[0]

    assert response.status == 202
    assert (again["guid"], again["redelivery"], again["id"] != first["id"]) == (first["guid"], True, True)
    assert scene.received[0].raw == scene.received[1].raw
    assert (await scene.api("POST", "/app/hook/deliveries/7/attempts", token=scene.jwt())).status == 404


async def test_deliveries_are_listed_newest_first_by_cursor(scene: Scene) -> None:
    await scene.pull()
    await scene.sandbox.drain()
    first = await scene.api("GET", "/app/hook/deliveries?per_page=2", token=scene.jwt())
    link = first.headers["Link"].partition(">")[0].removeprefix("<")
    second = await scene.api("GET", link, token=scene.jwt())
    assert [d["event"] for d in [*first.body, *second.body]] == ["pull_request", "push", "installation"]
    assert "Link" not in second.headers
