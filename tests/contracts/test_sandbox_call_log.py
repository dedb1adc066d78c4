"""The record of calls: what was called, by whom, what of it wrote, and at which pace."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from github_sandbox import find_rapid_writes, max_writes
from tests.contracts.sandbox_scene import REPO, Scene, scene

DRAFT = "mutation($id: ID!) { convertPullRequestToDraft(input: {pullRequestId: $id}) { clientMutationId } }"


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Scene]:
    async with scene(tmp_path) as made:
        yield made


async def test_calls_since_a_moment_are_told_apart_by_what_they_do(here: Scene) -> None:
    await here.pull()
    mark = len(here.sandbox.calls)
    node = (await here.api("GET", f"{REPO}/pulls/1")).body["node_id"]
    await here.api("POST", f"{REPO}/issues/1/comments", {"body": "Hello"})
    await here.graphql("query Look { viewer { login } }")
    await here.graphql(DRAFT, id=node)
    made = here.sandbox.calls[mark:]
    assert [(call.method, call.path, call.operation, call.writes) for call in made] == [
        ("GET", f"{REPO}/pulls/1", "", False),
        ("POST", f"{REPO}/issues/1/comments", "", True),
        ("POST", "/graphql", "Look", False),
        ("POST", "/graphql", "convertPullRequestToDraft", True),
    ]
    assert {call.caller for call in made} == {f"installation ID {here.installation}"}


async def test_a_token_is_no_write_and_a_refusal_is_still_a_call(here: Scene) -> None:
    mark = len(here.sandbox.calls)
    await here.new_token()
    await here.api("POST", f"{REPO}/issues/9/comments", {"body": "Hello"})
    assert [(call.status, call.writes) for call in here.sandbox.calls[mark:]] == [(201, False), (404, True)]


async def test_a_broken_gateway_is_counted_with_its_caller(here: Scene) -> None:
    here.sandbox.fault(r"/pulls$")
    await here.api("GET", f"{REPO}/pulls")
    last = here.sandbox.calls[-1]
    assert (last.status, last.caller) == (502, f"installation ID {here.installation}")


async def test_writes_closer_than_a_second_are_found(here: Scene) -> None:
    await here.pull()
    mark = len(here.sandbox.calls)
    for pause in (1.0, 0.4, 2.0):
        await here.api("POST", f"{REPO}/issues/1/comments", {"body": "Hello"})
        await here.api("GET", REPO)
        here.clock.forward(seconds=pause)
    await here.api("POST", f"{REPO}/issues/1/comments", {"body": "Hello"}, token=here.maria)
    made = here.sandbox.calls[mark:]
    [(first, second)] = find_rapid_writes(made)
    assert (second.at - first.at).total_seconds() == 0.4
    assert (max_writes(made), max_writes(made, seconds=1)) == (3, 2)
