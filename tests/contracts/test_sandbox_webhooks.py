"""What the sandbox sends, keeps on record, and sends again."""

from __future__ import annotations

import hashlib
import hmac
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from gidgethub.sansio import Event

from tests.contracts.sandbox_scene import REPO, SECRET, Scene, scene


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Scene]:
    async with scene(tmp_path) as made:
        yield made


async def test_a_delivery_is_signed_and_named(here: Scene) -> None:
    await here.sandbox.drain()
    (told,) = here.received
    event = Event.from_http(told.headers, told.raw, secret=SECRET)
    assert (event.event, event.data["action"]) == ("installation", "created")
    assert str(uuid.UUID(event.delivery_id)) == event.delivery_id
    sha1 = hmac.new(SECRET.encode(), told.raw, hashlib.sha1).hexdigest()
    assert told.headers["X-Hub-Signature"] == f"sha1={sha1}"
    assert told.headers["User-Agent"].startswith("GitHub-Hookshot/")
    assert told.headers["X-GitHub-Hook-Installation-Target-Type"] == "integration"
    assert told.headers["X-GitHub-Hook-Installation-Target-ID"] == str(here.app.id)


async def test_only_what_was_subscribed_is_sent(here: Scene) -> None:
    here.app.events = ("push",)
    await here.pull()
    assert await here.events() == ["installation created", "push"]


async def test_an_app_hears_only_of_repositories_that_it_is_installed_on(here: Scene) -> None:
    other = here.sandbox.create_repository("octo", "other", here.folder / "source")
    here.sandbox.change_repositories(here.installation, added=[other], removed=[here.repository])
    await here.sandbox.drain()
    head = here.repository.announced_refs["refs/heads/main"]
    await here.api("POST", f"{REPO}/git/refs", {"ref": "refs/heads/x", "sha": head}, token=here.maria)
    assert "push" not in await here.events()
    removed = await here.last("installation_repositories")
    assert [r["full_name"] for r in removed["repositories_removed"]] == ["octo/sample"]


async def test_a_delivery_that_fails_is_on_record_and_not_sent_again(here: Scene) -> None:
    await here.sandbox.drain()
    here.sandbox.set_webhook_url(here.app, "http://127.0.0.1:9/webhook")
    await here.branch()
    await here.sandbox.drain()
    log = (await here.api("GET", "/app/hook/deliveries?status=failure", token=here.jwt())).body
    assert [(d["event"], d["status_code"], d["status"]) for d in log] == [("push", 502, "failed to connect to host")]
    assert len(here.received) == 1


async def test_a_redelivery_has_the_same_guid_and_body_and_a_number_of_its_own(here: Scene) -> None:
    await here.sandbox.drain()
    (first,) = (await here.api("GET", "/app/hook/deliveries", token=here.jwt())).body
    asked = await here.api("POST", f"/app/hook/deliveries/{first['id']}/attempts", token=here.jwt())
    await here.sandbox.drain()
    again = (await here.api("GET", "/app/hook/deliveries", token=here.jwt())).body[0]

    assert asked.status == 202
    assert (again["guid"], again["redelivery"], again["id"] != first["id"]) == (first["guid"], True, True)
    assert here.received[0].raw == here.received[1].raw
    assert (await here.api("POST", "/app/hook/deliveries/7/attempts", token=here.jwt())).status == 404


async def test_the_log_is_read_by_cursor_newest_first(here: Scene) -> None:
    await here.pull()
    await here.sandbox.drain()
    first = await here.api("GET", "/app/hook/deliveries?per_page=2", token=here.jwt())
    link = first.headers["Link"].partition(">")[0].removeprefix("<")
    second = await here.api("GET", link, token=here.jwt())
    assert [d["event"] for d in [*first.body, *second.body]] == ["pull_request", "push", "installation"]
    assert "Link" not in second.headers
