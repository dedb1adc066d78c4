"""Reviews in the sandbox: on lines of the diff and nowhere else; threads follow their lines."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from github_sandbox import PullRequest
from tests.contracts.sandbox_scene import REPO, Scene, scene

OLD = "".join(f"line {n}\n" for n in range(1, 21))
NEW = OLD.replace("line 10\n", "line ten\n")
REVIEWS, COMMENTS = f"{REPO}/pulls/1/reviews", f"{REPO}/pulls/1/comments"
RESOLVE = "mutation($id: ID!) { resolveReviewThread(input: {threadId: $id}) { thread { isResolved } } }"
THREADS = """{ repository(owner: "octo", name: "sample") { pullRequest(number: 1) { reviewThreads(first: 9) { nodes {
  id isResolved isOutdated line viewerCanResolve comments(first: 9) { nodes { author { login } body } } } } } } }"""


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Scene]:
    async with scene(tmp_path) as made:
        of_reviews = ("pull_request_review", "pull_request_review_comment", "pull_request_review_thread")
        made.app.events = (*made.app.events, *of_reviews)
        yield made


@pytest.fixture
async def pull(here: Scene) -> PullRequest:
    """Maria changes line 10 of 20."""
    maria = here.sandbox.person("maria")
    maria.push(here.repository, "main", {"a.md": OLD})
    maria.push(here.repository, "topic", {"a.md": NEW})
    return maria.open_pull(here.repository, "topic")


async def threads(here: Scene) -> list[dict[str, Any]]:
    found = (await here.graphql(THREADS))["data"]["repository"]["pullRequest"]
    nodes: list[dict[str, Any]] = found["reviewThreads"]["nodes"]
    return nodes


async def test_a_review_comes_with_its_comments_at_once(here: Scene, pull: PullRequest) -> None:
    comments = [{"path": "a.md", "line": line, "body": str(line)} for line in (9, 10)]
    made = await here.api("POST", REVIEWS, {"event": "COMMENT", "body": "Two things", "comments": comments})
    assert (made.status, made.body["state"]) == (200, "COMMENTED")
    listed = (await here.api("GET", COMMENTS)).body
    assert [(c["line"], c["body"], c["pull_request_review_id"]) for c in listed] == [
        (9, "9", made.body["id"]),
        (10, "10", made.body["id"]),
    ]
    assert listed[1]["diff_hunk"].endswith("-line 10\n+line ten")
    told = [e for e in await here.events() if e.startswith("pull_request_review")]
    assert told == ["pull_request_review submitted", *["pull_request_review_comment created"] * 2]


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"line": 20}, id="a line that the diff does not show"),
        pytest.param({"path": "README.md"}, id="a file that the diff does not have"),
        pytest.param({"line": 10, "side": "LEFT", "path": "none"}, id="no such file"),
    ],
)
async def test_one_wrong_line_refuses_the_whole_review(here: Scene, pull: PullRequest, wrong: dict[str, Any]) -> None:
    right = {"path": "a.md", "line": 10, "body": "x"}
    refused = await here.api("POST", REVIEWS, {"event": "COMMENT", "comments": [right, {**right, **wrong}]})
    assert (refused.status, refused.body["errors"]) == (422, ["Line could not be resolved"])
    assert (pull.reviews, pull.threads) == ([], [])


async def test_nobody_approves_their_own(here: Scene) -> None:
    await here.pull()
    refused = await here.api("POST", REVIEWS, {"event": "APPROVE"})
    assert (refused.status, refused.body["errors"]) == (422, ["Can not approve your own pull request"])


async def test_an_empty_review_is_refused(here: Scene, pull: PullRequest) -> None:
    assert (await here.api("POST", REVIEWS, {"event": "COMMENT"})).status == 422


async def test_who_reviewed_is_asked_no_longer(here: Scene, pull: PullRequest) -> None:
    ann = here.sandbox.person("ann")
    here.sandbox.person("maria").request_review(pull, "ann")
    ann.review(pull, "Good", "APPROVED")
    assert pull.reviewers == []


async def test_a_person_comments_on_a_line_and_changes_their_mind(here: Scene, pull: PullRequest) -> None:
    maria = here.sandbox.person("maria")
    said = maria.comment_on_line(pull, "a.md", 10, "/mas hlep")
    assert (await here.last("pull_request_review_comment"))["action"] == "created"
    maria.edit_comment(said, "/mas help")
    told = await here.last("pull_request_review_comment")
    assert (told["action"], told["changes"], told["comment"]["line"]) == (
        "edited",
        {"body": {"from": "/mas hlep"}},
        10,
    )
    with pytest.raises(ValueError, match="not part of the diff"):
        maria.comment_on_line(pull, "a.md", 20, "x")


async def test_an_answer_stands_in_its_thread(here: Scene, pull: PullRequest) -> None:
    said = here.sandbox.person("maria").comment_on_line(pull, "a.md", 10, "/mas help")
    reply = await here.api("POST", f"{COMMENTS}/{said.id}/replies", {"body": "Here is help."})
    assert (reply.status, reply.body["in_reply_to_id"]) == (201, said.id)
    assert (await here.api("POST", f"{COMMENTS}/{reply.body['id']}/replies", {"body": "x"})).status == 404
    [thread] = await threads(here)
    assert [(c["author"]["login"], c["body"]) for c in thread["comments"]["nodes"]] == [
        ("maria", "/mas help"),
        ("mas", "Here is help."),
    ]


async def test_a_reaction_to_it_needs_only_pull_requests(here: Scene, pull: PullRequest) -> None:
    said = here.sandbox.person("maria").comment_on_line(pull, "a.md", 10, "/mas help")
    token = await here.new_token(permissions={"pull_requests": "write"})
    path = f"{REPO}/pulls/comments/{said.id}/reactions"
    made = await here.api("POST", path, {"content": "eyes"}, token=token)
    assert (made.status, [r.content for r in said.reactions]) == (201, ["eyes"])
    assert (await here.api("DELETE", f"{path}/{made.body['id']}", token=token)).status == 204


async def test_a_comment_on_a_whole_file_needs_no_line(here: Scene, pull: PullRequest) -> None:
    asked = {"path": "a.md", "subject_type": "file", "body": "All of it", "commit_id": pull.head_oid}
    made = await here.api("POST", COMMENTS, asked)
    assert (made.status, made.body["subject_type"]) == (201, "file")


async def test_a_thread_moves_with_its_line(here: Scene, pull: PullRequest) -> None:
    maria = here.sandbox.person("maria")
    said = maria.comment_on_line(pull, "a.md", 10, "Look")
    maria.push(here.repository, "topic", {"a.md": "new\n" + NEW})
    [thread] = await threads(here)
    assert (thread["isOutdated"], thread["line"]) == (False, 11)
    shown = (await here.api("GET", f"{REPO}/pulls/comments/{said.id}")).body
    assert (shown["line"], shown["original_line"], shown["commit_id"]) == (11, 10, pull.head_oid)


async def test_a_thread_is_outdated_when_its_line_is_changed(here: Scene, pull: PullRequest) -> None:
    maria = here.sandbox.person("maria")
    said = maria.comment_on_line(pull, "a.md", 10, "Look")
    maria.push(here.repository, "topic", {"a.md": NEW.replace("ten", "TEN")})
    [thread] = await threads(here)
    assert (thread["isOutdated"], thread["line"]) == (True, None)
    shown = (await here.api("GET", f"{REPO}/pulls/comments/{said.id}")).body
    assert (shown["line"], shown["position"], shown["original_line"]) == (None, None, 10)


async def test_an_app_settles_a_thread_only_with_write_access_to_the_contents(here: Scene, pull: PullRequest) -> None:
    here.sandbox.person("maria").comment_on_line(pull, "a.md", 10, "Look")
    token = await here.new_token(permissions={"pull_requests": "write"})
    [thread] = await threads(here)
    refused = await here.graphql(RESOLVE, token=token, id=thread["id"])
    assert refused["errors"][0]["type"] == "FORBIDDEN"
    settled = await here.graphql(RESOLVE, id=thread["id"])
    assert settled["data"]["resolveReviewThread"]["thread"] == {"isResolved": True}
    assert (await here.last("pull_request_review_thread"))["action"] == "resolved"
