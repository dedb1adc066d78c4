"""What is told where something was not done: by GitHub's rules, or by a fault of ours."""

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
from tests.journeys.scene import MENDED, Scene, idle, project, serving, settings_for, until, without_index
from tests.journeys.test_commands import answers, asked, faces, stale
from tests.journeys.test_pull_requests import DOCS

pytestmark = pytest.mark.journey


@asynccontextmanager
async def handled(folder: Path, handle: JobHandler) -> AsyncIterator[tuple[Scene, Service]]:
    """A project with a bot whose jobs are done by `handle`."""
    async with (
        project(folder) as scene,
        serving(settings_for(scene.sandbox, scene.app, folder), handle) as (address, service),
    ):
        scene.sandbox.set_webhook_url(scene.app, f"{address}/webhook")
        scene.sandbox.install(scene.app, "octo", [scene.repository])
        yield scene, service


class Protected:
    """A forge whose people's branches take no commit of ours."""

    def __init__(self, forge: Forge) -> None:
        self.permission, self.observe, self._apply = forge.permission, forge.observe, forge.apply

    async def apply(self, action: Action) -> ActionResult:
        if isinstance(action, CommitFiles):
            raise RemoteError("GitHub answered that the branch is protected.", transient=False)
        return await self._apply(action)


async def protected(services: JobServices, step: Step, job: Job) -> JobResult:
    async def forge(repository: Repository) -> Forge:
        return Protected(await services.forge(repository))  # type: ignore[return-value]

    return await without_index(replace(services, forge=forge), step, job)


async def breaking(services: JobServices, step: Step, job: Job) -> JobResult:
    if isinstance(job.event, CommentPosted | ButtonClicked):
        raise ZeroDivisionError("a fault of ours, with a secret detail")
    return await without_index(services, step, job)


async def test_where_the_branch_is_protected_a_pull_request_onto_it_is_opened(tmp_path: Path) -> None:
    async with handled(tmp_path, protected) as (scene, service):
        pull = await stale(scene)
        await idle(service)
        _, answer = await asked(scene, service, pull, "/mas docs apply")

        assert answer.startswith("GitHub rejected a direct push to `topic`, so I opened a pull request against it.")
        (stacked,) = [p for p in scene.repository.pull_requests.values() if p is not pull]
        assert (stacked.base, stacked.head) == ("topic", f"mas/docs/pull-{pull.number}")
        assert scene.at(stacked.head, "README.md") == MENDED
        assert f"#{pull.number}" in (stacked.body or "")


async def test_whoever_asked_is_told_that_we_failed_and_no_more(tmp_path: Path) -> None:
    async with handled(tmp_path, breaking) as (scene, service):
        pull = await stale(scene)
        await idle(service)
        maria = scene.sandbox.person("maria")
        said = maria.comment(pull, "/mas docs check")
        await until(lambda: faces(said) == ["confused"])
        (run,) = [each for each in scene.checks(pull.head_oid) if each.name == DOCS]
        maria.click(run, "apply")
        await until(lambda: len(answers(pull)) == 2)

        assert all(answer.startswith("Something broke on our side") for answer in answers(pull))
        assert not any("secret" in answer for answer in answers(pull))

        async def on_record() -> bool:
            return len(await service.inbox.failures()) == 2

        await until(on_record)
