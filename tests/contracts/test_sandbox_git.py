"""Git in the sandbox, over smart HTTP and through the git database endpoints."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.contracts.sandbox_scene import REPO, Scene, commit, git, running_scene


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with running_scene(tmp_path) as running:
        yield running


# ------------------------------------------------------------------ smart HTTP


async def test_a_push_updates_the_branch_and_sends_an_event(scene: Scene) -> None:
    before, work = scene.repository.announced_refs["refs/heads/main"], await scene.clone()
    first = await commit(work, {"docs/new.md": "new\n"}, "Add a page")
    after = await commit(work, {"README.md": "# Other\n"}, "Change the title")
    await git("push", "--quiet", "origin", "main", cwd=work)

    pushed = await scene.last_payload("push")
    assert (pushed["ref"], pushed["before"], pushed["after"]) == ("refs/heads/main", before, after)
    assert [(c["id"], c["added"], c["modified"]) for c in pushed["commits"]] == [
        (first, ["docs/new.md"], []),
        (after, [], ["README.md"]),
    ]
    assert (pushed["sender"]["login"], pushed["created"], pushed["forced"]) == ("maria", False, False)
    assert pushed["installation"]["id"] == scene.installation


async def test_push_events_mark_created_forced_and_deleted_branches(scene: Scene) -> None:
    work = await scene.clone()
    await git("switch", "--quiet", "--create", "topic", cwd=work)
    await commit(work, {"a.txt": "a"})
    await git("push", "--quiet", "origin", "topic", cwd=work)
    created = await scene.last_payload("push")
    await git("reset", "--quiet", "--hard", "HEAD~1", cwd=work)
    await commit(work, {"b.txt": "b"})
    await git("push", "--quiet", "--force", "origin", "topic", cwd=work)
    forced = await scene.last_payload("push")
    await git("push", "--quiet", "origin", ":topic", cwd=work)
    deleted = await scene.last_payload("push")

    assert (created["created"], created["before"], len(created["commits"])) == (True, "0" * 40, 1)
    assert (forced["forced"], len(forced["commits"])) == (True, 1)
    assert (deleted["deleted"], deleted["after"], deleted["head_commit"]) == (True, "0" * 40, None)


async def test_more_than_three_tags_at_once_send_no_events(scene: Scene) -> None:
    work = await scene.clone()
    for number in range(4):
        await git("tag", f"v{number}", cwd=work)
    await git("push", "--quiet", "--tags", cwd=work)
    assert "push" not in await scene.events()
    await git("tag", "v5", cwd=work)
    await git("push", "--quiet", "--tags", cwd=work)
    assert (await scene.last_payload("push"))["ref"] == "refs/tags/v5"


async def test_a_push_with_an_app_token_is_by_its_bot(scene: Scene) -> None:
    work = await scene.clone(token=scene.token)
    await commit(work, {"a.txt": "a"})
    await git("push", "--quiet", "origin", "HEAD:refs/heads/from-the-app", cwd=work)
    sender = (await scene.last_payload("push"))["sender"]
    assert (sender["login"], sender["type"]) == ("mas[bot]", "Bot")


async def test_a_read_only_token_can_clone_but_not_push(scene: Scene) -> None:
    token = await scene.new_token(permissions={"contents": "read"})
    work = await scene.clone(token=token)
    await commit(work, {"a.txt": "a"})
    with pytest.raises(RuntimeError, match="403"):
        await git("push", "--quiet", "origin", "main", cwd=work)
    assert "push" not in await scene.events()


async def test_cloning_a_private_repository_needs_access(scene: Scene) -> None:
    with pytest.raises(RuntimeError, match="could not read Username"):
        await scene.clone(token="")
    with pytest.raises(RuntimeError, match="not found"):
        await scene.clone(token=scene.sandbox.add_user("eve"))


async def test_anyone_can_clone_a_public_repository(scene: Scene) -> None:
    scene.repository.private = False
    assert (await scene.clone(token="") / "README.md").read_text() == "# Sample\n"


async def test_a_partial_clone_fetches_blobs_on_demand(scene: Scene) -> None:
    work = await scene.clone("--bare", "--filter=blob:none")
    blob = await git("rev-parse", "main:README.md", cwd=work)
    listed = await git("rev-list", "--objects", "--missing=print", "main", cwd=work)
    assert f"?{blob}" in listed.split()
    await git("fetch", "--quiet", "--filter=blob:none", "origin", blob, cwd=work)
    assert f"?{blob}" not in (await git("rev-list", "--objects", "--missing=print", "main", cwd=work)).split()


async def test_a_shallow_clone_has_one_commit(scene: Scene) -> None:
    await scene.branch()
    work = await scene.clone("--depth=1", "--branch=docs")
    assert await git("rev-list", "--count", "HEAD", cwd=work) == "1"


# ------------------------------------------------------------------ git data


async def test_a_commit_is_built_from_blobs_and_trees_and_moves_a_branch(scene: Scene) -> None:
    head = scene.repository.announced_refs["refs/heads/main"]
    content = {"content": base64.b64encode(b"\x00\xff").decode(), "encoding": "base64"}
    blob = (await scene.api("POST", f"{REPO}/git/blobs", content)).body["sha"]
    entries: list[dict[str, Any]] = [
        {"path": "bin/tool", "mode": "100755", "type": "blob", "sha": blob},
        {"path": "docs/a.md", "mode": "100644", "type": "blob", "content": "Grüße\n"},
        {"path": "src/app.py", "mode": "100644", "type": "blob", "sha": None},
    ]
    tree = (await scene.api("POST", f"{REPO}/git/trees", {"base_tree": head, "tree": entries})).body["sha"]
    created = (
        await scene.api("POST", f"{REPO}/git/commits", {"message": "Ours", "tree": tree, "parents": [head]})
    ).body
    moved = await scene.api("PATCH", f"{REPO}/git/refs/heads/main", {"sha": created["sha"]})

    assert moved.body["object"]["sha"] == created["sha"]
    assert (created["author"]["name"], created["verification"]["verified"]) == ("mas[bot]", True)
    bare = scene.repository.git.path
    listed = await git("ls-tree", "-r", "--format=%(objectmode) %(path)", "main", cwd=bare)
    assert listed.splitlines() == ["100644 README.md", "100755 bin/tool", "100644 docs/a.md"]
    assert await git("show", "main:docs/a.md", cwd=bare) == "Grüße"
    assert (await scene.api("GET", f"{REPO}/git/commits/{created['sha']}")).body["tree"]["sha"] == tree
    assert len((await scene.api("GET", f"{REPO}/git/trees/{tree}?recursive=1")).body["tree"]) == 5


async def test_a_commit_with_an_explicit_author_is_not_verified(scene: Scene) -> None:
    head = scene.repository.announced_refs["refs/heads/main"]
    tree = (await scene.api("GET", f"{REPO}/git/commits/{head}")).body["tree"]["sha"]
    author = {"name": "Ada", "email": "ada@example.com", "date": "2026-01-02T03:04:05Z"}
    created = (
        await scene.api(
            "POST", f"{REPO}/git/commits", {"message": "Hers", "tree": tree, "parents": [head], "author": author}
        )
    ).body
    assert created["author"] == author
    assert created["verification"] == {**created["verification"], "verified": False, "reason": "unsigned"}


async def test_a_subtree_replaces_what_is_at_its_path(scene: Scene) -> None:
    head = scene.repository.announced_refs["refs/heads/main"]
    inner = [{"path": "only.md", "mode": "100644", "type": "blob", "content": "x"}]
    folder = (await scene.api("POST", f"{REPO}/git/trees", {"tree": inner})).body["sha"]
    outer = [{"path": "src", "mode": "040000", "type": "tree", "sha": folder}]
    tree = (await scene.api("POST", f"{REPO}/git/trees", {"base_tree": head, "tree": outer})).body["sha"]
    listed = (await scene.api("GET", f"{REPO}/git/trees/{tree}?recursive=1")).body["tree"]
    assert [row["path"] for row in listed] == ["README.md", "src", "src/only.md"]


@pytest.mark.parametrize("path", ["../x", "/x", "a//b", ".git/config", "a/./b"])
async def test_a_malformed_path_is_rejected(scene: Scene, path: str) -> None:
    entry = {"path": path, "mode": "100644", "type": "blob", "content": "x"}
    assert (await scene.api("POST", f"{REPO}/git/trees", {"tree": [entry]})).status == 422


async def test_invalid_reference_updates_get_githubs_errors(scene: Scene) -> None:
    head, other = scene.repository.announced_refs["refs/heads/main"], await scene.branch()
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
        refused = await scene.api(method, path, body)
        assert (refused.status, refused.message) == (422, words)
    assert (await scene.api("GET", f"{REPO}/git/ref/heads/none")).status == 404
    assert scene.repository.git.refs()["refs/heads/docs"] == other


async def test_a_reference_is_forced_and_deleted(scene: Scene) -> None:
    head = scene.repository.announced_refs["refs/heads/main"]
    await scene.branch()
    forced = await scene.api("PATCH", f"{REPO}/git/refs/heads/docs", {"sha": head, "force": True})
    assert forced.body["object"]["sha"] == head
    assert [r["ref"] for r in (await scene.api("GET", f"{REPO}/git/matching-refs/heads/do")).body] == [
        "refs/heads/docs"
    ]
    assert (await scene.api("DELETE", f"{REPO}/git/refs/heads/docs")).status == 204
    assert "refs/heads/docs" not in scene.repository.git.refs()
    assert (await scene.events())[-3:] == ["push", "push", "push"]
