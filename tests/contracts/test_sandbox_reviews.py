"""Reviews in the sandbox: only on lines of the diff; threads move with their lines."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from github_sandbox import PullRequest
from tests.contracts.sandbox_scene import REPO, Scene, running_scene

OLD = "".join(f"line {n}\n" for n in range(1, 21))
NEW = OLD.replace("line 10\n", "line ten\n")
REVIEWS, COMMENTS = f"{REPO}/pulls/1/reviews", f"{REPO}/pulls/1/comments"
RESOLVE = "mutation($id: ID!) { resolveReviewThread(input: {threadId: $id}) { thread { isResolved } } }"
THREADS = """{ repository(owner: "octo", name: "sample") { pullRequest(number: 1) { reviewThreads(first: 9) { nodes {
  id isResolved isOutdated line viewerCanResolve comments(first: 9) { nodes { author { login } body } } } } } } }"""


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with running_scene(tmp_path) as running:
        of_reviews = ("pull_request_review", "pull_request_review_comment", "pull_request_review_thread")
        running.app.events = (*running.app.events, *of_reviews)
        yield running


@pytest.fixture
async def pull(scene: Scene) -> PullRequest:
    """A pull request in which Maria changed line 10 of 20."""
    maria = scene.sandbox.person("maria")
    maria.push(scene.repository, "main", {"a.md": OLD})
    maria.push(scene.repository, "topic", {"a.md": NEW})
    return maria.open_pull(scene.repository, "topic")


async def threads(scene: Scene) -> list[dict[str, Any]]:
    found = (await scene.graphql(THREADS))["data"]["repository"]["pullRequest"]
    nodes: list[dict[str, Any]] = found["reviewThreads"]["nodes"]
    return nodes


async def test_a_review_is_created_with_its_comments(scene: Scene, pull: PullRequest) -> None:
    comments = [{"path": "a.md", "line": line, "body": str(line)} for line in (9, 10)]
    created = await scene.api("POST", REVIEWS, {"event": "COMMENT", "body": "Two things", "comments": comments})
    assert (created.status, created.body["state"]) == (200, "COMMENTED")
    listed = (await scene.api("GET", COMMENTS)).body
    assert [(c["line"], c["body"], c["pull_request_review_id"]) for c in listed] == [
        (9, "9", created.body["id"]),
        (10, "10", created.body["id"]),
    ]
    assert listed[1]["diff_hunk"].endswith("-line 10\n+line ten")
    events = [e for e in await scene.events() if e.startswith("pull_request_review")]
    assert events == ["pull_request_review submitted", *["pull_request_review_comment created"] * 2]


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"line": 20}, id="a line that the diff does not show"),
        pytest.param({"path": "README.md"}, id="a file that the diff does not have"),
        pytest.param({"line": 10, "side": "LEFT", "path": "none"}, id="no such file"),
    ],
)
async def test_one_invalid_line_rejects_the_whole_review(
    scene: Scene, pull: PullRequest, wrong: dict[str, Any]
) -> None:
    right = {"path": "a.md", "line": 10, "body": "x"}
    refused = await scene.api("POST", REVIEWS, {"event": "COMMENT", "comments": [right, {**right, **wrong}]})
    assert (refused.status, refused.body["errors"]) == (422, ["Line could not be resolved"])
    assert (pull.reviews, pull.threads) == ([], [])


async def test_authors_cannot_approve_their_own_pull_request(scene: Scene) -> None:
    await scene.pull()
    refused = await scene.api("POST", REVIEWS, {"event": "APPROVE"})
    assert (refused.status, refused.body["errors"]) == (422, ["Can not approve your own pull request"])


async def test_an_empty_review_is_rejected(scene: Scene, pull: PullRequest) -> None:
    assert (await scene.api("POST", REVIEWS, {"event": "COMMENT"})).status == 422


async def test_a_review_fulfils_its_request(scene: Scene, pull: PullRequest) -> None:
    ann = scene.sandbox.person("ann")
    scene.sandbox.person("maria").request_review(pull, "ann")
    ann.review(pull, "Good", "APPROVED")
    assert pull.reviewers == []


async def test_a_user_comments_on_a_line_and_edits_the_comment(scene: Scene, pull: PullRequest) -> None:
    maria = scene.sandbox.person("maria")
    comment = maria.comment_on_line(pull, "a.md", 10, "/mas hlep")
    assert (await scene.last_payload("pull_request_review_comment"))["action"] == "created"
    maria.edit_comment(comment, "/mas help")
    payload = await scene.last_payload("pull_request_review_comment")
    assert (payload["action"], payload["changes"], payload["comment"]["line"]) == (
        "edited",
        {"body": {"from": "/mas hlep"}},
        10,
    )
    with pytest.raises(ValueError, match="not part of the diff"):
        maria.comment_on_line(pull, "a.md", 20, "x")


async def test_a_reply_is_added_to_its_thread(scene: Scene, pull: PullRequest) -> None:
    comment = scene.sandbox.person("maria").comment_on_line(pull, "a.md", 10, "/mas help")
    reply = await scene.api("POST", f"{COMMENTS}/{comment.id}/replies", {"body": "Here is help."})
    assert (reply.status, reply.body["in_reply_to_id"]) == (201, comment.id)
    assert (await scene.api("POST", f"{COMMENTS}/{reply.body['id']}/replies", {"body": "x"})).status == 404
    [thread] = await threads(scene)
    assert [(c["author"]["login"], c["body"]) for c in thread["comments"]["nodes"]] == [
        ("maria", "/mas help"),
        ("mas", "Here is help."),
    ]


async def test_a_reaction_to_it_needs_only_pull_requests(scene: Scene, pull: PullRequest) -> None:
    comment = scene.sandbox.person("maria").comment_on_line(pull, "a.md", 10, "/mas help")
    token = await scene.new_token(permissions={"pull_requests": "write"})
    path = f"{REPO}/pulls/comments/{comment.id}/reactions"
    created = await scene.api("POST", path, {"content": "eyes"}, token=token)
    assert (created.status, [r.content for r in comment.reactions]) == (201, ["eyes"])
    assert (await scene.api("DELETE", f"{path}/{created.body['id']}", token=token)).status == 204


async def test_a_comment_on_a_whole_file_needs_no_line(scene: Scene, pull: PullRequest) -> None:
    request = {"path": "a.md", "subject_type": "file", "body": "All of it", "commit_id": pull.head_oid}
    created = await scene.api("POST", COMMENTS, request)
    assert (created.status, created.body["subject_type"]) == (201, "file")


async def test_a_thread_moves_with_its_line(scene: Scene, pull: PullRequest) -> None:
    maria = scene.sandbox.person("maria")
    comment = maria.comment_on_line(pull, "a.md", 10, "Look")
    maria.push(scene.repository, "topic", {"a.md": "new\n" + NEW})
    [thread] = await threads(scene)
    assert (thread["isOutdated"], thread["line"]) == (False, 11)
    shown = (await scene.api("GET", f"{REPO}/pulls/comments/{comment.id}")).body
    assert (shown["line"], shown["original_line"], shown["commit_id"]) == (11, 10, pull.head_oid)


async def test_a_thread_is_outdated_when_its_line_is_changed(scene: Scene, pull: PullRequest) -> None:
    maria = scene.sandbox.person("maria")
    comment = maria.comment_on_line(pull, "a.md", 10, "Look")
    maria.push(scene.repository, "topic", {"a.md": NEW.replace("ten", "TEN")})
    [thread] = await threads(scene)
    assert (thread["isOutdated"], thread["line"]) == (True, None)
    shown = (await scene.api("GET", f"{REPO}/pulls/comments/{comment.id}")).body
    assert (shown["line"], shown["position"], shown["original_line"]) == (None, None, 10)


async def test_an_app_resolves_a_thread_only_with_write_access_to_contents(scene: Scene, pull: PullRequest) -> None:
    scene.sandbox.person("maria").comment_on_line(pull, "a.md", 10, "Look")
    token = await scene.new_token(permissions={"pull_requests": "write"})
    [thread] = await threads(scene)
    refused = await scene.graphql(RESOLVE, token=token, id=thread["id"])
    assert refused["errors"][0]["type"] == "FORBIDDEN"
    settled = await scene.graphql(RESOLVE, id=thread["id"])
    assert settled["data"]["resolveReviewThread"]["thread"] == {"isResolved": True}
    assert (await scene.last_payload("pull_request_review_thread"))["action"] == "resolved"
