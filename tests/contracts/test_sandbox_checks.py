"""Check runs and suites in the sandbox."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from github_sandbox.checks import CheckRun
from tests.contracts.sandbox_scene import REPO, SECRET, Scene, running_scene

NOTE = {"path": "a.md", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "Look."}
APPLY = {"label": "Apply", "description": "Commit the edits", "identifier": "apply"}


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with running_scene(tmp_path) as running:
        yield running


async def create_check(scene: Scene, **more: Any) -> CheckRun:
    """Create a completed check run on main."""
    head = scene.repository.announced_refs["refs/heads/main"]
    request = {"name": "docs", "head_sha": head, "conclusion": "neutral", **more}
    created = await scene.api("POST", f"{REPO}/check-runs", request)
    assert created.status == 201, created.body
    return scene.repository.check_runs[created.body["id"]]


async def check_events(scene: Scene) -> list[str]:
    return [event for event in await scene.events() if event.startswith("check")]


# ------------------------------------------------------------------ Apps


async def test_a_check_is_created_and_completed(scene: Scene) -> None:
    pull = await scene.pull()
    run = {"name": "docs", "head_sha": pull.head_oid, "status": "in_progress"}
    created = (await scene.api("POST", f"{REPO}/check-runs", run)).body
    output = {"title": "Stale", "summary": "One section", "annotations": [NOTE]}
    for _ in range(2):
        done = await scene.api(
            "PATCH", f"{REPO}/check-runs/{created['id']}", {"conclusion": "neutral", "output": output}
        )
    assert (done.body["status"], done.body["conclusion"], done.body["output"]["annotations_count"]) == (
        "completed",
        "neutral",
        2,
    )
    listed = (await scene.api("GET", f"{REPO}/commits/{pull.head_oid}/check-runs")).body
    assert [(r["name"], r["pull_requests"][0]["number"]) for r in listed["check_runs"]] == [("docs", 1)]
    assert await check_events(scene) == ["check_run created", "check_run completed"]


async def test_each_request_adds_up_to_fifty_annotations(scene: Scene) -> None:
    fifty = {"title": "t", "summary": "s", "annotations": [NOTE] * 50}
    run = await create_check(scene, output=fifty)
    await scene.api("PATCH", f"{REPO}/check-runs/{run.id}", {"output": fifty})
    page = await scene.api("GET", f"{REPO}/check-runs/{run.id}/annotations?per_page=100")
    assert len(page.body) == 100


async def test_a_restarted_check_has_no_conclusion(scene: Scene) -> None:
    run = await create_check(scene)
    again = (await scene.api("PATCH", f"{REPO}/check-runs/{run.id}", {"status": "in_progress"})).body
    assert (again["status"], again["conclusion"], again["completed_at"]) == ("in_progress", None, None)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"head_sha": "a" * 40}, id="a commit that is not there"),
        pytest.param({"status": "completed"}, id="completed without a conclusion"),
        pytest.param({"conclusion": "fine"}, id="a conclusion that is none"),
        pytest.param({"output": {"title": "t", "summary": "s" * 65536}}, id="a long summary"),
        pytest.param({"output": {"title": "t"}}, id="no summary"),
        pytest.param({"output": {"title": "t", "summary": "s", "annotations": [NOTE] * 51}}, id="51 annotations"),
        pytest.param(
            {"output": {"title": "t", "summary": "s", "annotations": [{**NOTE, "title": "t" * 256}]}}, id="a long title"
        ),
        pytest.param(
            {"output": {"title": "t", "summary": "s", "annotations": [{**NOTE, "end_line": 2, "start_column": 1}]}},
            id="columns over two lines",
        ),
        pytest.param(
            {"output": {"title": "t", "summary": "s", "annotations": [{**NOTE, "end_line": 0}]}}, id="backward lines"
        ),
        pytest.param({"actions": [APPLY] * 4}, id="four actions"),
        pytest.param({"actions": [{**APPLY, "label": "l" * 21}]}, id="a long label"),
        pytest.param({"actions": [{**APPLY, "description": "d" * 41}]}, id="a long description"),
        pytest.param({"actions": [{**APPLY, "identifier": "i" * 21}]}, id="a long identifier"),
    ],
)
async def test_an_invalid_check_is_rejected(scene: Scene, change: dict[str, Any]) -> None:
    head = scene.repository.announced_refs["refs/heads/main"]
    refused = await scene.api("POST", f"{REPO}/check-runs", {"name": "docs", "head_sha": head, **change})
    assert refused.status == 422
    assert scene.repository.check_runs == {}


async def test_only_apps_create_checks(scene: Scene) -> None:
    head = scene.repository.announced_refs["refs/heads/main"]
    refused = await scene.api("POST", f"{REPO}/check-runs", {"name": "docs", "head_sha": head}, token=scene.maria)
    assert (refused.status, refused.message) == (403, "You must authenticate via a GitHub App.")


async def test_one_query_returns_the_apps_checks_on_a_pull_requests_head(scene: Scene) -> None:
    pull = await scene.pull()
    await create_check(scene, head_sha=pull.head_oid, conclusion="failure", external_id="7")
    query = """query($app: Int!) { repository(owner: "octo", name: "sample") { pullRequest(number: 1) {
      statusCheckRollup { state }
      commits(last: 1) { nodes { commit { checkSuites(first: 1, filterBy: {appId: $app}) { nodes {
        status conclusion checkRuns(first: 5) { nodes { name externalId conclusion } } } } } } } } } }"""
    found = (await scene.graphql(query, app=scene.app.id))["data"]["repository"]["pullRequest"]
    suite = found["commits"]["nodes"][0]["commit"]["checkSuites"]["nodes"][0]
    assert (found["statusCheckRollup"]["state"], suite["conclusion"]) == ("FAILURE", "FAILURE")
    assert suite["checkRuns"]["nodes"] == [{"name": "docs", "externalId": "7", "conclusion": "FAILURE"}]


async def test_the_newest_run_of_a_name_counts(scene: Scene) -> None:
    await create_check(scene, conclusion="failure")
    newest = await create_check(scene, conclusion="success")
    path = f"{REPO}/commits/{newest.head_oid}/check-runs"
    latest, every = [(await scene.api("GET", path + more)).body for more in ("", "?filter=all")]
    assert [run["conclusion"] for run in latest["check_runs"]] == ["success"]
    assert [run["conclusion"] for run in every["check_runs"]] == ["success", "failure"]
    assert newest.suite.conclusion == "success"


# ------------------------------------------------------------------ users


async def test_a_requested_action_event_has_the_action_and_the_user(scene: Scene) -> None:
    run = await create_check(scene, actions=[APPLY], external_id="7")
    scene.sandbox.person("maria").click(run, "apply")
    payload = await scene.last_payload("check_run")
    assert (payload["action"], payload["requested_action"]) == ("requested_action", {"identifier": "apply"})
    assert (payload["check_run"]["external_id"], payload["sender"]["login"]) == ("7", "maria")


async def test_an_unknown_action_cannot_be_clicked(scene: Scene) -> None:
    run = await create_check(scene, actions=[APPLY])
    with pytest.raises(ValueError, match="no action"):
        scene.sandbox.person("maria").click(run, "rebase")


async def test_a_rerun_notifies_the_app_and_resets_only_the_suite(scene: Scene) -> None:
    run = await create_check(scene)
    scene.sandbox.person("maria").rerun(run)
    assert (await scene.last_payload("check_run"))["action"] == "rerequested"
    assert (run.status, run.suite.status) == ("completed", "queued")
    await create_check(scene)
    assert run.suite.status == "completed"


async def test_check_requests_reach_only_the_checks_own_app(scene: Scene) -> None:
    url = scene.app.webhook_url
    other = scene.sandbox.register_app("other", {"checks": "read"}, ["check_run", "check_suite"], url, SECRET)
    scene.sandbox.install(other, "octo", [scene.repository])
    run, maria = await create_check(scene, actions=[APPLY]), scene.sandbox.person("maria")
    maria.rerun(run)
    maria.click(run, "apply")
    maria.rerun_all(scene.repository, scene.app, run.head_oid)
    await scene.sandbox.drain()
    sent = [(d.app.slug, d.action) for d in scene.sandbox.deliveries if d.event in ("check_run", "check_suite")]
    both = [(app, action) for action in ("created", "completed") for app in ("mas", "other")]
    assert sent == [*both, ("mas", "rerequested"), ("mas", "requested_action")]


async def test_each_push_requests_a_check_suite(scene: Scene) -> None:
    scene.app.events = ("check_suite",)
    head = scene.sandbox.person("maria").push(scene.repository, "topic", {"b.md": "B\n"})
    payload = await scene.last_payload("check_suite")
    assert (payload["action"], payload["check_suite"]["head_sha"]) == ("requested", head)
    scene.sandbox.person("maria").rerun_all(scene.repository, scene.app, head)
    assert (await scene.last_payload("check_suite"))["action"] == "rerequested"
