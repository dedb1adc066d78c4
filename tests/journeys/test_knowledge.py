"""Search: `/mas ask` on an issue, and the API with a token."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot import orchestrator
from bot.domain import BatchCursor, IndexDue, Job, Repository, Tenant
from bot.errors import RemoteError
from bot.orchestrator import JobResult, JobServices
from bot.ports import Step
from bot.server.service import Service
from bot.settings.api_tokens import parse_tokens
from bot.settings.model import Settings
from tests.contracts.sandbox_scene import commit, git
from tests.contracts.test_embedders import KEY, run_provider
from tests.journeys.scene import PROJECT, Scene, idle, project, serving, settings_for, until, without_index
from tests.journeys.test_commands import post_command

pytestmark = pytest.mark.journey

DOCS = {
    **PROJECT,
    "docs/cache.md": "# The cache\n\n## Clearing it\n\nCall `forget_all()` to clear the cache of fetched pages.\n",
    "fetchkit/cache.py": '"""Pages that were fetched."""\n\n\ndef forget_all() -> None:\n    """Clear the cache."""\n',
}
TOKEN, OTHER = "a-token-of-the-operator", "a-token-of-somebody-else"


async def test_a_question_is_answered_with_passages_from_the_indexed_commit(tmp_path: Path) -> None:
    async with (
        project(tmp_path, DOCS) as scene,
        serving(settings_for(scene.sandbox, scene.app, tmp_path), orchestrator.handle) as (address, service),
    ):
        scene.sandbox.set_webhook_url(scene.app, f"{address}/webhook")
        scene.sandbox.install(scene.app, "octo", [scene.repository])
        issue = scene.sandbox.person("maria").open_issue(scene.repository, "How?")
        await idle(service)
        _, answer = await post_command(scene, service, issue, "/mas ask how do I clear the cache?")
        head = scene.repository.branch("main")
        assert f"{scene.sandbox.url}/octo/sample/blob/{head}/docs/cache.md#L3" in answer
        assert "Call `forget_all()` to clear the cache of fetched pages." in answer
        _, answer = await post_command(scene, service, issue, "/mas ask what is the airspeed of an unladen swallow?")
        assert answer.startswith("Not found in this repository.")

        await scene.push({"docs/cache.md": "# The cache\n\nIt is gone.\n", "fetchkit/cache.py": "GONE = True\n"})
        await idle(service)
        _, answer = await post_command(scene, service, issue, "/mas ask forget_all")
        assert "forget_all" not in answer.partition("<!--")[0]


async def test_the_repositories_of_an_installation_are_indexed_one_by_one(
    tmp_path: Path,
) -> None:
    async with (
        project(tmp_path, DOCS) as scene,
        serving(settings_for(scene.sandbox, scene.app, tmp_path), orchestrator.handle) as (address, service),
    ):
        sandbox, seed = scene.sandbox, tmp_path / "seed"
        empty = sandbox.create_repository("octo", "empty")
        others = [sandbox.create_repository("octo", name, seed) for name in ("second", "third")]
        sandbox.set_webhook_url(scene.app, f"{address}/webhook")
        installation = sandbox.install(scene.app, "octo", [scene.repository, empty, others[0]])
        await idle(service)
        assert await searchable_repositories(service) == {"octo/sample", "octo/second"}
        second = await tenant_of(service, "octo/second")
        jobs = await service.inbox.recent(second)

        sandbox.change_repositories(installation, added=[others[1]])
        await idle(service)
        assert await searchable_repositories(service) == {"octo/sample", "octo/second", "octo/third"}
        assert await service.inbox.recent(second) == jobs  # an index that is up to date is not built again

        issue = sandbox.person("maria").open_issue(scene.repository, "How?")
        _, answer = await post_command(scene, service, issue, "/mas status")
        head = scene.repository.branch("main")
        assert f"**Search index of `main`:** 5 files at {head[:9] if head else ''}, indexed " in answer

        await service.store.index_catalog.delete(await tenant_of(service, "octo/sample"), "main", seq=2**40)
        _, answer = await post_command(scene, service, issue, "/mas ask how do I clear the cache?")
        assert answer.startswith("This repository is not indexed yet.")
        _, answer = await post_command(scene, service, issue, "/mas reindex")
        assert answer.startswith("Reindexing `main`.")
        await idle(service)
        assert "octo/sample" in await searchable_repositories(service)


async def test_a_failing_repository_does_not_block_its_row_and_a_later_row_replaces_it(
    tmp_path: Path,
) -> None:
    begun: list[IndexDue] = []

    async def failing(services: JobServices, step: Step, job: Job) -> JobResult:
        if isinstance(job.event, IndexDue):
            begun.append(job.event)
            if job.event.repository.name == "second":
                raise RemoteError("It is away.", transient=False)
        return await orchestrator.handle(services, step, job)

    async with (
        project(tmp_path, DOCS) as scene,
        serving(settings_for(scene.sandbox, scene.app, tmp_path), failing) as (address, service),
    ):
        sandbox, seed = scene.sandbox, tmp_path / "seed"
        others = [sandbox.create_repository("octo", name, seed) for name in ("second", "third")]
        sandbox.set_webhook_url(scene.app, f"{address}/webhook")
        installation = sandbox.install(scene.app, "octo", [scene.repository, *others])

        async def ended() -> bool:
            counts = await service.inbox.counts()
            return (
                await searchable_repositories(service) == {"octo/sample", "octo/third"}
                and not counts["waiting"] + counts["moved"]
            )

        await until(ended)
        rows = {due.row.number for due in begun if due.row}
        last = [due.repository.name for due in begun if due.row and due.row.number == max(rows)]
        assert last[-1] == "third"

        row = await service.store.get_state(Tenant(installation, 0), "row of branches")
        assert row == str(max(rows))
        begun.clear()
        stale = next(iter(rows)) - 1
        await service.engine.enqueue_standalone_event(
            "stale", replace(_due(scene, installation), row=BatchCursor("0" * 64, 0, stale))
        )
        await until(lambda: bool(begun))
        await until(ended)
        assert len(begun) == 1  # its row was replaced


def _due(scene: Scene, installation: int) -> IndexDue:
    return IndexDue(Repository(Tenant(installation, scene.repository.id), "octo", "sample", "main"), "main")


async def test_an_event_about_a_renamed_default_branch_deletes_no_index(
    tmp_path: Path,
) -> None:
    async with (
        project(tmp_path, DOCS) as scene,
        serving(settings_for(scene.sandbox, scene.app, tmp_path), orchestrator.handle) as (address, service),
    ):
        scene.sandbox.set_webhook_url(scene.app, f"{address}/webhook")
        installation = scene.sandbox.install(scene.app, "octo", [scene.repository])
        await idle(service)
        scene.sandbox.owner("octo").rename_branch(scene.repository, "main", "trunk")
        await idle(service)
        await service.engine.enqueue_standalone_event("late", _due(scene, installation))
        await idle(service)
        assert await indexed_branches(service) == {"trunk"}


async def test_a_branch_is_indexed_while_it_exists_and_is_watched(tmp_path: Path) -> None:
    watching = "branches: [main, next]\n"
    async with (
        project(tmp_path, {**DOCS, ".github/mas.yml": watching}) as scene,
        serving(settings_for(scene.sandbox, scene.app, tmp_path), orchestrator.handle) as (address, service),
    ):
        scene.sandbox.set_webhook_url(scene.app, f"{address}/webhook")
        scene.sandbox.install(scene.app, "octo", [scene.repository])
        await git("push", "--quiet", "origin", "HEAD:next", cwd=scene.clone)
        await commit(scene.clone, {"docs/next.md": "# Next\n\nIt comes.\n"}, "next")
        await git("push", "--quiet", "origin", "HEAD:next", cwd=scene.clone)
        await idle(service)
        assert await indexed_branches(service) == {"main", "next"}
        assert "docs/cache.md" in await result_paths(address, "cache")

        await git("push", "--quiet", "origin", ":next", cwd=scene.clone)
        await idle(service)
        assert await indexed_branches(service) == {"main"}

        await git("push", "--quiet", "origin", "HEAD:next", cwd=scene.clone)
        await idle(service)
        assert await indexed_branches(service) == {"main", "next"}
        await scene.push({".github/mas.yml": "branches: [main]\n"})
        await idle(service)
        assert await indexed_branches(service) == {"main"}

        await scene.push({".github/mas.yml": ""})
        await idle(service)
        scene.sandbox.owner("octo").rename_branch(scene.repository, "main", "trunk")
        await idle(service)
        assert await indexed_branches(service) == {"trunk"}

        await commit(scene.clone, {".github/mas.yml": "index:\n  exclude: ['docs/**']\n"}, "settings")
        await git("push", "--quiet", "origin", "HEAD:trunk", cwd=scene.clone)
        await idle(service)
        assert not {path for path in await result_paths(address, "cache") if path.startswith("docs/")}

        await commit(scene.clone, {".github/mas.yml": "index:\n  enabled: false\n"}, "settings")
        await git("push", "--quiet", "origin", "HEAD:trunk", cwd=scene.clone)
        await idle(service)
        assert await service.store.index_catalog.list_all() == []
        with service.database.connect() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM store_index").scalar() == 0


async def test_the_old_vectors_serve_searches_until_a_new_embedder_is_done(tmp_path: Path) -> None:
    def by(embedder: str, scene: Scene, **more: Any) -> Settings:
        return settings_for(scene.sandbox, scene.app, tmp_path, mas_embedder=embedder, **more)

    with run_provider() as provider:
        paid = {"openai_api_key": KEY, "openai_base_url": provider.url}
        async with project(tmp_path, DOCS) as scene:
            async with serving(by("none", scene), orchestrator.handle) as (address, service):
                scene.sandbox.set_webhook_url(scene.app, f"{address}/webhook")
                scene.sandbox.install(scene.app, "octo", [scene.repository])
                await idle(service)

            async with serving(by("openai", scene, **paid), without_index) as (address, service):
                assert await index_models(service) == {"words@1"}
                assert (
                    await score_part(address, "forget_all", "words")
                    > await score_part(address, "forget_all", "meaning")
                    == 0
                )
                assert not provider.asked

            async with serving(by("openai", scene, **paid), orchestrator.handle) as (address, service):
                scene.sandbox.set_webhook_url(scene.app, f"{address}/webhook")
                await scene.push({"docs/more.md": "# More\n\nThere is more.\n"})
                await until(lambda: is_built_by(service, "text-embedding-3-small@1"))
                await idle(service)
                with service.database.connect() as connection:
                    names = connection.exec_driver_sql("SELECT name FROM store_index").scalars().all()
                assert not [name for name in names if "words@" in name]
                texts = len(provider.asked)
                for _ in range(2):
                    assert await score_part(address, "forget_all", "meaning") > 0
                assert len(provider.asked) == texts + 1  # a query is embedded once
                provider.failures = [401] * 9  # the key is revoked
                assert (
                    await score_part(address, "forget all", "words")
                    > await score_part(address, "forget all", "meaning")
                    == 0
                )
                provider.failures = []

            async with serving(by("none", scene, **paid), without_index) as (address, service):
                assert await score_part(address, "forget_all", "meaning") > 0


async def test_repositories_with_a_missed_installation_event_are_indexed_at_startup(tmp_path: Path) -> None:
    async with project(tmp_path, DOCS) as scene:
        scene.sandbox.install(scene.app, "octo", [scene.repository])
        async with serving(settings_for(scene.sandbox, scene.app, tmp_path), orchestrator.handle) as (_, service):
            await until(lambda: is_built_by(service, "words@1"))
            assert await searchable_repositories(service) == {"octo/sample"}


async def indexed_branches(service: Service) -> set[str]:
    return {each.branch for each in await service.store.index_catalog.list_all()}


async def index_models(service: Service) -> set[str]:
    return {each.model for each in await service.store.index_catalog.list_all()}


async def is_built_by(service: Service, model: str) -> bool:
    return await index_models(service) == {model}


async def score_part(address: str, words: str, part: str) -> float:
    """Return a part of the best result's score."""
    async with (
        aiohttp.ClientSession(address) as session,
        session.get("/api/docs/search", params={"q": words}) as answer,
    ):
        best = (await answer.json())["results"][0]
        return float(best["parts"][part] or 0)


async def result_paths(address: str, words: str) -> set[str]:
    async with (
        aiohttp.ClientSession(address) as session,
        session.get("/api/docs/search", params={"q": words}) as answer,
    ):
        return {each["path"] for each in (await answer.json())["results"]}


async def searchable_repositories(service: Service) -> set[str]:
    return {each.repository for each in await service.store.index_catalog.list_all() if each.commit}


async def tenant_of(service: Service, repository: str) -> Tenant:
    (tenant,) = {each.tenant for each in await service.store.index_catalog.list_all() if each.repository == repository}
    return tenant


async def test_the_api_searches_only_repositories_in_the_tokens_scope(tmp_path: Path) -> None:
    tokens = parse_tokens(f"{TOKEN}=octo/sample;{OTHER}=octo/elsewhere")
    async with (
        project(tmp_path, DOCS) as scene,
        serving(settings_for(scene.sandbox, scene.app, tmp_path, mas_api_tokens=tokens), orchestrator.handle) as (
            address,
            service,
        ),
        aiohttp.ClientSession(address) as session,
    ):
        await install_and_index(scene, address)
        await idle(service)

        status, said = await get_json(session, "/api/docs/search?q=forget_all&repo=Octo/Sample&kind=code", TOKEN)
        assert (status, said["results"][0]["path"], said["results"][0]["kind"]) == (200, "fetchkit/cache.py", "code")
        status, said = await get_json(session, "/api/docs/search", TOKEN)
        assert (status, [each["repository"] for each in said["indexes"]]) == (200, ["octo/sample"])
        async with session.post(
            "/api/docs/ask", json={"question": "How is the cache cleared?"}, headers=bearer(TOKEN)
        ) as answer:
            passages = await answer.json()
        assert passages["found"]
        assert passages["passages"][0]["path"] == "docs/cache.md"

        assert (await get_json(session, "/api/docs/search?q=forget_all", OTHER))[1]["results"] == []
        assert (await get_json(session, "/api/docs/search?q=forget_all&repo=octo/sample", OTHER))[0] == 404
        assert (await get_json(session, "/api/docs/search?q=forget_all", "no-token-of-anybody"))[0] == 401
        status, said = await get_json(session, "/api/docs/search?q=cache&limit=1&branch=main&path=docs/**", TOKEN)
        assert [each["path"] for each in said["results"]] == ["docs/cache.md"]
        pages = [
            (await get_json(session, f"/api/docs/search?q=cache&limit=1&page={page}", TOKEN))[1] for page in (1, 2)
        ]
        assert pages[0]["next_page"] == 2
        first, second = (page["results"][0] for page in pages)
        assert (first["path"], first["start_line"]) != (second["path"], second["start_line"])
        assert (await get_json(session, "/api/docs/search?q=airspeed&kind=history", TOKEN))[1]["next_page"] is None
        assert (await get_json(session, "/api/docs/search?q=cache&branch=none", TOKEN))[0] == 404
        for wrong in (
            "limit=0",
            "limit=x",
            "page=11",
            "kind=quux",
            f"q={'x' * 501}",
            "path=x&" * 11,
            f"limit=000000001{'0' * 9}",
            f"limit={'1' * 5000}",
        ):
            assert (await get_json(session, f"/api/docs/search?{wrong}", TOKEN))[0] == 400

        async with session.post("/api/docs/ask", data='{"question": "\\ud800 cache"}', headers=bearer(TOKEN)) as answer:
            assert answer.status == 400

        scene.sandbox.uninstall(next(iter(scene.sandbox.world.installations)))
        await idle(service)
        assert (await get_json(session, "/api/docs/search", TOKEN))[1]["indexes"] == []


async def test_the_api_matches_its_openapi_description(tmp_path: Path) -> None:
    tokens = parse_tokens(f"{TOKEN}=*")
    async with (
        project(tmp_path, DOCS) as scene,
        serving(settings_for(scene.sandbox, scene.app, tmp_path, mas_api_tokens=tokens), orchestrator.handle) as (
            address,
            service,
        ),
    ):
        await install_and_index(scene, address)
        await idle(service)
        trying = await asyncio.create_subprocess_exec(
            str(Path(sys.executable).with_name("schemathesis")),
            "run",
            f"{address}/api/openapi.json",
            "--max-examples=15",
            "--no-color",
            "--phases=coverage,fuzzing",
            f"--header=Authorization: Bearer {TOKEN}",
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=tmp_path,
        )
        said, _ = await trying.communicate()

    assert trying.returncode == 0, said.decode()[-4_000:]


async def install_and_index(scene: Scene, address: str) -> None:
    scene.sandbox.set_webhook_url(scene.app, f"{address}/webhook")
    scene.sandbox.install(scene.app, "octo", [scene.repository])
    await scene.push({"docs/more.md": "# More\n\nThere is more.\n"})


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def get_json(session: aiohttp.ClientSession, path: str, token: str) -> tuple[int, dict[str, Any]]:
    async with session.get(path, headers=bearer(token)) as answer:
        return answer.status, await answer.json(content_type=None)
