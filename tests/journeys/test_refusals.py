"""Replies where a request fails: rejected by GitHub, or by a bug."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain import Action, ActionResult, ButtonClicked, CommentPosted, CommitFiles, Job, Repository
from bot.errors import RemoteError
from bot.orchestrator import JobResult, JobServices
from bot.ports import Forge, Step
from bot.server.app import JobHandler
from bot.server.service import Service
from tests.journeys.scene import UPDATED_GUIDE, Scene, idle, project, serving, settings_for, until, without_index
from tests.journeys.test_commands import bot_comments, bot_reactions, open_stale_pull_request, post_command
from tests.journeys.test_pull_requests import DOCS

pytestmark = pytest.mark.journey


@asynccontextmanager
async def installed_with(folder: Path, handle: JobHandler) -> AsyncIterator[tuple[Scene, Service]]:
    """A project with a bot that handles its jobs with `handle`."""
    async with (
        project(folder) as scene,
        serving(settings_for(scene.sandbox, scene.app, folder), handle) as (address, service),
    ):
        scene.sandbox.set_webhook_url(scene.app, f"{address}/webhook")
        scene.sandbox.install(scene.app, "octo", [scene.repository])
        yield scene, service


class ProtectedForge:
    """A forge that rejects commits to people's branches."""

    def __init__(self, forge: Forge) -> None:
        self.permission, self.observe, self._apply = forge.permission, forge.observe, forge.apply

    async def apply(self, action: Action) -> ActionResult:
        if isinstance(action, CommitFiles):
            raise RemoteError("GitHub answered that the branch is protected.", transient=False)
        return await self._apply(action)


async def handle_with_protected_branch(services: JobServices, step: Step, job: Job) -> JobResult:
    async def forge(repository: Repository) -> Forge:
        return ProtectedForge(await services.forge(repository))  # type: ignore[return-value]

    return await without_index(replace(services, forge=forge), step, job)


async def fail_on_commands(services: JobServices, step: Step, job: Job) -> JobResult:
    if isinstance(job.event, CommentPosted | ButtonClicked):
        raise ZeroDivisionError("a bug, with a secret detail")
    return await without_index(services, step, job)


async def test_apply_opens_a_pull_request_against_a_protected_branch(tmp_path: Path) -> None:
    async with installed_with(tmp_path, handle_with_protected_branch) as (scene, service):
        pull = await open_stale_pull_request(scene)
        await idle(service)
        _, answer = await post_command(scene, service, pull, "/mas docs apply")

        assert answer.startswith("GitHub rejected a direct push to `topic`, so I opened a pull request against it.")
        (stacked,) = [p for p in scene.repository.pull_requests.values() if p is not pull]
        assert (stacked.base, stacked.head) == ("topic", f"mas/docs/pull-{pull.number}")
        assert scene.at(stacked.head, "README.md") == UPDATED_GUIDE
        assert f"#{pull.number}" in (stacked.body or "")


async def test_a_bug_is_reported_to_the_user_without_details(tmp_path: Path) -> None:
    async with installed_with(tmp_path, fail_on_commands) as (scene, service):
        pull = await open_stale_pull_request(scene)
        await idle(service)
        maria = scene.sandbox.person("maria")
        said = maria.comment(pull, "/mas docs check")
        await until(lambda: bot_reactions(said) == ["confused"])
        (run,) = [each for each in scene.checks(pull.head_oid) if each.name == DOCS]
        maria.click(run, "apply")
        await until(lambda: len(bot_comments(pull)) == 2)

        assert all(answer.startswith("Something broke on our side") for answer in bot_comments(pull))
        assert not any("secret" in answer for answer in bot_comments(pull))

        async def on_record() -> bool:
            return len(await service.inbox.failures()) == 2

        await until(on_record)
