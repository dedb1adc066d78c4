"""Changes to installations, repositories, branches and pull requests lose and repeat nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.markers import DocsMarker
from tests.journeys.scene import CODE, PROJECT, RENAMED, UPDATED_GUIDE, idle, installed, is_purged, until
from tests.journeys.test_push import BRANCH, tenant

pytestmark = pytest.mark.journey


async def test_reopening_a_pull_request_proposes_its_edits_again(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        maria = scene.sandbox.person("maria")
        await scene.push(RENAMED)
        pull = await scene.pull()
        await idle(service)
        maria.close(pull)
        await idle(service)
        maria.reopen(pull)
        await idle(service)
        maria.push(scene.repository, "main", {"notes.txt": "x"})
        await idle(service)

        assert (pull.state, list(scene.repository.pull_requests)) == ("open", [pull.number])
        marker = DocsMarker.parse(pull.body or "")
        assert marker
        assert not (await service.store.get_memory(tenant(scene), "main")).rejected & marker.fingerprints


async def test_the_work_continues_on_a_renamed_default_branch(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        maria = scene.sandbox.person("maria")
        await scene.push(RENAMED)
        pull = await scene.pull()
        await idle(service)
        scene.sandbox.activity.repositories.rename_branch(scene.repository, "main", "trunk", maria.account)
        await idle(service)
        maria.push(scene.repository, "trunk", {"notes.txt": "x"})
        await idle(service)

        still = [p for p in scene.repository.pull_requests.values() if p.state == "open"]
        assert [(p.base, p.head) for p in still] == [("trunk", "mas/docs/trunk")]
        assert pull.state == "closed"
        assert scene.at("mas/docs/trunk", "README.md") == UPDATED_GUIDE


async def test_a_renamed_repository_keeps_its_data(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        maria = scene.sandbox.person("maria")
        await scene.push(RENAMED)
        pull = await scene.pull()
        await idle(service)
        scene.sandbox.activity.repositories.rename(scene.repository, "renamed", maria.account)
        again = CODE.replace("fetch_all", "fetch_many").replace("limit", "count")
        maria.push(scene.repository, "main", {"fetchkit/__init__.py": again})
        await idle(service)

        assert list(scene.repository.pull_requests) == [pull.number]
        assert scene.at(BRANCH, "README.md") == UPDATED_GUIDE.replace("limit", "count")


async def test_another_watched_branch_gets_its_own_pull_request(tmp_path: Path) -> None:
    files = {**PROJECT, ".github/mas.yml": 'branches: ["~DEFAULT_BRANCH", "release/*"]\n'}
    async with installed(tmp_path, files) as (scene, service):
        maria = scene.sandbox.person("maria")
        for branch in ("release/1", "topic"):
            maria.push(scene.repository, branch, {"notes.txt": "x"})
            maria.push(scene.repository, branch, RENAMED)
        await idle(service)

        (pull,) = scene.repository.pull_requests.values()
        assert (pull.base, pull.head) == ("release/1", "mas/docs/release/1")


async def test_a_pull_request_is_opened_with_the_configured_options(tmp_path: Path) -> None:
    settings = "docs:\n  pull_request:\n    draft: true\n    labels: [documentation]\n"
    owners = "* @nobody-here\n*.md @olga\n"
    async with installed(tmp_path, {**PROJECT, ".github/mas.yml": settings, "CODEOWNERS": owners}) as (scene, service):
        scene.sandbox.add_user("olga", {"octo/sample": "write"})
        await scene.push(RENAMED)
        pull = await scene.pull()
        await idle(service)

        assert pull.draft
        assert [label.name for label in pull.labels] == ["documentation"]
        assert [reviewer.login for reviewer in pull.reviewers] == ["olga"]


async def test_a_reviewer_that_github_rejects_does_not_prevent_the_pull_request(tmp_path: Path) -> None:
    settings = "docs:\n  pull_request:\n    reviewers: [stranger]\n"
    async with installed(tmp_path, {**PROJECT, ".github/mas.yml": settings}) as (scene, service):
        await scene.push(RENAMED)
        pull = await scene.pull()
        await idle(service)

        assert not pull.reviewers


async def test_a_reinstalled_app_starts_from_scratch(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        await scene.push(RENAMED)
        await scene.pull()
        await idle(service)
        was = tenant(scene)
        scene.sandbox.uninstall(was.installation_id)
        await idle(service)
        assert is_purged(await service.store.get_audit_log(was))
        assert not list((tmp_path / "data" / "mirrors" / str(was.installation_id)).glob("*.git"))

        scene.sandbox.install(scene.app, "octo", [scene.repository])
        again = CODE.replace("fetch_all", "fetch_many").replace("limit", "count")
        await scene.push({"fetchkit/__init__.py": again})
        await until(lambda: len([p for p in scene.repository.pull_requests.values() if p.state == "open"]) == 1)
        await idle(service)


async def test_a_burst_of_pushes_causes_at_most_two_updates(tmp_path: Path) -> None:
    async with installed(tmp_path, quiet=0.5) as (scene, service):
        maria = scene.sandbox.person("maria")
        maria.push(scene.repository, "main", RENAMED)
        pull = await scene.pull()
        heads = {pull.head_oid}
        for number in range(12):
            name = f"count{number}"
            maria.push(
                scene.repository,
                "main",
                {"fetchkit/__init__.py": RENAMED["fetchkit/__init__.py"].replace("limit", name)},
            )
            heads.add(pull.head_oid)
        await idle(service)

        assert len({*heads, pull.head_oid}) <= 2
        assert scene.at(BRANCH, "README.md") == UPDATED_GUIDE.replace("limit", "count11")


async def test_the_organizations_settings_apply_where_a_repository_has_none(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        maria = scene.sandbox.person("maria")
        shared = scene.sandbox.create_repository("octo", ".github")
        maria.push(shared, "main", {".github/mas.yml": "docs:\n  pull_request:\n    labels: [docs]\n"})
        (installation,) = scene.sandbox.world.installations
        scene.sandbox.change_repositories(installation, added=[shared])
        await scene.push(RENAMED)
        pull = await scene.pull()
        await idle(service)

        assert [label.name for label in pull.labels] == ["docs"]
