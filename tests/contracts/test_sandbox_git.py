"""Git in the sandbox: over smart HTTP, and through the git data endpoints."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.contracts.sandbox_scene import REPO, Scene, commit, git, scene


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Scene]:
    async with scene(tmp_path) as made:
        yield made


# ------------------------------------------------------------------ smart HTTP


async def test_a_push_moves_the_branch_and_is_told(here: Scene) -> None:
    before, work = here.repository.announced_refs["refs/heads/main"], await here.clone()
    first = await commit(work, {"docs/new.md": "new\n"}, "Add a page")
    after = await commit(work, {"README.md": "# Other\n"}, "Change the title")
    await git("push", "--quiet", "origin", "main", cwd=work)

    pushed = await here.last("push")
    assert (pushed["ref"], pushed["before"], pushed["after"]) == ("refs/heads/main", before, after)
    assert [(c["id"], c["added"], c["modified"]) for c in pushed["commits"]] == [
        (first, ["docs/new.md"], []),
        (after, [], ["README.md"]),
    ]
    assert (pushed["sender"]["login"], pushed["created"], pushed["forced"]) == ("maria", False, False)
    assert pushed["installation"]["id"] == here.installation


async def test_branches_made_forced_and_deleted_are_told_as_such(here: Scene) -> None:
    work = await here.clone()
    await git("switch", "--quiet", "--create", "topic", cwd=work)
    await commit(work, {"a.txt": "a"})
    await git("push", "--quiet", "origin", "topic", cwd=work)
    made = await here.last("push")
    await git("reset", "--quiet", "--hard", "HEAD~1", cwd=work)
    await commit(work, {"b.txt": "b"})
    await git("push", "--quiet", "--force", "origin", "topic", cwd=work)
    forced = await here.last("push")
    await git("push", "--quiet", "origin", ":topic", cwd=work)
    deleted = await here.last("push")

    assert (made["created"], made["before"], len(made["commits"])) == (True, "0" * 40, 1)
    assert (forced["forced"], len(forced["commits"])) == (True, 1)
    assert (deleted["deleted"], deleted["after"], deleted["head_commit"]) == (True, "0" * 40, None)


async def test_more_than_three_tags_at_once_are_not_told(here: Scene) -> None:
    work = await here.clone()
    for number in range(4):
        await git("tag", f"v{number}", cwd=work)
    await git("push", "--quiet", "--tags", cwd=work)
    assert "push" not in await here.events()
    await git("tag", "v5", cwd=work)
    await git("push", "--quiet", "--tags", cwd=work)
    assert (await here.last("push"))["ref"] == "refs/tags/v5"


async def test_an_app_pushes_with_its_token_and_is_its_own_bot(here: Scene) -> None:
    work = await here.clone(token=here.token)
    await commit(work, {"a.txt": "a"})
    await git("push", "--quiet", "origin", "HEAD:refs/heads/from-the-app", cwd=work)
    sender = (await here.last("push"))["sender"]
    assert (sender["login"], sender["type"]) == ("mas[bot]", "Bot")


async def test_a_token_that_may_only_read_clones_and_does_not_push(here: Scene) -> None:
    token = await here.new_token(permissions={"contents": "read"})
    work = await here.clone(token=token)
    await commit(work, {"a.txt": "a"})
    with pytest.raises(RuntimeError, match="403"):
        await git("push", "--quiet", "origin", "main", cwd=work)
    assert "push" not in await here.events()


async def test_a_private_repository_is_cloned_by_nobody_without_credentials(here: Scene) -> None:
    with pytest.raises(RuntimeError, match="could not read Username"):
        await here.clone(token="")
    with pytest.raises(RuntimeError, match="not found"):
        await here.clone(token=here.sandbox.add_user("eve"))


async def test_a_public_repository_is_cloned_by_anyone(here: Scene) -> None:
    here.repository.private = False
    assert (await here.clone(token="") / "README.md").read_text() == "# Sample\n"


async def test_a_partial_clone_brings_blobs_only_when_they_are_wanted(here: Scene) -> None:
    work = await here.clone("--bare", "--filter=blob:none")
    blob = await git("rev-parse", "main:README.md", cwd=work)
    listed = await git("rev-list", "--objects", "--missing=print", "main", cwd=work)
    assert f"?{blob}" in listed.split()
    await git("fetch", "--quiet", "--filter=blob:none", "origin", blob, cwd=work)
    assert f"?{blob}" not in (await git("rev-list", "--objects", "--missing=print", "main", cwd=work)).split()


async def test_a_shallow_clone_has_one_commit(here: Scene) -> None:
    await here.branch()
    work = await here.clone("--depth=1", "--branch=docs")
    assert await git("rev-list", "--count", "HEAD", cwd=work) == "1"


# ------------------------------------------------------------------ git data


async def test_a_commit_is_built_from_blobs_and_trees_and_moves_a_branch(here: Scene) -> None:
    head = here.repository.announced_refs["refs/heads/main"]
    content = {"content": base64.b64encode(b"\x00\xff").decode(), "encoding": "base64"}
    blob = (await here.api("POST", f"{REPO}/git/blobs", content)).body["sha"]
    entries: list[dict[str, Any]] = [
        {"path": "bin/tool", "mode": "100755", "type": "blob", "sha": blob},
        {"path": "docs/a.md", "mode": "100644", "type": "blob", "content": "Grüße\n"},
        {"path": "src/app.py", "mode": "100644", "type": "blob", "sha": None},
    ]
    tree = (await here.api("POST", f"{REPO}/git/trees", {"base_tree": head, "tree": entries})).body["sha"]
    made = (await here.api("POST", f"{REPO}/git/commits", {"message": "Ours", "tree": tree, "parents": [head]})).body
    moved = await here.api("PATCH", f"{REPO}/git/refs/heads/main", {"sha": made["sha"]})

    assert moved.body["object"]["sha"] == made["sha"]
    assert (made["author"]["name"], made["verification"]["verified"]) == ("mas[bot]", True)
    bare = here.repository.git.path
    listed = await git("ls-tree", "-r", "--format=%(objectmode) %(path)", "main", cwd=bare)
    assert listed.splitlines() == ["100644 README.md", "100755 bin/tool", "100644 docs/a.md"]
    assert await git("show", "main:docs/a.md", cwd=bare) == "Grüße"
    assert (await here.api("GET", f"{REPO}/git/commits/{made['sha']}")).body["tree"]["sha"] == tree
    assert len((await here.api("GET", f"{REPO}/git/trees/{tree}?recursive=1")).body["tree"]) == 5


async def test_a_commit_with_an_author_of_its_own_is_not_verified(here: Scene) -> None:
    head = here.repository.announced_refs["refs/heads/main"]
    tree = (await here.api("GET", f"{REPO}/git/commits/{head}")).body["tree"]["sha"]
    author = {"name": "Ada", "email": "ada@example.com", "date": "2026-01-02T03:04:05Z"}
    made = (
        await here.api(
            "POST", f"{REPO}/git/commits", {"message": "Hers", "tree": tree, "parents": [head], "author": author}
        )
    ).body
    assert made["author"] == author
    assert made["verification"] == {**made["verification"], "verified": False, "reason": "unsigned"}


async def test_a_tree_over_a_tree_replaces_what_lies_at_its_path(here: Scene) -> None:
    head = here.repository.announced_refs["refs/heads/main"]
    inner = [{"path": "only.md", "mode": "100644", "type": "blob", "content": "x"}]
    folder = (await here.api("POST", f"{REPO}/git/trees", {"tree": inner})).body["sha"]
    outer = [{"path": "src", "mode": "040000", "type": "tree", "sha": folder}]
    tree = (await here.api("POST", f"{REPO}/git/trees", {"base_tree": head, "tree": outer})).body["sha"]
    listed = (await here.api("GET", f"{REPO}/git/trees/{tree}?recursive=1")).body["tree"]
    assert [row["path"] for row in listed] == ["README.md", "src", "src/only.md"]


@pytest.mark.parametrize("path", ["../x", "/x", "a//b", ".git/config", "a/./b"])
async def test_a_path_that_git_would_not_hold_is_refused(here: Scene, path: str) -> None:
    entry = {"path": path, "mode": "100644", "type": "blob", "content": "x"}
    assert (await here.api("POST", f"{REPO}/git/trees", {"tree": [entry]})).status == 422


async def test_references_are_refused_in_githubs_words(here: Scene) -> None:
    head, other = here.repository.announced_refs["refs/heads/main"], await here.branch()
    refs = f"{REPO}/git/refs"
    cases: list[tuple[str, str, dict[str, Any] | None, str]] = [
        ("POST", refs, {"ref": "refs/heads/main", "sha": head}, "Reference already exists"),
        ("POST", refs, {"ref": "refs/heads/a..b", "sha": head}, "refs/heads/a..b is not a valid ref name."),
        ("POST", refs, {"ref": "refs/heads/x", "sha": "a" * 40}, "Object does not exist"),
        ("PATCH", f"{refs}/heads/docs", {"sha": head}, "Update is not a fast forward"),
        ("PATCH", f"{refs}/heads/none", {"sha": head}, "Reference does not exist"),
        ("DELETE", f"{refs}/heads/none", None, "Reference does not exist"),
    ]
    for method, path, body, words in cases:
        refused = await here.api(method, path, body)
        assert (refused.status, refused.message) == (422, words)
    assert (await here.api("GET", f"{REPO}/git/ref/heads/none")).status == 404
    assert here.repository.git.refs()["refs/heads/docs"] == other


async def test_a_reference_is_forced_and_deleted(here: Scene) -> None:
    head = here.repository.announced_refs["refs/heads/main"]
    await here.branch()
    forced = await here.api("PATCH", f"{REPO}/git/refs/heads/docs", {"sha": head, "force": True})
    assert forced.body["object"]["sha"] == head
    assert [r["ref"] for r in (await here.api("GET", f"{REPO}/git/matching-refs/heads/do")).body] == ["refs/heads/docs"]
    assert (await here.api("DELETE", f"{REPO}/git/refs/heads/docs")).status == 204
    assert "refs/heads/docs" not in here.repository.git.refs()
    assert (await here.events())[-3:] == ["push", "push", "push"]
