"""Pull requests in the sandbox, and what is said under them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from github_sandbox.git import GitError
from tests.contracts.sandbox_scene import REPO, Scene, commit, git, scene


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Scene]:
    async with scene(tmp_path) as made:
        yield made


# ------------------------------------------------------------------ opening


async def test_a_pull_request_is_opened_found_and_told(here: Scene) -> None:
    oid = await here.branch("mas/docs/main", {"docs/a.md": "A\n", "README.md": "# New\n"})
    opened = await here.api(
        "POST", f"{REPO}/pulls", {"title": "Docs", "head": "mas/docs/main", "base": "main", "body": "Because."}
    )
    assert opened.status == 201
    assert (opened.body["number"], opened.body["head"]["sha"], opened.body["user"]["login"]) == (1, oid, "mas[bot]")
    assert (opened.body["changed_files"], opened.body["additions"], opened.body["commits"]) == (2, 2, 1)

    found = await here.api("GET", f"{REPO}/pulls?state=open&head=octo:mas/docs/main&base=main")
    assert [p["number"] for p in found.body] == [1]
    assert (await here.api("GET", f"{REPO}/pulls?head=octo:other")).body == []
    assert (await here.last("pull_request"))["pull_request"]["title"] == "Docs"
    assert here.repository.git.refs()["refs/pull/1/head"] == oid


async def test_its_files_and_commits_are_listed(here: Scene) -> None:
    work = await here.clone()
    await git("switch", "--quiet", "--create", "topic", cwd=work)
    await git("mv", "README.md", "INDEX.md", cwd=work)
    await commit(work, {"src/app.py": "def new() -> None: ...\n"}, "First")
    (work / "logo.png").write_bytes(b"\x89PNG\x00")
    await commit(work, {"a file.md": "A\n"}, "Second")
    await git("push", "--quiet", "origin", "topic", cwd=work)
    await here.api("POST", f"{REPO}/pulls", {"title": "Topic", "head": "topic", "base": "main"})

    files = {f["filename"]: f for f in (await here.api("GET", f"{REPO}/pulls/1/files")).body}
    assert {name: f["status"] for name, f in files.items()} == {
        "INDEX.md": "renamed",
        "a file.md": "added",
        "logo.png": "added",
        "src/app.py": "modified",
    }
    assert files["INDEX.md"]["previous_filename"] == "README.md"
    assert files["src/app.py"]["patch"] == "@@ -1 +1 @@\n-def old() -> None: ...\n+def new() -> None: ..."
    assert "patch" not in files["logo.png"]
    commits = (await here.api("GET", f"{REPO}/pulls/1/commits")).body
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
async def test_a_wrong_pull_request_is_refused_in_githubs_words(
    here: Scene, change: dict[str, Any], error: dict[str, str]
) -> None:
    await here.branch()
    refused = await here.api("POST", f"{REPO}/pulls", {"title": "Docs", "head": "docs", "base": "main", **change})
    assert (refused.status, refused.message) == (422, "Validation Failed")
    (told,) = refused.body["errors"]
    assert told == {**told, "resource": "PullRequest", **error}


async def test_there_is_one_open_pull_request_for_a_branch(here: Scene) -> None:
    await here.pull()
    again = await here.api("POST", f"{REPO}/pulls", {"title": "Docs", "head": "octo:docs", "base": "main"})
    assert again.body["errors"][0]["message"] == "A pull request already exists for octo:docs."
    assert list(here.repository.pull_requests) == [1]


async def test_the_longest_body_is_taken(here: Scene) -> None:
    await here.pull()
    assert (await here.api("PATCH", f"{REPO}/pulls/1", {"body": "b" * 65536})).status == 200


# ------------------------------------------------------------------ following its branches


async def test_it_is_edited_closed_and_reopened(here: Scene) -> None:
    await here.pull()
    edited = await here.api("PATCH", f"{REPO}/pulls/1", {"title": "Better", "body": "More."})
    assert (await here.last("pull_request"))["changes"] == {"title": {"from": "Docs"}, "body": {"from": "Because."}}
    closed = await here.api("PATCH", f"{REPO}/pulls/1", {"state": "closed"})
    reopened = await here.api("PATCH", f"{REPO}/pulls/1", {"state": "open"})
    assert [a.body["state"] for a in (edited, closed, reopened)] == ["open", "closed", "open"]
    assert [e for e in await here.events() if e.startswith("pull")] == [
        f"pull_request {action}" for action in ("opened", "edited", "closed", "reopened")
    ]


async def test_it_follows_a_push_to_its_branch(here: Scene) -> None:
    pull = await here.pull()
    before, work = pull.head_oid, await here.clone("--branch=docs")
    after = await commit(work, {"b.md": "B\n"})
    await git("push", "--quiet", "origin", "docs", cwd=work)
    told = await here.last("pull_request")
    assert (told["action"], told["before"], told["after"]) == ("synchronize", before, after)
    assert pull.head_oid == after == here.repository.git.refs()["refs/pull/1/head"]


async def test_it_closes_when_its_branch_is_forced_to_the_base(here: Scene) -> None:
    pull = await here.pull()
    await here.api("PATCH", f"{REPO}/git/refs/heads/docs", {"sha": pull.base_oid, "force": True})
    assert (pull.state, pull.merged) == ("closed", False)
    assert (await here.last("pull_request"))["action"] == "closed"


async def test_it_closes_when_its_branch_is_deleted_and_does_not_reopen(here: Scene) -> None:
    pull = await here.pull()
    await here.api("DELETE", f"{REPO}/git/refs/heads/docs")
    assert (pull.state, pull.merged) == ("closed", False)
    assert (await here.api("PATCH", f"{REPO}/pulls/1", {"state": "open"})).status == 422


async def test_a_person_merges_it(here: Scene) -> None:
    pull = await here.pull()
    oid = here.sandbox.merge(pull, by="maria")
    told = await here.last("pull_request")
    assert (told["action"], told["pull_request"]["merged"], told["sender"]["login"]) == ("closed", True, "maria")
    assert here.repository.announced_refs["refs/heads/main"] == oid == pull.merge_oid
    assert (await here.last("push"))["after"] == oid
    assert await git("show", "main:a.md", cwd=here.repository.git.path) == "A"
    with pytest.raises(GitError):
        here.sandbox.merge(pull)


async def test_it_counts_as_merged_when_its_commits_reach_the_base(here: Scene) -> None:
    pull, work = await here.pull(), await here.clone()
    await git("merge", "--quiet", "origin/docs", cwd=work)
    await git("push", "--quiet", "origin", "main", cwd=work)
    assert (pull.state, pull.merged) == ("closed", True)


async def test_it_is_merged_through_the_api_only_as_it_was_seen(here: Scene) -> None:
    pull = await here.pull()
    stale = await here.api("PUT", f"{REPO}/pulls/1/merge", {"sha": pull.base_oid})
    merged = await here.api("PUT", f"{REPO}/pulls/1/merge", {"sha": pull.head_oid})
    again = await here.api("PUT", f"{REPO}/pulls/1/merge", {})
    assert [a.status for a in (stale, merged, again)] == [409, 200, 405]


async def test_a_conflict_is_not_merged(here: Scene) -> None:
    await here.branch("docs", {"README.md": "# Mine\n"})
    await here.api("POST", f"{REPO}/pulls", {"title": "Docs", "head": "docs", "base": "main"})
    work = await here.clone()
    await commit(work, {"README.md": "# Theirs\n"})
    await git("push", "--quiet", "origin", "main", cwd=work)
    assert (await here.api("PUT", f"{REPO}/pulls/1/merge", {})).status == 405
    assert here.repository.pull_requests[1].state == "open"


# ------------------------------------------------------------------ talk


async def test_a_comment_is_made_edited_and_taken_back(here: Scene) -> None:
    await here.pull()
    made = (await here.api("POST", f"{REPO}/issues/1/comments", {"body": "First"})).body
    path = f"{REPO}/issues/comments/{made['id']}"
    await here.api("PATCH", path, {"body": "Second"})
    assert (await here.last("issue_comment"))["changes"] == {"body": {"from": "First"}}
    assert [c["body"] for c in (await here.api("GET", f"{REPO}/issues/1/comments")).body] == ["Second"]
    assert made["performed_via_github_app"]["slug"] == "mas"
    assert (await here.api("DELETE", path)).status == 204
    assert (await here.api("GET", path)).status == 404


async def test_a_persons_comment_is_told_and_is_theirs(here: Scene) -> None:
    said = here.sandbox.comment(await here.pull(), "/mas help", by="maria")
    told = await here.last("issue_comment")
    assert (told["action"], told["comment"]["body"], told["sender"]["login"]) == ("created", "/mas help", "maria")
    assert (told["issue"]["number"], told["comment"]["author_association"]) == (1, "COLLABORATOR")
    edited = await here.api(
        "PATCH", f"{REPO}/issues/comments/{said.id}", {"body": "x"}, token=here.sandbox.add_user("eve")
    )
    assert edited.status == 404


@pytest.mark.parametrize(("body", "code"), [("", "missing_field"), ("b" * 65537, "custom")])
async def test_a_wrong_comment_is_refused(here: Scene, body: str, code: str) -> None:
    await here.pull()
    refused = await here.api("POST", f"{REPO}/issues/1/comments", {"body": body})
    assert (refused.status, refused.body["errors"][0]["code"]) == (422, code)


async def test_a_reaction_is_new_once(here: Scene) -> None:
    said = here.sandbox.comment(await here.pull(), "/mas help", by="maria")
    path = f"{REPO}/issues/comments/{said.id}/reactions"
    answers = [await here.api("POST", path, {"content": "eyes"}) for _ in range(2)]
    assert [a.status for a in answers] == [201, 200]
    assert [r["content"] for r in (await here.api("GET", path)).body] == ["eyes"]
    assert (await here.api("POST", path, {"content": "shrug"})).status == 422
    body = (await here.api("GET", f"{REPO}/issues/comments/{said.id}")).body
    assert (body["reactions"]["eyes"], body["reactions"]["total_count"]) == (1, 1)


async def test_labels_and_reviewers_are_asked_for(here: Scene) -> None:
    pull = await here.pull()
    labelled = await here.api("POST", f"{REPO}/issues/1/labels", {"labels": ["docs", "bot"]})
    assert [label["name"] for label in labelled.body] == ["docs", "bot"]
    left = await here.api("DELETE", f"{REPO}/issues/1/labels/bot")
    assert [label["name"] for label in left.body] == ["docs"]
    asked = await here.api("POST", f"{REPO}/pulls/1/requested_reviewers", {"reviewers": ["maria"]})
    assert (asked.status, [a.login for a in pull.reviewers]) == (201, ["maria"])
    strangers = await here.api("POST", f"{REPO}/pulls/1/requested_reviewers", {"reviewers": ["nobody"]})
    assert strangers.status == 422


async def test_labels_and_reviewers_are_told_one_by_one(here: Scene) -> None:
    pull, maria = await here.pull(), here.sandbox.person("maria")
    maria.label(pull, "docs", "skip")
    told = await here.last("pull_request")
    assert (told["action"], told["label"]["name"], told["sender"]["login"]) == ("labeled", "skip", "maria")
    maria.unlabel(pull, "skip")
    maria.request_review(pull, "ann")
    told = await here.last("pull_request")
    assert (told["action"], told["requested_reviewer"]["login"]) == ("review_requested", "ann")
    assert [e for e in await here.events() if e.startswith("pull_request ")] == [
        f"pull_request {action}" for action in ("opened", "labeled", "labeled", "unlabeled", "review_requested")
    ]


async def test_a_review_is_asked_neither_of_the_author_nor_of_a_team(here: Scene) -> None:
    maria = here.sandbox.person("maria")
    maria.push(here.repository, "topic", {"a.md": "A\n"})
    maria.open_pull(here.repository, "topic")
    for asked in ({"reviewers": ["maria"]}, {"team_reviewers": ["writers"]}):
        assert (await here.api("POST", f"{REPO}/pulls/1/requested_reviewers", asked)).status == 422


async def test_labels_are_the_same_in_any_case(here: Scene) -> None:
    pull = await here.pull()
    made = {"name": "Docs", "color": "0b5cad", "description": "by MAS"}
    answers = [await here.api("POST", f"{REPO}/labels", made) for _ in range(2)]
    assert [a.status for a in answers] == [201, 422]
    await here.api("POST", f"{REPO}/issues/1/labels", {"labels": ["docs"]})
    assert [item.name for item in pull.labels] == ["Docs"]
    assert (await here.api("POST", f"{REPO}/issues/1/labels", {"labels": ["l" * 51]})).status == 422


# ------------------------------------------------------------------ turns that people take


async def test_it_is_retargeted(here: Scene) -> None:
    pull, maria = await here.pull(), here.sandbox.person("maria")
    stable = maria.push(here.repository, "stable", {"b.md": "B\n"})
    maria.retarget(pull, "stable")
    told = await here.last("pull_request")
    assert (told["action"], told["changes"]["base"]["ref"]["from"]) == ("edited", "main")
    assert (told["pull_request"]["base"]["ref"], pull.base_oid) == ("stable", stable)


async def test_it_is_made_a_draft_and_ready_again(here: Scene) -> None:
    pull, maria = await here.pull(), here.sandbox.person("maria")
    maria.convert_to_draft(pull)
    maria.mark_ready(pull)
    maria.mark_ready(pull)
    told = [e for e in await here.events() if e.startswith("pull_request ")]
    assert told[1:] == ["pull_request converted_to_draft", "pull_request ready_for_review"]


async def test_an_app_drafts_it_through_graphql(here: Scene) -> None:
    pull = await here.pull()
    node = (await here.api("GET", f"{REPO}/pulls/1")).body["node_id"]
    draft = "mutation($id: ID!) { convertPullRequestToDraft(input: {pullRequestId: $id}) { pullRequest { isDraft } } }"
    assert (await here.graphql(draft, id=node))["data"]["convertPullRequestToDraft"]["pullRequest"]["isDraft"]
    assert pull.draft


async def test_whether_it_merges_is_known_when_asked(here: Scene) -> None:
    maria = here.sandbox.person("maria")
    maria.push(here.repository, "topic", {"README.md": "# Mine\n"})
    maria.open_pull(here.repository, "topic")
    before = (await here.api("GET", f"{REPO}/pulls/1")).body
    maria.push(here.repository, "main", {"README.md": "# Theirs\n"})
    after = (await here.api("GET", f"{REPO}/pulls/1")).body
    assert [(p["mergeable"], p["mergeable_state"]) for p in (before, after)] == [(True, "clean"), (False, "dirty")]


async def test_a_branch_is_forced_back_and_forth(here: Scene) -> None:
    maria = here.sandbox.person("maria")
    begin = here.repository.branch("main") or ""
    first = maria.push(here.repository, "main", {"a.md": "A\n"})
    second = maria.push(here.repository, "main", {"a.md": None, "b.md": "B\n"}, onto=begin)
    told = await here.last("push")
    assert (told["before"], told["after"], told["forced"]) == (first, second, True)
