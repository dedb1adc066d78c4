"""Files, commits and comparisons through the sandbox's API."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from github_sandbox import Repository
from github_sandbox.payloads.contents import JSON_LIMIT
from tests.contracts.sandbox_scene import REPO, Scene, scene

RAW = "application/vnd.github.raw+json"


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Scene]:
    async with scene(tmp_path) as made:
        yield made


def settings(here: Scene) -> Repository:
    """The owner's `.github` repository, with settings for all of its repositories."""
    made = here.sandbox.create_repository("octo", ".github")
    here.sandbox.person("octo").push(made, "main", {".github/mas.yml": "docs: Grüße\n"})
    here.sandbox.change_repositories(here.installation, added=[made])
    return made


async def test_a_file_comes_as_json_or_raw(here: Scene) -> None:
    shown = (await here.api("GET", f"{REPO}/contents/README.md")).body
    assert (shown["type"], shown["size"], shown["encoding"]) == ("file", 9, "base64")
    assert base64.b64decode(shown["content"]) == b"# Sample\n"
    raw = await here.api("GET", f"{REPO}/contents/README.md", Accept=RAW)
    assert (raw.body, raw.headers["Content-Type"]) == ("# Sample\n", "application/vnd.github.raw; charset=utf-8")


async def test_a_file_is_read_at_a_branch_or_commit(here: Scene) -> None:
    oid = await here.branch("docs", {"a.md": "A\n"})
    answers = [await here.api("GET", f"{REPO}/contents/a.md{ref}") for ref in ("?ref=docs", f"?ref={oid}", "")]
    assert [answer.status for answer in answers] == [200, 200, 404]
    assert (await here.api("GET", f"{REPO}/contents/a.md?ref=none")).message == "No commit found for the ref none"


async def test_the_organisations_own_settings_are_read_like_any_file(here: Scene) -> None:
    settings(here)
    token = await here.new_token()
    path = "/repos/octo/.github/contents/.github/mas.yml"
    assert (await here.api("GET", path, token=token, Accept=RAW)).body == "docs: Grüße\n"


async def test_settings_of_a_repository_that_the_app_does_not_see_are_not_found(here: Scene) -> None:
    hidden = settings(here)
    here.sandbox.change_repositories(here.installation, removed=[hidden])
    path = "/repos/octo/.github/contents/.github/mas.yml"
    assert (await here.api("GET", path, token=await here.new_token())).status == 404


async def test_a_folder_is_a_list(here: Scene) -> None:
    listed = (await here.api("GET", f"{REPO}/contents/src")).body
    assert [(row["type"], row["path"]) for row in listed] == [("file", "src/app.py")]


async def test_a_large_file_comes_raw_only(here: Scene) -> None:
    here.sandbox.person("maria").push(here.repository, "main", {"big.txt": "b" * (JSON_LIMIT + 1)})
    shown = (await here.api("GET", f"{REPO}/contents/big.txt")).body
    assert (shown["encoding"], shown["content"], shown["size"]) == ("none", "", JSON_LIMIT + 1)
    raw = await here.api("GET", f"{REPO}/contents/big.txt", Accept=RAW)
    assert len(raw.body) == JSON_LIMIT + 1


@pytest.mark.parametrize("path", ["none.md", "*.md", "src/app.py/x"])
async def test_what_is_no_path_of_the_tree_is_not_found(here: Scene, path: str) -> None:
    assert (await here.api("GET", f"{REPO}/contents/{path}")).status == 404


async def test_two_branches_are_compared_from_where_they_parted(here: Scene) -> None:
    maria = here.sandbox.person("maria")
    maria.push(here.repository, "topic", {"a.md": "A\n"}, "On topic")
    maria.push(here.repository, "main", {"b.md": "B\n"}, "On main")
    told = (await here.api("GET", f"{REPO}/compare/main...topic")).body
    assert (told["status"], told["ahead_by"], told["behind_by"]) == ("diverged", 1, 1)
    assert [c["commit"]["message"] for c in told["commits"]] == ["On topic"]
    assert [f["filename"] for f in told["files"]] == ["a.md"]
    same = (await here.api("GET", f"{REPO}/compare/main...main")).body
    assert (same["status"], same["files"]) == ("identical", [])


async def test_commits_are_listed_by_the_path_that_they_touch(here: Scene) -> None:
    here.sandbox.person("maria").push(here.repository, "main", {"a.md": "A\n"}, "Add a")
    every, of_path = [(await here.api("GET", f"{REPO}/commits{query}")).body for query in ("", "?path=a.md")]
    assert [c["commit"]["message"].strip() for c in every] == ["Add a", "Begin"]
    assert [(c["commit"]["message"], c["author"]["login"]) for c in of_path] == [("Add a", "maria")]


async def test_a_commit_knows_the_pull_request_that_brought_it(here: Scene) -> None:
    pull = await here.pull()
    oid = here.sandbox.merge(pull)
    found = (await here.api("GET", f"{REPO}/commits/{oid}/pulls")).body
    assert [each["number"] for each in found] == [pull.number]
