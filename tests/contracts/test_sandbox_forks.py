"""Pull requests from forks: the base repository has their commits, and the App has nothing to say in the fork."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from github_sandbox import Person, PullRequest, Repository
from tests.contracts.sandbox_scene import REPO, Scene, git, scene


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Scene]:
    async with scene(tmp_path) as made:
        yield made


@dataclass
class Forked:
    """Eve's fork with a branch `fix`, and the pull request from it."""

    eve: Person
    fork: Repository
    pull: PullRequest


@pytest.fixture
async def forked(here: Scene) -> Forked:
    here.repository.private = False
    eve = here.sandbox.person("eve")
    fork = eve.fork(here.repository)
    eve.push(fork, "fix", {"README.md": "# Fixed\n"})
    return Forked(eve, fork, eve.open_pull(here.repository, "fix", fork=fork))


async def test_it_names_both_repositories(here: Scene, forked: Forked) -> None:
    told = (await here.last("pull_request"))["pull_request"]
    assert (told["head"]["label"], told["head"]["repo"]["full_name"]) == ("eve:fix", "eve/sample")
    assert (told["base"]["repo"]["full_name"], told["head"]["repo"]["fork"]) == ("octo/sample", True)
    query = """{ repository(owner: "octo", name: "sample") { pullRequest(number: 1) {
      isCrossRepository headRepository { nameWithOwner } headRepositoryOwner { login } mergeable } } }"""
    assert (await here.graphql(query))["data"]["repository"]["pullRequest"] == {
        "isCrossRepository": True,
        "headRepository": {"nameWithOwner": "eve/sample"},
        "headRepositoryOwner": {"login": "eve"},
        "mergeable": "MERGEABLE",
    }


async def test_its_head_is_fetched_from_the_base_repository(here: Scene, forked: Forked) -> None:
    work = await here.clone(token=here.token)
    await git("fetch", "--quiet", "origin", "refs/pull/1/head", cwd=work)
    assert await git("rev-parse", "FETCH_HEAD", cwd=work) == forked.pull.head_oid
    assert await git("show", "FETCH_HEAD:README.md", cwd=work) == "# Fixed"


async def test_it_follows_pushes_to_the_fork(here: Scene, forked: Forked) -> None:
    after = forked.eve.push(forked.fork, "fix", {"README.md": "# Better\n"})
    told = await here.last("pull_request")
    assert (told["action"], told["after"]) == ("synchronize", after)
    assert here.repository.git.refs()["refs/pull/1/head"] == after
    assert [e for e in await here.events() if e == "push"] == []


async def test_a_push_to_the_same_name_in_the_base_is_none_of_its_business(here: Scene, forked: Forked) -> None:
    before = forked.pull.head_oid
    here.sandbox.person("maria").push(here.repository, "fix", {"a.md": "A\n"})
    assert (forked.pull.head_oid, forked.pull.state) == (before, "open")


async def test_it_is_opened_through_the_api_by_owner_and_branch(here: Scene, forked: Forked) -> None:
    forked.eve.push(forked.fork, "other", {"a.md": "A\n"})
    asked = {"title": "Other", "head": "eve:other", "base": "main"}
    made = await here.api("POST", f"{REPO}/pulls", asked, token=here.sandbox.add_user("eve"))
    assert (made.status, made.body["head"]["label"], made.body["user"]["login"]) == (201, "eve:other", "eve")
    assert [p["number"] for p in (await here.api("GET", f"{REPO}/pulls?head=eve:other")).body] == [made.body["number"]]


async def test_a_check_of_its_head_names_no_pull_request(here: Scene, forked: Forked) -> None:
    run = {"name": "docs", "head_sha": forked.pull.head_oid, "conclusion": "neutral"}
    made = await here.api("POST", f"{REPO}/check-runs", run)
    assert (made.status, made.body["pull_requests"]) == (201, [])
    told = await here.last("check_run")
    assert told["check_run"]["check_suite"]["head_branch"] is None


async def test_the_app_reads_a_public_fork_and_writes_nothing_there(here: Scene, forked: Forked) -> None:
    assert (await here.api("GET", "/repos/eve/sample")).status == 200
    asked = {"ref": "refs/heads/mine", "sha": forked.pull.head_oid}
    assert (await here.api("POST", "/repos/eve/sample/git/refs", asked)).status == 403
    forked.fork.private = True
    assert (await here.api("GET", "/repos/eve/sample")).status == 404


async def test_it_is_merged_like_any_other(here: Scene, forked: Forked) -> None:
    oid = here.sandbox.person("maria").merge(forked.pull)
    assert here.repository.git.commit(oid).message.startswith("Merge pull request #1 from eve/fix\n")
    assert await git("show", "main:README.md", cwd=here.repository.git.path) == "# Fixed"


async def test_it_outlives_its_fork_without_a_head_repository(here: Scene, forked: Forked) -> None:
    here.sandbox.activity.repositories.delete(forked.fork, forked.fork.owner)
    shown = (await here.api("GET", f"{REPO}/pulls/1")).body
    assert (shown["state"], shown["head"]["repo"], shown["head"]["label"]) == ("open", None, "eve:fix")
    await here.api("PATCH", f"{REPO}/pulls/1", {"state": "closed"})
    assert (await here.api("PATCH", f"{REPO}/pulls/1", {"state": "open"})).status == 422
