"""Failures, conflicts and crashes: every push still has the right result."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa

from bot.domain import AppInstalled, IndexDue, Job, Push
from bot.orchestrator import JobResult, JobServices
from bot.ports import Step
from bot.server.service import Service
from tests.contracts.sandbox_scene import git
from tests.journeys.scene import (
    GUIDE,
    MAX_SECONDS,
    PROJECT,
    RENAMED,
    done,
    installed,
    is_purged,
    project,
    serving,
    settings_for,
    until,
    without_index,
)
from tests.journeys.test_killed import configured, free_port, ready
from tests.journeys.test_push import BRANCH, tenant

pytestmark = pytest.mark.journey

T = TypeVar("T")


def after(named: str, act: Callable[[], Awaitable[None]]) -> Callable[[JobServices, Step, Job], Awaitable[JobResult]]:
    """The orchestrator's `handle`, with a person who acts once, right after the first step with a name."""
    acts = [act]

    async def handle(services: JobServices, step: Step, job: Job) -> JobResult:
        async def watched(name: str, work: Callable[[], Awaitable[T]]) -> T:
            result: T = await step(name, work)
            if name.startswith(named) and acts:
                await acts.pop()()
            return result

        return await without_index(services, watched, job)

    return handle


async def test_a_lost_baseline_does_not_block_a_branch(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        await service.store.advance_baseline(tenant(scene), "main", "d" * 40, seq=0)
        await scene.push(RENAMED)
        await scene.pull()

        assert scene.at(BRANCH, "README.md") == GUIDE.replace("fetch_all", "fetch_many")


async def test_a_stale_git_lock_is_removed(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        await scene.push({"notes.py": "x = 1\n"})
        await until(lambda: done(service, 1))
        (mirror,) = (tmp_path / "data" / "mirrors").rglob("*.git")
        (reference,) = (path for path in (mirror / "refs" / "heads").iterdir())
        reference.with_name(f"{reference.name}.lock").touch()
        await scene.push(RENAMED)
        await scene.pull()

        assert scene.at(BRANCH, "README.md") == GUIDE.replace("fetch_all", "fetch_many")


async def test_a_revoked_token_is_replaced(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        await scene.push({"notes.py": "x = 1\n"})
        await until(lambda: done(service, 1))
        scene.sandbox.world.installation_tokens.clear()
        await scene.push(RENAMED)
        await until(lambda: done(service, 2))

        assert len(scene.repository.pull_requests) == 1


async def test_merged_edits_that_were_reverted_are_proposed_again(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        await scene.push(RENAMED)
        scene.sandbox.merge(await scene.pull(), by="maria")
        await until(lambda: done(service, 3))
        await git("pull", "--quiet", "origin", "main", cwd=scene.clone)
        await scene.push(PROJECT, "Undo")
        await until(lambda: done(service, 4))
        await scene.push(RENAMED, "Rename again")
        await until(lambda: done(service, 5))

        assert [pull.state for pull in scene.repository.pull_requests.values()] == ["closed", "open"]


async def test_docs_in_the_workflows_folder_do_not_block_other_edits(tmp_path: Path) -> None:
    async with installed(tmp_path, {**PROJECT, ".github/workflows/README.md": GUIDE}) as (scene, service):
        await scene.push(RENAMED)
        await until(lambda: done(service, 1))

        pull = await scene.pull()
        assert scene.at(BRANCH, "README.md") == GUIDE.replace("fetch_all", "fetch_many")
        assert scene.at(BRANCH, ".github/workflows/README.md") == GUIDE
        assert ".github/workflows/README.md:3" in (pull.body or "")


async def test_a_decision_is_recorded_while_github_is_unavailable(tmp_path: Path) -> None:
    async with project(tmp_path) as scene:
        settings = settings_for(scene.sandbox, scene.app, tmp_path)
        async with serving(settings) as (address, _):
            scene.sandbox.set_webhook_url(scene.app, f"{address}/webhook")
            scene.sandbox.install(scene.app, "octo", [scene.repository])
            await scene.push(RENAMED)
            pull = await scene.pull()
        async with serving(settings) as (address, service):
            scene.sandbox.set_webhook_url(scene.app, f"{address}/webhook")
            scene.sandbox.fault("/app$", times=4)
            scene.sandbox.close(pull, by="maria")
            await until(lambda: done(service, 2))

            assert (await service.store.get_memory(tenant(scene), "main")).rejected


async def test_edits_that_nobody_saw_are_not_declined(tmp_path: Path) -> None:
    async with project(tmp_path) as scene:

        async def close() -> None:
            scene.sandbox.close(await scene.pull(), by="maria")

        acted = []

        async def second(services: JobServices, step: Step, job: Job) -> JobResult:
            if isinstance(job.event, IndexDue | AppInstalled):
                return await without_index(services, step, job)
            acted.append(job)
            handle = after("plan", close) if len(acted) == 2 else without_index
            return await handle(services, step, job)

        async with serving(settings_for(scene.sandbox, scene.app, tmp_path), second) as (address, service):
            scene.sandbox.set_webhook_url(scene.app, f"{address}/webhook")
            scene.sandbox.install(scene.app, "octo", [scene.repository])
            await scene.push(RENAMED)
            await scene.pull()
            await until(lambda: done(service, 1))
            both = RENAMED["fetchkit/__init__.py"].replace("limit", "count")
            await scene.push({"fetchkit/__init__.py": both})
            await until(lambda: done(service, 3))
            await scene.push({"notes.py": "x = 1\n"})
            await until(lambda: done(service, 4))

            newest = list(scene.repository.pull_requests.values())[-1]
            assert newest.state == "open"
            assert "count=3" in scene.at(BRANCH, "README.md")


async def test_a_closed_pull_request_is_not_opened_again_by_a_replay(tmp_path: Path) -> None:
    async with project(tmp_path) as scene:

        async def handle(services: JobServices, step: Step, job: Job) -> JobResult:
            async def twice(name: str, work: Callable[[], Awaitable[T]]) -> T:
                if "open-pull-request" in name and not scene.repository.pull_requests:
                    await work()  # as if the process died before the checkpoint
                    scene.sandbox.close(await scene.pull(), by="maria")
                result: T = await step(name, work)
                return result

            return await without_index(services, twice, job)

        async with serving(settings_for(scene.sandbox, scene.app, tmp_path), handle) as (address, service):
            scene.sandbox.set_webhook_url(scene.app, f"{address}/webhook")
            scene.sandbox.install(scene.app, "octo", [scene.repository])
            await scene.push(RENAMED)
            await until(lambda: done(service, 2))

            assert len(scene.repository.pull_requests) == 1


async def test_a_job_during_the_removal_of_the_app_leaves_no_data(tmp_path: Path) -> None:
    async with project(tmp_path) as scene:
        other = scene.sandbox.create_repository("octo", "another", tmp_path / "seed")
        installation = scene.sandbox.install(scene.app, "octo", [other, scene.repository])
        whose = tenant(scene)

        async def handle(services: JobServices, step: Step, job: Job) -> JobResult:
            if isinstance(job.event, Push):
                scene.sandbox.uninstall(installation)
                await until(lambda: gone(service))
            return await without_index(services, step, job)

        async with serving(settings_for(scene.sandbox, scene.app, tmp_path), handle) as (address, service):
            scene.sandbox.set_webhook_url(scene.app, f"{address}/webhook")
            await scene.push(RENAMED)
            await until(lambda: gone(service))
            await until(lambda: idle(service))

            assert (await service.store.get_memory(whose, "main")).baseline is None
            assert is_purged(await service.store.get_audit_log(whose))


async def test_a_job_continues_in_a_container_with_another_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = asyncio.Event()

    async def until_it_is_cut_off(services: JobServices, step: Step, job: Job) -> JobResult:
        if not isinstance(job.event, Push):
            return await without_index(services, step, job)
        begun.set()
        await asyncio.Event().wait()
        return JobResult("")

    monkeypatch.setattr("bot.server.service.GRACE_SECONDS", 0)
    async with project(tmp_path) as scene:
        settings = settings_for(scene.sandbox, scene.app, tmp_path)
        scene.sandbox.install(scene.app, "octo", [scene.repository])

        monkeypatch.setattr("platform.node", lambda: "container-1")
        async with serving(settings, until_it_is_cut_off) as (address, _):
            scene.sandbox.set_webhook_url(scene.app, f"{address}/webhook")
            await scene.push(RENAMED)
            await begun.wait()

        monkeypatch.setattr("platform.node", lambda: "container-2")
        async with serving(settings) as (_, service):
            await until(lambda: done(service, 1))

        assert (await scene.pull()).state == "open"


async def test_a_port_in_use_is_reported_with_a_hint(tmp_path: Path) -> None:
    async with project(tmp_path) as scene:
        env = configured(scene, tmp_path, urlsplit(scene.sandbox.url).port or 0)
        bot = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "serve", "--env-file", str(env)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, complaint = await bot.communicate()

    assert bot.returncode == 2
    assert not out
    assert "Change HOST or PORT." in complaint.decode()


async def test_a_free_port_is_logged_and_a_malformed_request_costs_one_line(tmp_path: Path) -> None:
    async with project(tmp_path) as scene:
        bot = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "serve", "--env-file", str(configured(scene, tmp_path, 0))),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        assert bot.stdout
        said = await asyncio.wait_for(bot.stdout.readline(), MAX_SECONDS)
        port = int(said.split(b";")[0].rpartition(b":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nno colon here\r\n\r\n")
        assert (await reader.readline()).split()[1] == b"400"
        writer.close()
        bot.terminate()
        _, log = await bot.communicate()

    assert bot.returncode == 0
    (line,) = log.decode().splitlines()
    assert "INFO aiohttp.server: Error handling request from 127.0.0.1: BadHttpMessage" in line


async def test_a_process_exits_when_the_database_ends_its_session(
    tmp_path: Path, postgres_url: str, postgres_server: sa.Engine
) -> None:
    async with project(tmp_path) as scene:
        port = free_port()
        env = configured(scene, tmp_path, port)
        env.write_text(f"{env.read_text()}DATABASE_URL={postgres_url}\n")
        bot = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "serve", "--env-file", str(env)),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        await until(lambda: ready(port))
        with postgres_server.connect() as connection:
            connection.exec_driver_sql("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
        _, complaint = await asyncio.wait_for(bot.communicate(), MAX_SECONDS)

    assert bot.returncode == 2
    last = complaint.decode().splitlines()[-1]
    assert last.startswith("mas: This process lost its database session")


async def gone(service: Service) -> bool:
    return (await service.inbox.counts())["done"] >= 1


async def idle(service: Service) -> bool:
    counts = await service.inbox.counts()
    return counts["waiting"] + counts["moved"] == 0
