"""The sandbox's call log: calls, callers, writes and their pace."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from github_sandbox import find_rapid_writes, max_writes
from tests.contracts.sandbox_scene import REPO, Scene, running_scene

DRAFT = "mutation($id: ID!) { convertPullRequestToDraft(input: {pullRequestId: $id}) { clientMutationId } }"


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with running_scene(tmp_path) as running:
        yield running


async def test_calls_are_logged_with_operation_and_kind(scene: Scene) -> None:
    await scene.pull()
    start = len(scene.sandbox.calls)
    node = (await scene.api("GET", f"{REPO}/pulls/1")).body["node_id"]
    await scene.api("POST", f"{REPO}/issues/1/comments", {"body": "Hello"})
    await scene.graphql("query Look { viewer { login } }")
    await scene.graphql(DRAFT, id=node)
    calls = scene.sandbox.calls[start:]
    assert [(call.method, call.path, call.operation, call.writes) for call in calls] == [
        ("GET", f"{REPO}/pulls/1", "", False),
        ("POST", f"{REPO}/issues/1/comments", "", True),
        ("POST", "/graphql", "Look", False),
        ("POST", "/graphql", "convertPullRequestToDraft", True),
    ]
    assert {call.caller for call in calls} == {f"installation ID {scene.installation}"}


async def test_creating_a_token_is_not_a_write_and_failed_calls_are_logged(scene: Scene) -> None:
    start = len(scene.sandbox.calls)
    await scene.new_token()
    await scene.api("POST", f"{REPO}/issues/9/comments", {"body": "Hello"})
    assert [(call.status, call.writes) for call in scene.sandbox.calls[start:]] == [(201, False), (404, True)]


async def test_an_injected_fault_is_logged_with_its_caller(scene: Scene) -> None:
    scene.sandbox.fault(r"/pulls$")
    await scene.api("GET", f"{REPO}/pulls")
    last = scene.sandbox.calls[-1]
    assert (last.status, last.caller) == (502, f"installation ID {scene.installation}")


async def test_writes_closer_than_a_second_are_found(scene: Scene) -> None:
    await scene.pull()
    start = len(scene.sandbox.calls)
    for pause in (1.0, 0.4, 2.0):
        await scene.api("POST", f"{REPO}/issues/1/comments", {"body": "Hello"})
        await scene.api("GET", REPO)
        scene.clock.advance(seconds=pause)
    await scene.api("POST", f"{REPO}/issues/1/comments", {"body": "Hello"}, token=scene.maria)
    calls = scene.sandbox.calls[start:]
    [(first, second)] = find_rapid_writes(calls)
    assert (second.at - first.at).total_seconds() == 0.4
    assert (max_writes(calls), max_writes(calls, seconds=1)) == (3, 2)
