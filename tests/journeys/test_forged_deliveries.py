"""Forged deliveries: with the webhook's secret, one can make the bot look, but not act on false claims."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp

from bot.server.service import Service
from tests.github_schemas import examples
from tests.journeys.scene import RENAMED, SECRET, Scene, idle, installed, send_delivery, until
from tests.journeys.test_push import tenant


@asynccontextmanager
async def known(tmp_path: Path) -> AsyncIterator[tuple[Scene, Service, aiohttp.ClientSession]]:
    """A project of which the bot has data: a pull request of maria's, with its checks."""
    async with installed(tmp_path) as (scene, service), aiohttp.ClientSession() as session:
        maria = scene.sandbox.person("maria")
        maria.push(scene.repository, "topic", RENAMED)
        maria.open_pull(scene.repository, "topic")
        await idle(service)
        yield scene, service, session


def forged(scene: Scene, event: str, action: str) -> dict[str, Any]:
    """Return GitHub's example of an event, changed to this repository and installation."""
    payload = next(each for each in examples(event) if each.get("action", action) == action)
    target = scene.repository
    payload = {**payload, "installation": {**payload.get("installation", {}), "id": tenant(scene).installation_id}}
    if "repository" in payload:
        owner = {**payload["repository"]["owner"], "login": target.owner.login}
        fields = {"id": target.id, "name": target.name, "full_name": target.full_name, "default_branch": "main"}
        payload["repository"] = {**payload["repository"], **fields, "owner": owner}
    return payload


async def settle(service: Service) -> None:
    """Wait until all deliveries have ended, failed or not."""

    async def is_finished() -> bool:
        counts = await service.inbox.counts()
        return not (counts["waiting"] or counts["moved"])

    await until(is_finished)


async def test_a_command_that_nobody_gave_is_not_obeyed(tmp_path: Path) -> None:
    async with known(tmp_path) as (scene, service, session):
        (pull,) = scene.repository.pull_requests.values()
        eve = scene.sandbox.person("eve")
        harmless = eve.comment(pull, "Nice work!")
        await idle(service)
        head = pull.head_oid

        payload = forged(scene, "issue_comment", "created")
        user = {**payload["comment"]["user"], "login": "maria", "type": "User"}
        comment = {**payload["comment"], "id": harmless.id, "body": "/mas docs apply", "user": user}
        issue = {**payload["issue"], "number": pull.number, "pull_request": {"url": "https://api.github.com/x"}}
        claim = {**payload, "comment": comment, "issue": issue, "sender": {**payload["sender"], **user}}
        assert await send_delivery(scene, session, "issue_comment", claim) == 202
        await settle(service)

        assert pull.head_oid == head
        assert "edited or deleted before I could act" in pull.comments[-1].body


async def test_a_removal_that_did_not_happen_forgets_nothing(tmp_path: Path) -> None:
    async with known(tmp_path) as (scene, service, session):
        service.engine._options = replace(service.engine._options, backoff_seconds=0.0005)
        before = await service.store.get_audit_log(tenant(scene))
        removed = {
            "id": scene.repository.id,
            "name": "sample",
            "full_name": "octo/sample",
            "private": False,
            "node_id": "R",
        }

        payload = {**forged(scene, "installation", "deleted"), "repositories": [removed]}
        assert await send_delivery(scene, session, "installation", payload) == 202
        payload = {**forged(scene, "installation_repositories", "removed"), "repositories_removed": [removed]}
        assert await send_delivery(scene, session, "installation_repositories", payload) == 202
        await settle(service)

        assert await service.store.get_audit_log(tenant(scene)) == before
        assert [failure.reason for failure in await service.inbox.failures()] == [
            f"The App still has access to repository {scene.repository.id}, so nothing was deleted."
        ] * 2


async def test_a_push_that_did_not_happen_writes_nothing(tmp_path: Path) -> None:
    async with known(tmp_path) as (scene, service, session):
        payload = {**forged(scene, "push", ""), "ref": "refs/heads/main", "before": "1" * 40, "after": "2" * 40}
        payload |= {"deleted": False, "created": False, "forced": False}
        assert await send_delivery(scene, session, "push", payload) == 202
        await settle(service)

        assert len(scene.repository.pull_requests) == 1
        assert scene.repository.branch("mas/docs/main") is None


async def test_no_secret_of_ours_is_kept(tmp_path: Path) -> None:
    async with known(tmp_path) as (scene, _, _):
        stored = b"".join(each.read_bytes() for each in (tmp_path / "data").rglob("*") if each.is_file())
        for secret in (SECRET, scene.app.private_key, *scene.sandbox.world.installation_tokens):
            assert str(secret).encode() not in stored
