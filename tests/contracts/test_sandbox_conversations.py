"""Issues, comments and reactions in the sandbox."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.contracts.sandbox_scene import REPO, Scene, running_scene

REACT = """mutation($id: ID!) { addReaction(input: {subjectId: $id, content: ROCKET}) {
  reaction { content user { login } } reactionGroups { content viewerHasReacted } } }"""


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with running_scene(tmp_path) as running:
        running.app.events = (*running.app.events, "issues")
        yield running


# ------------------------------------------------------------------ issues


async def test_an_issue_is_opened_and_commented_on(scene: Scene) -> None:
    maria = scene.sandbox.person("maria")
    issue = maria.open_issue(scene.repository, "A question", "How?")
    maria.comment(issue, "/mas help")
    payload = await scene.last_payload("issue_comment")
    assert (payload["issue"]["number"], payload["comment"]["body"]) == (1, "/mas help")
    assert "pull_request" not in payload["issue"]
    assert (await scene.last_payload("issues"))["action"] == "opened"


async def test_issues_and_pull_requests_share_their_numbers(scene: Scene) -> None:
    issue = scene.sandbox.person("maria").open_issue(scene.repository, "One")
    pull = await scene.pull()
    assert (issue.number, pull.number) == (1, 2)
    listed = (await scene.api("GET", f"{REPO}/issues")).body
    assert [(each["number"], "pull_request" in each) for each in listed] == [(2, True), (1, False)]
    assert (await scene.api("GET", f"{REPO}/pulls/1")).status == 404


async def test_an_app_finds_its_issue_by_creator_and_label(scene: Scene) -> None:
    created = (await scene.api("POST", f"{REPO}/issues", {"title": "Broken", "body": "line 3", "labels": ["mas"]})).body
    scene.sandbox.person("maria").open_issue(scene.repository, "Other", labels=["mas"])
    found = (await scene.api("GET", f"{REPO}/issues?creator=mas[bot]&labels=mas")).body
    assert [each["number"] for each in found] == [created["number"]]
    closed = await scene.api("PATCH", f"{REPO}/issues/1", {"state": "closed", "state_reason": "not_planned"})
    assert (closed.body["state"], closed.body["state_reason"]) == ("closed", "not_planned")
    assert (await scene.api("GET", f"{REPO}/issues?creator=mas[bot]")).body == []


async def test_an_issue_without_a_title_is_rejected(scene: Scene) -> None:
    assert (await scene.api("POST", f"{REPO}/issues", {"title": " "})).status == 422


# ------------------------------------------------------------------ comments


async def test_an_edit_event_has_the_previous_body(scene: Scene) -> None:
    pull, maria = await scene.pull(), scene.sandbox.person("maria")
    comment = maria.comment(pull, "/mas hlep")
    maria.edit_comment(comment, "/mas help")
    payload = await scene.last_payload("issue_comment")
    assert (payload["action"], payload["changes"]) == ("edited", {"body": {"from": "/mas hlep"}})
    assert (payload["comment"]["body"], payload["sender"]["login"]) == ("/mas help", "maria")


async def test_a_delete_event_has_the_comment(scene: Scene) -> None:
    pull, maria = await scene.pull(), scene.sandbox.person("maria")
    maria.delete_comment(maria.comment(pull, "/mas help"))
    payload = await scene.last_payload("issue_comment")
    assert (payload["action"], payload["comment"]["body"], pull.comments) == ("deleted", "/mas help", [])


async def test_a_ticked_checkbox_is_an_edit_of_the_body(scene: Scene) -> None:
    pull, maria = await scene.pull(), scene.sandbox.person("maria")
    body = "- [ ] rebase\n- [ ] start again"
    await scene.api("PATCH", f"{REPO}/pulls/1", {"body": body})
    maria.tick(pull, "rebase")
    payload = await scene.last_payload("pull_request")
    assert (payload["action"], payload["changes"]["body"]["from"], payload["sender"]["login"]) == (
        "edited",
        body,
        "maria",
    )
    assert payload["pull_request"]["body"] == "- [x] rebase\n- [ ] start again"
    with pytest.raises(ValueError, match="0 unchecked checkboxes"):
        maria.tick(pull, "rebase")


# ------------------------------------------------------------------ reactions


async def test_a_reaction_is_replaced_by_another(scene: Scene) -> None:
    comment = scene.sandbox.comment(await scene.pull(), "/mas help", by="maria")
    path = f"{REPO}/issues/comments/{comment.id}/reactions"
    eyes = (await scene.api("POST", path, {"content": "eyes"})).body
    await scene.api("POST", path, {"content": "rocket"})
    assert (await scene.api("DELETE", f"{path}/{eyes['id']}")).status == 204
    assert [r["content"] for r in (await scene.api("GET", path)).body] == ["rocket"]
    assert (await scene.api("DELETE", f"{path}/{eyes['id']}")).status == 404


async def test_only_its_author_can_remove_a_reaction(scene: Scene) -> None:
    maria = scene.sandbox.person("maria")
    comment = maria.comment(await scene.pull(), "Thanks")
    maria.react(comment, "heart")
    path = f"{REPO}/issues/comments/{comment.id}/reactions/{comment.reactions[0].id}"
    assert (await scene.api("DELETE", path)).status == 403


async def test_a_reaction_to_a_comment_needs_issues_write(scene: Scene) -> None:
    comment = scene.sandbox.comment(await scene.pull(), "/mas help", by="maria")
    token = await scene.new_token(permissions={"pull_requests": "write"})
    path = f"{REPO}/issues/comments/{comment.id}/reactions"
    refused = await scene.api("POST", path, {"content": "eyes"}, token=token)
    assert (refused.status, refused.headers["X-Accepted-GitHub-Permissions"]) == (403, "issues=write")


async def test_graphql_reacts_to_anything_by_its_id(scene: Scene) -> None:
    issue = scene.sandbox.person("maria").open_issue(scene.repository, "One")
    node = (await scene.api("GET", f"{REPO}/issues/{issue.number}")).body["node_id"]
    created = (await scene.graphql(REACT, id=node))["data"]["addReaction"]
    assert created["reaction"] == {"content": "ROCKET", "user": {"login": "mas[bot]"}}
    assert [g["content"] for g in created["reactionGroups"] if g["viewerHasReacted"]] == ["ROCKET"]
    assert [r.content for r in issue.reactions] == ["rocket"]
