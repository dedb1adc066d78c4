"""GitHub's published webhook examples pass through webhook and jobs without an internal error."""

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

REMOVALS = ("repository", "installation_repositories", "installation")
"""Events some of which remove a repository, so that they are delivered last."""


def adapt(scene: Scene, example: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield an example for this installation: once for a repository that it does not have, once for one that it has.

    In the latter, the pull request exists and the comment is a command.
    """
    target = scene.repository
    (installation,) = scene.sandbox.world.installations
    payload = {**example, "installation": {**example.get("installation", {}), "id": installation}}
    yield payload
    if "repository" in payload:
        fields = {"id": target.id, "name": target.name, "full_name": target.full_name, "default_branch": "main"}
        owner = {**payload["repository"]["owner"], "login": target.owner.login}
        payload |= {"repository": {**payload["repository"], **fields, "owner": owner}}
        payload |= {each: {**payload[each], "number": 1} for each in ("pull_request", "issue") if each in payload}
        payload |= {each: {**payload[each], "body": "/mas docs check"} for each in ("comment",) if each in payload}
        yield payload


async def test_each_example_ends_without_an_internal_error(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service), aiohttp.ClientSession() as session:
        maria = scene.sandbox.person("maria")
        maria.push(scene.repository, "topic", RENAMED)
        maria.open_pull(scene.repository, "topic")
        await idle(service)

        # Claims that GitHub contradicts are retried several times.
        service.engine._options = replace(service.engine._options, backoff_seconds=0.0005)

        async def deliver(event: str, payload: dict[str, Any]) -> None:
            assert await send_delivery(scene, session, event, payload) == 202, (event, payload.get("action"))

        async def is_finished() -> bool:
            counts = await service.inbox.counts()
            return not (counts["waiting"] or counts["moved"])

        for last in ("", *REMOVALS):
            for event in [last] if last else sorted(EVENTS.difference(REMOVALS)):
                for example in examples(event):
                    for payload in adapt(scene, example):
                        await deliver(event, payload)
            await until(is_finished)
            assert (await service.engine.counts())["bugs"] == 0, await service.inbox.failures()
        assert (await service.inbox.counts())["done"] > 3
