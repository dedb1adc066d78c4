"""The life of installations and repositories in the sandbox, and its merge queue."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.contracts.sandbox_scene import PERMISSIONS, REPO, Scene, commit, git, scene


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Scene]:
    async with scene(tmp_path) as made:
        made.app.events = (*made.app.events, "repository", "merge_group")
        yield made


# ------------------------------------------------------------------ installations


async def test_a_suspended_installation_hears_nothing_and_is_refused(here: Scene) -> None:
    here.sandbox.suspend(here.installation)
    here.sandbox.person("maria").push(here.repository, "topic", {"a.md": "A\n"})
    assert await here.events() == ["installation created", "installation suspend"]
    refused = await here.api("GET", REPO)
    assert (refused.status, refused.message) == (403, "This installation has been suspended")
    path = f"/app/installations/{here.installation}/access_tokens"
    assert (await here.api("POST", path, token=here.jwt())).status == 403
    shown = await here.api("GET", f"/app/installations/{here.installation}", token=here.jwt())
    assert shown.body["suspended_by"]["login"] == "octo"

    here.sandbox.unsuspend(here.installation)
    here.sandbox.person("maria").push(here.repository, "topic", {"b.md": "B\n"})
    assert (await here.events())[2:] == ["installation unsuspend", "push"]
    assert (await here.api("GET", REPO)).status == 200


async def test_new_permissions_and_their_events_wait_until_they_are_accepted(here: Scene) -> None:
    asked = {**PERMISSIONS, "merge_queues": "read"}
    here.sandbox.ask_permissions(here.app, asked)
    shown = (await here.api("GET", f"/app/installations/{here.installation}", token=here.jwt())).body
    assert ("merge_queues" in shown["permissions"], "merge_group" in shown["events"]) == (False, False)
    narrowed = {"permissions": {"merge_queues": "read"}}
    path = f"/app/installations/{here.installation}/access_tokens"
    assert (await here.api("POST", path, narrowed, token=here.jwt())).status == 422

    here.sandbox.accept_permissions(here.installation)
    told = await here.last("installation")
    assert (told["action"], told["installation"]["permissions"]["merge_queues"]) == (
        "new_permissions_accepted",
        "read",
    )
    assert (await here.api("POST", path, narrowed, token=here.jwt())).status == 201


async def test_an_organizations_webhooks_carry_it(here: Scene) -> None:
    here.sandbox.add_organization("acme")
    repository = here.sandbox.create_repository("acme", "tool", here.folder / "source")
    here.sandbox.install(here.app, "acme", [repository])
    here.sandbox.person("maria").push(repository, "main", {"a.md": "A\n"})
    told = await here.last("push")
    assert (told["organization"]["login"], told["repository"]["owner"]["type"]) == ("acme", "Organization")
    assert (await here.last("installation"))["installation"]["target_type"] == "Organization"


# ------------------------------------------------------------------ names and owners


async def test_a_renamed_repository_is_found_by_its_old_name(here: Scene) -> None:
    here.sandbox.owner().rename(here.repository, "better")
    told = await here.last("repository")
    assert (told["action"], told["changes"], told["repository"]["full_name"]) == (
        "renamed",
        {"repository": {"name": {"from": "sample"}}},
        "octo/better",
    )
    url = f"{here.sandbox.api_url}{REPO}/pulls?state=open"
    async with here.session.get(url, headers=_as(here), allow_redirects=False) as answer:
        assert answer.status == 301
        assert answer.headers["Location"].endswith(f"/repositories/{here.repository.id}/pulls?state=open")
    made = {"url": f"{here.sandbox.api_url}{REPO}/labels", "json": {"name": "docs"}}
    async with here.session.post(**made, headers=_as(here), allow_redirects=False) as answer:
        assert answer.status == 307
    assert (await here.api("GET", REPO)).body["full_name"] == "octo/better"
    found = await here.graphql('{ repository(owner: "octo", name: "sample") { nameWithOwner } }')
    assert found["data"]["repository"] == {"nameWithOwner": "octo/better"}


def _as(here: Scene) -> dict[str, str]:
    return {"Authorization": f"Bearer {here.token}", "User-Agent": "tests"}


async def test_git_follows_a_rename_too(here: Scene) -> None:
    work = await here.clone()
    here.sandbox.owner().rename(here.repository, "better")
    oid = await commit(work, {"a.md": "A\n"})
    await git("push", "--quiet", "origin", "main", cwd=work)
    assert here.repository.branch("main") == oid


async def test_an_old_name_leads_no_stranger_anywhere(here: Scene) -> None:
    here.sandbox.owner().rename(here.repository, "better")
    assert (await here.api("GET", REPO, token=here.sandbox.add_user("eve"))).status == 404


async def test_an_old_name_that_is_taken_again_is_another_repository(here: Scene) -> None:
    here.sandbox.owner().rename(here.repository, "better")
    other = here.sandbox.create_repository("octo", "sample", here.folder / "source")
    here.sandbox.change_repositories(here.installation, added=[other])
    token = await here.new_token()
    assert (await here.api("GET", REPO, token=token)).body["id"] == other.id


async def test_a_transferred_repository_leaves_one_installation_for_another(here: Scene) -> None:
    acme = here.sandbox.install(here.app, "acme", [])
    here.sandbox.owner().transfer(here.repository, "acme")
    told = await here.last("repository")
    assert (told["action"], told["changes"]["owner"]["from"]["user"]["login"]) == ("transferred", "octo")
    assert (told["repository"]["full_name"], told["installation"]["id"]) == ("acme/sample", acme)
    assert (await here.events())[-3:] == [
        "installation_repositories removed",
        "installation_repositories added",
        "repository transferred",
    ]


# ------------------------------------------------------------------ doors


async def test_an_archived_repository_is_read_only(here: Scene) -> None:
    work = await here.clone()
    here.sandbox.owner().archive(here.repository)
    assert (await here.last("repository"))["repository"]["archived"] is True
    refused = await here.api("POST", f"{REPO}/issues", {"title": "Late"})
    assert (refused.status, refused.message) == (403, "Repository was archived so is read-only.")
    assert (await here.api("GET", REPO)).status == 200
    await commit(work, {"a.md": "A\n"})
    with pytest.raises(RuntimeError, match="403"):
        await git("push", "--quiet", "origin", "main", cwd=work)
    here.sandbox.owner().unarchive(here.repository)
    assert (await here.api("POST", f"{REPO}/issues", {"title": "In time"})).status == 201


async def test_a_private_repository_is_published_and_hidden_again(here: Scene) -> None:
    eve, octo = here.sandbox.add_user("eve"), here.sandbox.owner()
    octo.publicize(here.repository)
    public = (await here.api("GET", REPO, token=eve)).status
    octo.privatize(here.repository)
    private = (await here.api("GET", REPO, token=eve)).status
    assert (public, private) == (200, 404)
    assert (await here.events())[1:] == ["repository publicized", "repository privatized"]


async def test_a_deleted_repository_is_gone_for_everyone(here: Scene) -> None:
    here.sandbox.owner().delete(here.repository)
    assert (await here.last("repository"))["action"] == "deleted"
    assert (await here.api("GET", REPO)).status == 404
    assert (await here.api("GET", "/installation/repositories", token=await here.new_token())).body["total_count"] == 0


# ------------------------------------------------------------------ branches


async def test_a_renamed_default_branch_takes_its_pull_requests_along(here: Scene) -> None:
    pull, head = await here.pull(), here.repository.branch("main")
    here.sandbox.owner().rename_branch(here.repository, "main", "trunk")
    assert (here.repository.default_branch, pull.base, pull.state) == ("trunk", "trunk", "open")
    told = await here.last("repository")
    assert (told["action"], told["changes"]) == ("edited", {"default_branch": {"from": "main"}})
    assert told["repository"]["default_branch"] == "trunk"
    gone = await here.last("push")
    assert (gone["ref"], gone["before"], gone["deleted"]) == ("refs/heads/main", head, True)
    edited = await here.last("pull_request")
    assert edited["changes"]["base"]["ref"]["from"] == "main"


async def test_a_deleted_base_closes_its_pull_requests(here: Scene) -> None:
    maria = here.sandbox.person("maria")
    maria.push(here.repository, "stable", {"b.md": "B\n"})
    maria.push(here.repository, "topic", {"a.md": "A\n"})
    pull = maria.open_pull(here.repository, "topic", "stable")
    maria.delete_branch(here.repository, "stable")
    assert pull.state == "closed"


# ------------------------------------------------------------------ the merge queue


async def test_a_merge_group_asks_for_checks_on_a_branch_of_its_own(here: Scene) -> None:
    here.sandbox.ask_permissions(here.app, {**PERMISSIONS, "merge_queues": "read"})
    here.sandbox.accept_permissions(here.installation)
    pull, octo = await here.pull(), here.sandbox.owner()
    group = octo.enqueue(pull)
    told = await here.last("merge_group")
    assert (told["action"], told["merge_group"]["head_sha"]) == ("checks_requested", group.oid)
    assert told["merge_group"]["head_ref"] == f"refs/heads/gh-readonly-queue/main/pr-1-{pull.base_oid}"
    assert told["merge_group"]["base_sha"] == pull.base_oid
    assert (await here.last("push"))["ref"] == told["merge_group"]["head_ref"]
    run = {"name": "docs", "head_sha": group.oid, "conclusion": "neutral"}
    assert (await here.api("POST", f"{REPO}/check-runs", run)).status == 201

    octo.leave_queue(group)
    assert (await here.last("merge_group"))["reason"] == "merged"
    assert (pull.merge_oid, here.repository.branch("main")) == (group.oid, group.oid)
    assert [name for name in here.repository.git.refs() if "readonly" in name] == []


async def test_a_pull_request_that_is_put_out_of_the_queue_stays_open(here: Scene) -> None:
    pull, octo = await here.pull(), here.sandbox.owner()
    octo.leave_queue(octo.enqueue(pull), "invalidated")
    assert (pull.state, [e for e in await here.events() if "queued" in e]) == (
        "open",
        ["pull_request enqueued", "pull_request dequeued"],
    )
    assert [e for e in await here.events() if e.startswith("merge_group")] == []  # merge_queues was not granted
