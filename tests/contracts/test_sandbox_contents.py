"""Files, commits and comparisons in the sandbox's API."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from github_sandbox import Repository
from github_sandbox.payloads.contents import JSON_LIMIT
from tests.contracts.sandbox_scene import REPO, Scene, running_scene

RAW = "application/vnd.github.raw+json"


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with running_scene(tmp_path) as running:
        yield running


def create_settings_repository(scene: Scene) -> Repository:
    """Create the owner's `.github` repository, with settings for all its repositories."""
    created = scene.sandbox.create_repository("octo", ".github")
    scene.sandbox.person("octo").push(created, "main", {".github/mas.yml": "docs: Grüße\n"})
    scene.sandbox.change_repositories(scene.installation, added=[created])
    return created


async def test_a_file_is_served_as_json_or_raw(scene: Scene) -> None:
    shown = (await scene.api("GET", f"{REPO}/contents/README.md")).body
    assert (shown["type"], shown["size"], shown["encoding"]) == ("file", 9, "base64")
    assert base64.b64decode(shown["content"]) == b"# Sample\n"
    raw = await scene.api("GET", f"{REPO}/contents/README.md", Accept=RAW)
    assert (raw.body, raw.headers["Content-Type"]) == ("# Sample\n", "application/vnd.github.raw; charset=utf-8")


async def test_a_file_is_read_at_a_branch_or_commit(scene: Scene) -> None:
    oid = await scene.branch("docs", {"a.md": "A\n"})
    answers = [await scene.api("GET", f"{REPO}/contents/a.md{ref}") for ref in ("?ref=docs", f"?ref={oid}", "")]
    assert [answer.status for answer in answers] == [200, 200, 404]
    assert (await scene.api("GET", f"{REPO}/contents/a.md?ref=none")).message == "No commit found for the ref none"


async def test_a_dot_github_repository_is_read_like_any_other(scene: Scene) -> None:
    create_settings_repository(scene)
    token = await scene.new_token()
    path = "/repos/octo/.github/contents/.github/mas.yml"
    assert (await scene.api("GET", path, token=token, Accept=RAW)).body == "docs: Grüße\n"


async def test_a_file_of_an_inaccessible_repository_is_not_found(scene: Scene) -> None:
    hidden = create_settings_repository(scene)
    scene.sandbox.change_repositories(scene.installation, removed=[hidden])
    path = "/repos/octo/.github/contents/.github/mas.yml"
    assert (await scene.api("GET", path, token=await scene.new_token())).status == 404


async def test_a_folder_is_served_as_a_list(scene: Scene) -> None:
    listed = (await scene.api("GET", f"{REPO}/contents/src")).body
    assert [(row["type"], row["path"]) for row in listed] == [("file", "src/app.py")]


async def test_a_large_file_is_served_raw_only(scene: Scene) -> None:
    scene.sandbox.person("maria").push(scene.repository, "main", {"big.txt": "b" * (JSON_LIMIT + 1)})
    shown = (await scene.api("GET", f"{REPO}/contents/big.txt")).body
    assert (shown["encoding"], shown["content"], shown["size"]) == ("none", "", JSON_LIMIT + 1)
    raw = await scene.api("GET", f"{REPO}/contents/big.txt", Accept=RAW)
    assert len(raw.body) == JSON_LIMIT + 1


@pytest.mark.parametrize("path", ["none.md", "*.md", "src/app.py/x"])
async def test_a_path_outside_the_tree_is_not_found(scene: Scene, path: str) -> None:
    assert (await scene.api("GET", f"{REPO}/contents/{path}")).status == 404


async def test_two_branches_are_compared_from_their_merge_base(scene: Scene) -> None:
    maria = scene.sandbox.person("maria")
    maria.push(scene.repository, "topic", {"a.md": "A\n"}, "On topic")
    maria.push(scene.repository, "main", {"b.md": "B\n"}, "On main")
    payload = (await scene.api("GET", f"{REPO}/compare/main...topic")).body
    assert (payload["status"], payload["ahead_by"], payload["behind_by"]) == ("diverged", 1, 1)
    assert [c["commit"]["message"] for c in payload["commits"]] == ["On topic"]
    assert [f["filename"] for f in payload["files"]] == ["a.md"]
    same = (await scene.api("GET", f"{REPO}/compare/main...main")).body
    assert (same["status"], same["files"]) == ("identical", [])


async def test_commits_are_filtered_by_path(scene: Scene) -> None:
    scene.sandbox.person("maria").push(scene.repository, "main", {"a.md": "A\n"}, "Add a")
    every, of_path = [(await scene.api("GET", f"{REPO}/commits{query}")).body for query in ("", "?path=a.md")]
    assert [c["commit"]["message"].strip() for c in every] == ["Add a", "Begin"]
    assert [(c["commit"]["message"], c["author"]["login"]) for c in of_path] == [("Add a", "maria")]


async def test_a_commit_lists_the_pull_request_that_it_merged(scene: Scene) -> None:
    pull = await scene.pull()
    oid = scene.sandbox.merge(pull)
    found = (await scene.api("GET", f"{REPO}/commits/{oid}/pulls")).body
    assert [each["number"] for each in found] == [pull.number]
