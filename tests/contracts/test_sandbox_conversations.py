"""What people say in the sandbox, change, take back and tick, and how Apps react."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.contracts.sandbox_scene import REPO, Scene, scene

REACT = """mutation($id: ID!) { addReaction(input: {subjectId: $id, content: ROCKET}) {
  reaction { content user { login } } reactionGroups { content viewerHasReacted } } }"""


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Scene]:
    async with scene(tmp_path) as made:
        made.app.events = (*made.app.events, "issues")
        yield made


# ------------------------------------------------------------------ issues


async def test_an_issue_is_opened_and_talked_about(here: Scene) -> None:
    maria = here.sandbox.person("maria")
    issue = maria.open_issue(here.repository, "A question", "How?")
    maria.comment(issue, "/mas help")
    told = await here.last("issue_comment")
    assert (told["issue"]["number"], told["comment"]["body"]) == (1, "/mas help")
    assert "pull_request" not in told["issue"]
    assert (await here.last("issues"))["action"] == "opened"


async def test_issues_and_pull_requests_share_their_numbers(here: Scene) -> None:
    issue = here.sandbox.person("maria").open_issue(here.repository, "One")
    pull = await here.pull()
    assert (issue.number, pull.number) == (1, 2)
    listed = (await here.api("GET", f"{REPO}/issues")).body
    assert [(each["number"], "pull_request" in each) for each in listed] == [(2, True), (1, False)]
    assert (await here.api("GET", f"{REPO}/pulls/1")).status == 404


async def test_an_app_keeps_one_issue_and_finds_it_again(here: Scene) -> None:
    made = (await here.api("POST", f"{REPO}/issues", {"title": "Broken", "body": "line 3", "labels": ["mas"]})).body
    here.sandbox.person("maria").open_issue(here.repository, "Other", labels=["mas"])
    found = (await here.api("GET", f"{REPO}/issues?creator=mas[bot]&labels=mas")).body
    assert [each["number"] for each in found] == [made["number"]]
    closed = await here.api("PATCH", f"{REPO}/issues/1", {"state": "closed", "state_reason": "not_planned"})
    assert (closed.body["state"], closed.body["state_reason"]) == ("closed", "not_planned")
    assert (await here.api("GET", f"{REPO}/issues?creator=mas[bot]")).body == []


async def test_an_issue_without_a_title_is_refused(here: Scene) -> None:
    assert (await here.api("POST", f"{REPO}/issues", {"title": " "})).status == 422


# ------------------------------------------------------------------ comments


async def test_an_edit_tells_what_was_said_before(here: Scene) -> None:
    pull, maria = await here.pull(), here.sandbox.person("maria")
    said = maria.comment(pull, "/mas hlep")
    maria.edit_comment(said, "/mas help")
    told = await here.last("issue_comment")
    assert (told["action"], told["changes"]) == ("edited", {"body": {"from": "/mas hlep"}})
    assert (told["comment"]["body"], told["sender"]["login"]) == ("/mas help", "maria")


async def test_what_is_taken_back_is_told_with_its_words(here: Scene) -> None:
    pull, maria = await here.pull(), here.sandbox.person("maria")
    maria.delete_comment(maria.comment(pull, "/mas help"))
    told = await here.last("issue_comment")
    assert (told["action"], told["comment"]["body"], pull.comments) == ("deleted", "/mas help", [])


async def test_a_ticked_checkbox_is_an_edit_of_the_body(here: Scene) -> None:
    pull, maria = await here.pull(), here.sandbox.person("maria")
    body = "- [ ] rebase\n- [ ] start again"
    await here.api("PATCH", f"{REPO}/pulls/1", {"body": body})
    maria.tick(pull, "rebase")
    told = await here.last("pull_request")
    assert (told["action"], told["changes"]["body"]["from"], told["sender"]["login"]) == ("edited", body, "maria")
    assert told["pull_request"]["body"] == "- [x] rebase\n- [ ] start again"
    with pytest.raises(ValueError, match="0 unchecked checkboxes"):
        maria.tick(pull, "rebase")


# ------------------------------------------------------------------ reactions


async def test_a_reaction_is_exchanged_for_another(here: Scene) -> None:
    said = here.sandbox.comment(await here.pull(), "/mas help", by="maria")
    path = f"{REPO}/issues/comments/{said.id}/reactions"
    eyes = (await here.api("POST", path, {"content": "eyes"})).body
    await here.api("POST", path, {"content": "rocket"})
    assert (await here.api("DELETE", f"{path}/{eyes['id']}")).status == 204
    assert [r["content"] for r in (await here.api("GET", path)).body] == ["rocket"]
    assert (await here.api("DELETE", f"{path}/{eyes['id']}")).status == 404


async def test_nobody_takes_back_anothers_reaction(here: Scene) -> None:
    maria = here.sandbox.person("maria")
    said = maria.comment(await here.pull(), "Thanks")
    maria.react(said, "heart")
    path = f"{REPO}/issues/comments/{said.id}/reactions/{said.reactions[0].id}"
    assert (await here.api("DELETE", path)).status == 403


async def test_a_reaction_to_a_comment_needs_issues_write(here: Scene) -> None:
    said = here.sandbox.comment(await here.pull(), "/mas help", by="maria")
    token = await here.new_token(permissions={"pull_requests": "write"})
    path = f"{REPO}/issues/comments/{said.id}/reactions"
    refused = await here.api("POST", path, {"content": "eyes"}, token=token)
    assert (refused.status, refused.headers["X-Accepted-GitHub-Permissions"]) == (403, "issues=write")


async def test_graphql_reacts_to_anything_by_its_id(here: Scene) -> None:
    issue = here.sandbox.person("maria").open_issue(here.repository, "One")
    node = (await here.api("GET", f"{REPO}/issues/{issue.number}")).body["node_id"]
    made = (await here.graphql(REACT, id=node))["data"]["addReaction"]
    assert made["reaction"] == {"content": "ROCKET", "user": {"login": "mas[bot]"}}
    assert [g["content"] for g in made["reactionGroups"] if g["viewerHasReacted"]] == ["ROCKET"]
    assert [r.content for r in issue.reactions] == ["rocket"]
