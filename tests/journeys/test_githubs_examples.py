"""What GitHub publishes of its own webhooks goes in at the door and through the jobs, and nothing breaks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.github.events import EVENTS
from tests.github_schemas import examples
from tests.journeys.scene import RENAMED, Scene, idle, installed, send_delivery, until

pytestmark = pytest.mark.journey


TAKE_AWAY = ("repository", "installation_repositories", "installation")
"""The events of which some end all other work on a repository: the last."""


def about(scene: Scene, example: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """An example as of our installation: about a repository that it does not hold, and about one that it does.

    There the pull request that is spoken of is one that stands, and what is said asks for something.
    """
    ours = scene.repository
    (installation,) = scene.sandbox.world.installations
    payload = {**example, "installation": {**example.get("installation", {}), "id": installation}}
    yield payload
    if "repository" in payload:
        here = {"id": ours.id, "name": ours.name, "full_name": ours.full_name, "default_branch": "main"}
        owner = {**payload["repository"]["owner"], "login": ours.owner.login}
        payload |= {"repository": {**payload["repository"], **here, "owner": owner}}
        payload |= {each: {**payload[each], "number": 1} for each in ("pull_request", "issue") if each in payload}
        payload |= {each: {**payload[each], "body": "/mas docs check"} for each in ("comment",) if each in payload}
        yield payload


async def test_each_example_ends_well_or_with_a_reason(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service), aiohttp.ClientSession() as session:
        maria = scene.sandbox.person("maria")
        maria.push(scene.repository, "topic", RENAMED)
        maria.open_pull(scene.repository, "topic")
        await idle(service)

        service.engine._options = replace(
            service.engine._options, backoff_seconds=0.0005
        )  # what GitHub says is not so is asked for several times

        async def deliver(event: str, payload: dict[str, Any]) -> None:
            assert await send_delivery(scene, session, event, payload) == 202, (event, payload.get("action"))

        async def ended() -> bool:
            counts = await service.inbox.counts()
            return not (counts["waiting"] or counts["moved"])

        for last in ("", *TAKE_AWAY):
            for event in [last] if last else sorted(EVENTS.difference(TAKE_AWAY)):
                for example in examples(event):
                    for payload in about(scene, example):
                        await deliver(event, payload)
            await until(ended)
            assert (await service.engine.counts())["bugs"] == 0, await service.inbox.failures()
        assert (await service.inbox.counts())["done"] > 3
