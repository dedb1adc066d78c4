"""Pull requests from forks. The base repository has their commits; the App has no access to the fork."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from github_sandbox import Person, PullRequest, Repository
from tests.contracts.sandbox_scene import REPO, Scene, git, running_scene


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with running_scene(tmp_path) as running:
        yield running


@dataclass
class ForkScene:
    """Eve's fork with a branch `fix`, and a pull request from it."""

    eve: Person
    fork: Repository
    pull: PullRequest


@pytest.fixture
async def fork_scene(scene: Scene) -> ForkScene:
    scene.repository.private = False
    eve = scene.sandbox.person("eve")
    fork = eve.fork(scene.repository)
    eve.push(fork, "fix", {"README.md": "# Fixed\n"})
    return ForkScene(eve, fork, eve.open_pull(scene.repository, "fix", fork=fork))


async def test_it_names_both_repositories(scene: Scene, fork_scene: ForkScene) -> None:
    payload = (await scene.last_payload("pull_request"))["pull_request"]
    assert (payload["head"]["label"], payload["head"]["repo"]["full_name"]) == ("eve:fix", "eve/sample")
    assert (payload["base"]["repo"]["full_name"], payload["head"]["repo"]["fork"]) == ("octo/sample", True)
    query = """{ repository(owner: "octo", name: "sample") { pullRequest(number: 1) {
      isCrossRepository headRepository { nameWithOwner } headRepositoryOwner { login } mergeable } } }"""
    assert (await scene.graphql(query))["data"]["repository"]["pullRequest"] == {
        "isCrossRepository": True,
        "headRepository": {"nameWithOwner": "eve/sample"},
        "headRepositoryOwner": {"login": "eve"},
        "mergeable": "MERGEABLE",
    }


async def test_its_head_is_fetched_from_the_base_repository(scene: Scene, fork_scene: ForkScene) -> None:
    work = await scene.clone(token=scene.token)
    await git("fetch", "--quiet", "origin", "refs/pull/1/head", cwd=work)
    assert await git("rev-parse", "FETCH_HEAD", cwd=work) == fork_scene.pull.head_oid
    assert await git("show", "FETCH_HEAD:README.md", cwd=work) == "# Fixed"


async def test_it_follows_pushes_to_the_fork(scene: Scene, fork_scene: ForkScene) -> None:
    after = fork_scene.eve.push(fork_scene.fork, "fix", {"README.md": "# Better\n"})
    payload = await scene.last_payload("pull_request")
    assert (payload["action"], payload["after"]) == ("synchronize", after)
    assert scene.repository.git.refs()["refs/pull/1/head"] == after
    assert [e for e in await scene.events() if e == "push"] == []


async def test_a_push_to_the_same_branch_name_in_the_base_does_not_change_it(
    scene: Scene, fork_scene: ForkScene
) -> None:
    before = fork_scene.pull.head_oid
    scene.sandbox.person("maria").push(scene.repository, "fix", {"a.md": "A\n"})
    assert (fork_scene.pull.head_oid, fork_scene.pull.state) == (before, "open")


async def test_it_is_opened_through_the_api_by_owner_and_branch(scene: Scene, fork_scene: ForkScene) -> None:
    fork_scene.eve.push(fork_scene.fork, "other", {"a.md": "A\n"})
    request = {"title": "Other", "head": "eve:other", "base": "main"}
    created = await scene.api("POST", f"{REPO}/pulls", request, token=scene.sandbox.add_user("eve"))
    assert (created.status, created.body["head"]["label"], created.body["user"]["login"]) == (201, "eve:other", "eve")
    assert [p["number"] for p in (await scene.api("GET", f"{REPO}/pulls?head=eve:other")).body] == [
        created.body["number"]
    ]


async def test_a_check_of_its_head_names_no_pull_request(scene: Scene, fork_scene: ForkScene) -> None:
    run = {"name": "docs", "head_sha": fork_scene.pull.head_oid, "conclusion": "neutral"}
    created = await scene.api("POST", f"{REPO}/check-runs", run)
    assert (created.status, created.body["pull_requests"]) == (201, [])
    payload = await scene.last_payload("check_run")
    assert payload["check_run"]["check_suite"]["head_branch"] is None


async def test_the_app_can_read_a_public_fork_but_not_write_to_it(scene: Scene, fork_scene: ForkScene) -> None:
    assert (await scene.api("GET", "/repos/eve/sample")).status == 200
    request = {"ref": "refs/heads/mine", "sha": fork_scene.pull.head_oid}
    assert (await scene.api("POST", "/repos/eve/sample/git/refs", request)).status == 403
    fork_scene.fork.private = True
    assert (await scene.api("GET", "/repos/eve/sample")).status == 404


async def test_it_is_merged_like_any_other(scene: Scene, fork_scene: ForkScene) -> None:
    oid = scene.sandbox.person("maria").merge(fork_scene.pull)
    assert scene.repository.git.commit(oid).message.startswith("Merge pull request #1 from eve/fix\n")
    assert await git("show", "main:README.md", cwd=scene.repository.git.path) == "# Fixed"


async def test_it_survives_the_deletion_of_its_fork(scene: Scene, fork_scene: ForkScene) -> None:
    scene.sandbox.activity.repositories.delete(fork_scene.fork, fork_scene.fork.owner)
    shown = (await scene.api("GET", f"{REPO}/pulls/1")).body
    assert (shown["state"], shown["head"]["repo"], shown["head"]["label"]) == ("open", None, "eve:fix")
    await scene.api("PATCH", f"{REPO}/pulls/1", {"state": "closed"})
    assert (await scene.api("PATCH", f"{REPO}/pulls/1", {"state": "open"})).status == 422
