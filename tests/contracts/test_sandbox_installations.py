"""Installations, repositories and the merge queue in the sandbox."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.contracts.sandbox_scene import PERMISSIONS, REPO, Scene, commit, git, running_scene


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with running_scene(tmp_path) as running:
        running.app.events = (*running.app.events, "repository", "merge_group")
        yield running


# ------------------------------------------------------------------ installations


async def test_a_suspended_installation_gets_no_events_and_no_access(scene: Scene) -> None:
    scene.sandbox.suspend(scene.installation)
    scene.sandbox.person("maria").push(scene.repository, "topic", {"a.md": "A\n"})
    assert await scene.events() == ["installation created", "installation suspend"]
    refused = await scene.api("GET", REPO)
    assert (refused.status, refused.message) == (403, "This installation has been suspended")
    path = f"/app/installations/{scene.installation}/access_tokens"
    assert (await scene.api("POST", path, token=scene.jwt())).status == 403
    shown = await scene.api("GET", f"/app/installations/{scene.installation}", token=scene.jwt())
    assert shown.body["suspended_by"]["login"] == "octo"

    scene.sandbox.unsuspend(scene.installation)
    scene.sandbox.person("maria").push(scene.repository, "topic", {"b.md": "B\n"})
    assert (await scene.events())[2:] == ["installation unsuspend", "push"]
    assert (await scene.api("GET", REPO)).status == 200


async def test_new_permissions_and_their_events_apply_once_accepted(scene: Scene) -> None:
    requested = {**PERMISSIONS, "merge_queues": "read"}
    scene.sandbox.request_permissions(scene.app, requested)
    shown = (await scene.api("GET", f"/app/installations/{scene.installation}", token=scene.jwt())).body
    assert ("merge_queues" in shown["permissions"], "merge_group" in shown["events"]) == (False, False)
    narrowed = {"permissions": {"merge_queues": "read"}}
    path = f"/app/installations/{scene.installation}/access_tokens"
    assert (await scene.api("POST", path, narrowed, token=scene.jwt())).status == 422

    scene.sandbox.accept_permissions(scene.installation)
    payload = await scene.last_payload("installation")
    assert (payload["action"], payload["installation"]["permissions"]["merge_queues"]) == (
        "new_permissions_accepted",
        "read",
    )
    assert (await scene.api("POST", path, narrowed, token=scene.jwt())).status == 201


async def test_webhooks_of_an_organization_include_it(scene: Scene) -> None:
    scene.sandbox.add_organization("acme")
    repository = scene.sandbox.create_repository("acme", "tool", scene.folder / "source")
    scene.sandbox.install(scene.app, "acme", [repository])
    scene.sandbox.person("maria").push(repository, "main", {"a.md": "A\n"})
    payload = await scene.last_payload("push")
    assert (payload["organization"]["login"], payload["repository"]["owner"]["type"]) == ("acme", "Organization")
    assert (await scene.last_payload("installation"))["installation"]["target_type"] == "Organization"


# ------------------------------------------------------------------ names and owners


async def test_a_renamed_repository_redirects_from_its_old_name(scene: Scene) -> None:
    scene.sandbox.owner().rename(scene.repository, "better")
    payload = await scene.last_payload("repository")
    assert (payload["action"], payload["changes"], payload["repository"]["full_name"]) == (
        "renamed",
        {"repository": {"name": {"from": "sample"}}},
        "octo/better",
    )
    url = f"{scene.sandbox.api_url}{REPO}/pulls?state=open"
    async with scene.session.get(url, headers=_as(scene), allow_redirects=False) as answer:
        assert answer.status == 301
        assert answer.headers["Location"].endswith(f"/repositories/{scene.repository.id}/pulls?state=open")
    created = {"url": f"{scene.sandbox.api_url}{REPO}/labels", "json": {"name": "docs"}}
    async with scene.session.post(**created, headers=_as(scene), allow_redirects=False) as answer:
        assert answer.status == 307
    assert (await scene.api("GET", REPO)).body["full_name"] == "octo/better"
    found = await scene.graphql('{ repository(owner: "octo", name: "sample") { nameWithOwner } }')
    assert found["data"]["repository"] == {"nameWithOwner": "octo/better"}


def _as(scene: Scene) -> dict[str, str]:
    return {"Authorization": f"Bearer {scene.token}", "User-Agent": "tests"}


async def test_git_follows_a_rename_too(scene: Scene) -> None:
    work = await scene.clone()
    scene.sandbox.owner().rename(scene.repository, "better")
    oid = await commit(work, {"a.md": "A\n"})
    await git("push", "--quiet", "origin", "main", cwd=work)
    assert scene.repository.branch("main") == oid


async def test_an_old_name_does_not_redirect_users_without_access(scene: Scene) -> None:
    scene.sandbox.owner().rename(scene.repository, "better")
    assert (await scene.api("GET", REPO, token=scene.sandbox.add_user("eve"))).status == 404


async def test_a_reused_old_name_is_the_new_repository(scene: Scene) -> None:
    scene.sandbox.owner().rename(scene.repository, "better")
    other = scene.sandbox.create_repository("octo", "sample", scene.folder / "source")
    scene.sandbox.change_repositories(scene.installation, added=[other])
    token = await scene.new_token()
    assert (await scene.api("GET", REPO, token=token)).body["id"] == other.id


async def test_a_transferred_repository_moves_between_installations(scene: Scene) -> None:
    acme = scene.sandbox.install(scene.app, "acme", [])
    scene.sandbox.owner().transfer(scene.repository, "acme")
    payload = await scene.last_payload("repository")
    assert (payload["action"], payload["changes"]["owner"]["from"]["user"]["login"]) == ("transferred", "octo")
    assert (payload["repository"]["full_name"], payload["installation"]["id"]) == ("acme/sample", acme)
    assert (await scene.events())[-3:] == [
        "installation_repositories removed",
        "installation_repositories added",
        "repository transferred",
    ]


# ------------------------------------------------------------------ access


async def test_an_archived_repository_is_read_only(scene: Scene) -> None:
    work = await scene.clone()
    scene.sandbox.owner().archive(scene.repository)
    assert (await scene.last_payload("repository"))["repository"]["archived"] is True
    refused = await scene.api("POST", f"{REPO}/issues", {"title": "Late"})
    assert (refused.status, refused.message) == (403, "Repository was archived so is read-only.")
    assert (await scene.api("GET", REPO)).status == 200
    await commit(work, {"a.md": "A\n"})
    with pytest.raises(RuntimeError, match="403"):
        await git("push", "--quiet", "origin", "main", cwd=work)
    scene.sandbox.owner().unarchive(scene.repository)
    assert (await scene.api("POST", f"{REPO}/issues", {"title": "In time"})).status == 201


async def test_a_repository_is_made_public_and_private_again(scene: Scene) -> None:
    eve, octo = scene.sandbox.add_user("eve"), scene.sandbox.owner()
    octo.publicize(scene.repository)
    public = (await scene.api("GET", REPO, token=eve)).status
    octo.privatize(scene.repository)
    private = (await scene.api("GET", REPO, token=eve)).status
    assert (public, private) == (200, 404)
    assert (await scene.events())[1:] == ["repository publicized", "repository privatized"]


async def test_a_deleted_repository_is_not_found(scene: Scene) -> None:
    scene.sandbox.owner().delete(scene.repository)
    assert (await scene.last_payload("repository"))["action"] == "deleted"
    assert (await scene.api("GET", REPO)).status == 404
    assert (await scene.api("GET", "/installation/repositories", token=await scene.new_token())).body[
        "total_count"
    ] == 0


# ------------------------------------------------------------------ branches


async def test_renaming_the_default_branch_retargets_pull_requests(scene: Scene) -> None:
    pull, head = await scene.pull(), scene.repository.branch("main")
    scene.sandbox.owner().rename_branch(scene.repository, "main", "trunk")
    assert (scene.repository.default_branch, pull.base, pull.state) == ("trunk", "trunk", "open")
    payload = await scene.last_payload("repository")
    assert (payload["action"], payload["changes"]) == ("edited", {"default_branch": {"from": "main"}})
    assert payload["repository"]["default_branch"] == "trunk"
    gone = await scene.last_payload("push")
    assert (gone["ref"], gone["before"], gone["deleted"]) == ("refs/heads/main", head, True)
    edited = await scene.last_payload("pull_request")
    assert edited["changes"]["base"]["ref"]["from"] == "main"


async def test_a_deleted_base_closes_its_pull_requests(scene: Scene) -> None:
    maria = scene.sandbox.person("maria")
    maria.push(scene.repository, "stable", {"b.md": "B\n"})
    maria.push(scene.repository, "topic", {"a.md": "A\n"})
    pull = maria.open_pull(scene.repository, "topic", "stable")
    maria.delete_branch(scene.repository, "stable")
    assert pull.state == "closed"


# ------------------------------------------------------------------ the merge queue


async def test_a_merge_group_requests_checks_on_its_own_branch(scene: Scene) -> None:
    scene.sandbox.request_permissions(scene.app, {**PERMISSIONS, "merge_queues": "read"})
    scene.sandbox.accept_permissions(scene.installation)
    pull, octo = await scene.pull(), scene.sandbox.owner()
    group = octo.enqueue(pull)
    payload = await scene.last_payload("merge_group")
    assert (payload["action"], payload["merge_group"]["head_sha"]) == ("checks_requested", group.oid)
    assert payload["merge_group"]["head_ref"] == f"refs/heads/gh-readonly-queue/main/pr-1-{pull.base_oid}"
    assert payload["merge_group"]["base_sha"] == pull.base_oid
    assert (await scene.last_payload("push"))["ref"] == payload["merge_group"]["head_ref"]
    run = {"name": "docs", "head_sha": group.oid, "conclusion": "neutral"}
    assert (await scene.api("POST", f"{REPO}/check-runs", run)).status == 201

    octo.leave_queue(group)
    assert (await scene.last_payload("merge_group"))["reason"] == "merged"
    assert (pull.merge_oid, scene.repository.branch("main")) == (group.oid, group.oid)
    assert [name for name in scene.repository.git.refs() if "readonly" in name] == []


async def test_a_pull_request_removed_from_the_queue_stays_open(scene: Scene) -> None:
    pull, octo = await scene.pull(), scene.sandbox.owner()
    octo.leave_queue(octo.enqueue(pull), "invalidated")
    assert (pull.state, [e for e in await scene.events() if "queued" in e]) == (
        "open",
        ["pull_request enqueued", "pull_request dequeued"],
    )
    assert [e for e in await scene.events() if e.startswith("merge_group")] == []  # merge_queues is not granted
