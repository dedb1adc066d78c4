"""Pull requests in the sandbox, with their comments, reactions and labels."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from github_sandbox.git import GitError
from tests.contracts.sandbox_scene import REPO, Scene, commit, git, running_scene


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with running_scene(tmp_path) as running:
        yield running


# ------------------------------------------------------------------ opening


async def test_a_pull_request_is_opened_listed_and_announced(scene: Scene) -> None:
    oid = await scene.branch("mas/docs/main", {"docs/a.md": "A\n", "README.md": "# New\n"})
    opened = await scene.api(
        "POST", f"{REPO}/pulls", {"title": "Docs", "head": "mas/docs/main", "base": "main", "body": "Because."}
    )
    assert opened.status == 201
    assert (opened.body["number"], opened.body["head"]["sha"], opened.body["user"]["login"]) == (1, oid, "mas[bot]")
    assert (opened.body["changed_files"], opened.body["additions"], opened.body["commits"]) == (2, 2, 1)

    found = await scene.api("GET", f"{REPO}/pulls?state=open&head=octo:mas/docs/main&base=main")
    assert [p["number"] for p in found.body] == [1]
    assert (await scene.api("GET", f"{REPO}/pulls?head=octo:other")).body == []
    assert (await scene.last_payload("pull_request"))["pull_request"]["title"] == "Docs"
    assert scene.repository.git.refs()["refs/pull/1/head"] == oid


async def test_its_files_and_commits_are_listed(scene: Scene) -> None:
    work = await scene.clone()
    await git("switch", "--quiet", "--create", "topic", cwd=work)
    await git("mv", "README.md", "INDEX.md", cwd=work)
    await commit(work, {"src/app.py": "def new() -> None: ...\n"}, "First")
    (work / "logo.png").write_bytes(b"\x89PNG\x00")
    await commit(work, {"a file.md": "A\n"}, "Second")
    await git("push", "--quiet", "origin", "topic", cwd=work)
    await scene.api("POST", f"{REPO}/pulls", {"title": "Topic", "head": "topic", "base": "main"})

    files = {f["filename"]: f for f in (await scene.api("GET", f"{REPO}/pulls/1/files")).body}
    assert {name: f["status"] for name, f in files.items()} == {
        "INDEX.md": "renamed",
        "a file.md": "added",
        "logo.png": "added",
        "src/app.py": "modified",
    }
    assert files["INDEX.md"]["previous_filename"] == "README.md"
    assert files["src/app.py"]["patch"] == "@@ -1 +1 @@\n-def old() -> None: ...\n+def new() -> None: ..."
    assert "patch" not in files["logo.png"]
    commits = (await scene.api("GET", f"{REPO}/pulls/1/commits")).body
    assert [c["commit"]["message"] for c in commits] == ["First\n", "Second\n"]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        pytest.param({"head": "main"}, {"message": "No commits between main and main"}, id="no commits"),
        pytest.param({"head": "none"}, {"field": "head", "code": "invalid"}, id="no such head"),
        pytest.param({"head": "eve:docs"}, {"field": "head", "code": "invalid"}, id="no such fork"),
        pytest.param({"base": "none"}, {"field": "base", "code": "invalid"}, id="no such base"),
        pytest.param({"title": None}, {"field": "title", "code": "missing_field"}, id="no title"),
        pytest.param(
            {"title": "t" * 257}, {"message": "title is too long (maximum is 256 characters)"}, id="a long title"
        ),
        pytest.param(
            {"body": "b" * 65537}, {"message": "body is too long (maximum is 65536 characters)"}, id="a long body"
        ),
    ],
)
async def test_an_invalid_pull_request_gets_githubs_error(
    scene: Scene, change: dict[str, Any], error: dict[str, str]
) -> None:
    await scene.branch()
    refused = await scene.api("POST", f"{REPO}/pulls", {"title": "Docs", "head": "docs", "base": "main", **change})
    assert (refused.status, refused.message) == (422, "Validation Failed")
    (reported,) = refused.body["errors"]
    assert reported == {**reported, "resource": "PullRequest", **error}


async def test_there_is_one_open_pull_request_for_a_branch(scene: Scene) -> None:
    await scene.pull()
    again = await scene.api("POST", f"{REPO}/pulls", {"title": "Docs", "head": "octo:docs", "base": "main"})
    assert again.body["errors"][0]["message"] == "A pull request already exists for octo:docs."
    assert list(scene.repository.pull_requests) == [1]


async def test_the_longest_allowed_body_is_accepted(scene: Scene) -> None:
    await scene.pull()
    assert (await scene.api("PATCH", f"{REPO}/pulls/1", {"body": "b" * 65536})).status == 200


# ------------------------------------------------------------------ updates


async def test_it_is_edited_closed_and_reopened(scene: Scene) -> None:
    await scene.pull()
    edited = await scene.api("PATCH", f"{REPO}/pulls/1", {"title": "Better", "body": "More."})
    assert (await scene.last_payload("pull_request"))["changes"] == {
        "title": {"from": "Docs"},
        "body": {"from": "Because."},
    }
    closed = await scene.api("PATCH", f"{REPO}/pulls/1", {"state": "closed"})
    reopened = await scene.api("PATCH", f"{REPO}/pulls/1", {"state": "open"})
    assert [a.body["state"] for a in (edited, closed, reopened)] == ["open", "closed", "open"]
    assert [e for e in await scene.events() if e.startswith("pull")] == [
        f"pull_request {action}" for action in ("opened", "edited", "closed", "reopened")
    ]


async def test_it_follows_a_push_to_its_branch(scene: Scene) -> None:
    pull = await scene.pull()
    before, work = pull.head_oid, await scene.clone("--branch=docs")
    after = await commit(work, {"b.md": "B\n"})
    await git("push", "--quiet", "origin", "docs", cwd=work)
    payload = await scene.last_payload("pull_request")
    assert (payload["action"], payload["before"], payload["after"]) == ("synchronize", before, after)
    assert pull.head_oid == after == scene.repository.git.refs()["refs/pull/1/head"]


async def test_it_closes_when_its_branch_is_forced_to_the_base(scene: Scene) -> None:
    pull = await scene.pull()
    await scene.api("PATCH", f"{REPO}/git/refs/heads/docs", {"sha": pull.base_oid, "force": True})
    assert (pull.state, pull.merged) == ("closed", False)
    assert (await scene.last_payload("pull_request"))["action"] == "closed"


async def test_it_closes_when_its_branch_is_deleted_and_does_not_reopen(scene: Scene) -> None:
    pull = await scene.pull()
    await scene.api("DELETE", f"{REPO}/git/refs/heads/docs")
    assert (pull.state, pull.merged) == ("closed", False)
    assert (await scene.api("PATCH", f"{REPO}/pulls/1", {"state": "open"})).status == 422


async def test_a_person_merges_it(scene: Scene) -> None:
    pull = await scene.pull()
    oid = scene.sandbox.merge(pull, by="maria")
    payload = await scene.last_payload("pull_request")
    assert (payload["action"], payload["pull_request"]["merged"], payload["sender"]["login"]) == (
        "closed",
        True,
        "maria",
    )
    assert scene.repository.announced_refs["refs/heads/main"] == oid == pull.merge_oid
    assert (await scene.last_payload("push"))["after"] == oid
    assert await git("show", "main:a.md", cwd=scene.repository.git.path) == "A"
    with pytest.raises(GitError):
        scene.sandbox.merge(pull)


async def test_it_counts_as_merged_when_its_commits_reach_the_base(scene: Scene) -> None:
    pull, work = await scene.pull(), await scene.clone()
    await git("merge", "--quiet", "origin/docs", cwd=work)
    await git("push", "--quiet", "origin", "main", cwd=work)
    assert (pull.state, pull.merged) == ("closed", True)


async def test_merging_through_the_api_checks_the_expected_head(scene: Scene) -> None:
    pull = await scene.pull()
    stale = await scene.api("PUT", f"{REPO}/pulls/1/merge", {"sha": pull.base_oid})
    merged = await scene.api("PUT", f"{REPO}/pulls/1/merge", {"sha": pull.head_oid})
    again = await scene.api("PUT", f"{REPO}/pulls/1/merge", {})
    assert [a.status for a in (stale, merged, again)] == [409, 200, 405]


async def test_a_conflict_is_not_merged(scene: Scene) -> None:
    await scene.branch("docs", {"README.md": "# Mine\n"})
    await scene.api("POST", f"{REPO}/pulls", {"title": "Docs", "head": "docs", "base": "main"})
    work = await scene.clone()
    await commit(work, {"README.md": "# Theirs\n"})
    await git("push", "--quiet", "origin", "main", cwd=work)
    assert (await scene.api("PUT", f"{REPO}/pulls/1/merge", {})).status == 405
    assert scene.repository.pull_requests[1].state == "open"


# ------------------------------------------------------------------ comments, reactions, labels


async def test_a_comment_is_created_edited_and_deleted(scene: Scene) -> None:
    await scene.pull()
    created = (await scene.api("POST", f"{REPO}/issues/1/comments", {"body": "First"})).body
    path = f"{REPO}/issues/comments/{created['id']}"
    await scene.api("PATCH", path, {"body": "Second"})
    assert (await scene.last_payload("issue_comment"))["changes"] == {"body": {"from": "First"}}
    assert [c["body"] for c in (await scene.api("GET", f"{REPO}/issues/1/comments")).body] == ["Second"]
    assert created["performed_via_github_app"]["slug"] == "mas"
    assert (await scene.api("DELETE", path)).status == 204
    assert (await scene.api("GET", path)).status == 404


async def test_a_users_comment_sends_an_event_and_is_not_editable_by_others(scene: Scene) -> None:
    comment = scene.sandbox.comment(await scene.pull(), "/mas help", by="maria")
    payload = await scene.last_payload("issue_comment")
    assert (payload["action"], payload["comment"]["body"], payload["sender"]["login"]) == (
        "created",
        "/mas help",
        "maria",
    )
    assert (payload["issue"]["number"], payload["comment"]["author_association"]) == (1, "COLLABORATOR")
    edited = await scene.api(
        "PATCH", f"{REPO}/issues/comments/{comment.id}", {"body": "x"}, token=scene.sandbox.add_user("eve")
    )
    assert edited.status == 404


@pytest.mark.parametrize(("body", "code"), [("", "missing_field"), ("b" * 65537, "custom")])
async def test_an_invalid_comment_is_rejected(scene: Scene, body: str, code: str) -> None:
    await scene.pull()
    refused = await scene.api("POST", f"{REPO}/issues/1/comments", {"body": body})
    assert (refused.status, refused.body["errors"][0]["code"]) == (422, code)


async def test_a_reaction_is_created_once(scene: Scene) -> None:
    comment = scene.sandbox.comment(await scene.pull(), "/mas help", by="maria")
    path = f"{REPO}/issues/comments/{comment.id}/reactions"
    answers = [await scene.api("POST", path, {"content": "eyes"}) for _ in range(2)]
    assert [a.status for a in answers] == [201, 200]
    assert [r["content"] for r in (await scene.api("GET", path)).body] == ["eyes"]
    assert (await scene.api("POST", path, {"content": "shrug"})).status == 422
    body = (await scene.api("GET", f"{REPO}/issues/comments/{comment.id}")).body
    assert (body["reactions"]["eyes"], body["reactions"]["total_count"]) == (1, 1)


async def test_labels_and_review_requests_are_set(scene: Scene) -> None:
    pull = await scene.pull()
    labelled = await scene.api("POST", f"{REPO}/issues/1/labels", {"labels": ["docs", "bot"]})
    assert [label["name"] for label in labelled.body] == ["docs", "bot"]
    left = await scene.api("DELETE", f"{REPO}/issues/1/labels/bot")
    assert [label["name"] for label in left.body] == ["docs"]
    response = await scene.api("POST", f"{REPO}/pulls/1/requested_reviewers", {"reviewers": ["maria"]})
    assert (response.status, [a.login for a in pull.reviewers]) == (201, ["maria"])
    strangers = await scene.api("POST", f"{REPO}/pulls/1/requested_reviewers", {"reviewers": ["nobody"]})
    assert strangers.status == 422


async def test_each_label_and_reviewer_sends_an_event(scene: Scene) -> None:
    pull, maria = await scene.pull(), scene.sandbox.person("maria")
    maria.label(pull, "docs", "skip")
    payload = await scene.last_payload("pull_request")
    assert (payload["action"], payload["label"]["name"], payload["sender"]["login"]) == ("labeled", "skip", "maria")
    maria.unlabel(pull, "skip")
    maria.request_review(pull, "ann")
    payload = await scene.last_payload("pull_request")
    assert (payload["action"], payload["requested_reviewer"]["login"]) == ("review_requested", "ann")
    assert [e for e in await scene.events() if e.startswith("pull_request ")] == [
        f"pull_request {action}" for action in ("opened", "labeled", "labeled", "unlabeled", "review_requested")
    ]


async def test_a_review_cannot_be_requested_from_the_author_or_a_team(scene: Scene) -> None:
    maria = scene.sandbox.person("maria")
    maria.push(scene.repository, "topic", {"a.md": "A\n"})
    maria.open_pull(scene.repository, "topic")
    for request in ({"reviewers": ["maria"]}, {"team_reviewers": ["writers"]}):
        assert (await scene.api("POST", f"{REPO}/pulls/1/requested_reviewers", request)).status == 422


async def test_label_names_ignore_case(scene: Scene) -> None:
    pull = await scene.pull()
    created = {"name": "Docs", "color": "0b5cad", "description": "by MAS"}
    answers = [await scene.api("POST", f"{REPO}/labels", created) for _ in range(2)]
    assert [a.status for a in answers] == [201, 422]
    await scene.api("POST", f"{REPO}/issues/1/labels", {"labels": ["docs"]})
    assert [item.name for item in pull.labels] == ["Docs"]
    assert (await scene.api("POST", f"{REPO}/issues/1/labels", {"labels": ["l" * 51]})).status == 422


# ------------------------------------------------------------------ changes by users


async def test_it_is_retargeted(scene: Scene) -> None:
    pull, maria = await scene.pull(), scene.sandbox.person("maria")
    stable = maria.push(scene.repository, "stable", {"b.md": "B\n"})
    maria.retarget(pull, "stable")
    payload = await scene.last_payload("pull_request")
    assert (payload["action"], payload["changes"]["base"]["ref"]["from"]) == ("edited", "main")
    assert (payload["pull_request"]["base"]["ref"], pull.base_oid) == ("stable", stable)


async def test_it_is_made_a_draft_and_ready_again(scene: Scene) -> None:
    pull, maria = await scene.pull(), scene.sandbox.person("maria")
    maria.convert_to_draft(pull)
    maria.mark_ready(pull)
    maria.mark_ready(pull)
    events = [e for e in await scene.events() if e.startswith("pull_request ")]
    assert events[1:] == ["pull_request converted_to_draft", "pull_request ready_for_review"]


async def test_an_app_converts_it_to_a_draft_through_graphql(scene: Scene) -> None:
    pull = await scene.pull()
    node = (await scene.api("GET", f"{REPO}/pulls/1")).body["node_id"]
    draft = "mutation($id: ID!) { convertPullRequestToDraft(input: {pullRequestId: $id}) { pullRequest { isDraft } } }"
    assert (await scene.graphql(draft, id=node))["data"]["convertPullRequestToDraft"]["pullRequest"]["isDraft"]
    assert pull.draft


async def test_mergeable_is_computed_on_request(scene: Scene) -> None:
    maria = scene.sandbox.person("maria")
    maria.push(scene.repository, "topic", {"README.md": "# Mine\n"})
    maria.open_pull(scene.repository, "topic")
    before = (await scene.api("GET", f"{REPO}/pulls/1")).body
    maria.push(scene.repository, "main", {"README.md": "# Theirs\n"})
    after = (await scene.api("GET", f"{REPO}/pulls/1")).body
    assert [(p["mergeable"], p["mergeable_state"]) for p in (before, after)] == [(True, "clean"), (False, "dirty")]


async def test_a_branch_is_force_pushed(scene: Scene) -> None:
    maria = scene.sandbox.person("maria")
    begin = scene.repository.branch("main") or ""
    first = maria.push(scene.repository, "main", {"a.md": "A\n"})
    second = maria.push(scene.repository, "main", {"a.md": None, "b.md": "B\n"}, onto=begin)
    payload = await scene.last_payload("push")
    assert (payload["before"], payload["after"], payload["forced"]) == (first, second, True)
