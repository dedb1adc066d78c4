"""Checks in the sandbox: what an App says of a commit, and what people ask of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from github_sandbox.checks import CheckRun
from tests.contracts.sandbox_scene import REPO, SECRET, Scene, scene

NOTE = {"path": "a.md", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "Look."}
APPLY = {"label": "Apply", "description": "Commit the edits", "identifier": "apply"}


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Scene]:
    async with scene(tmp_path) as made:
        yield made


async def checked(here: Scene, **more: Any) -> CheckRun:
    """A completed check on main."""
    head = here.repository.announced_refs["refs/heads/main"]
    asked = {"name": "docs", "head_sha": head, "conclusion": "neutral", **more}
    made = await here.api("POST", f"{REPO}/check-runs", asked)
    assert made.status == 201, made.body
    return here.repository.check_runs[made.body["id"]]


async def heard(here: Scene) -> list[str]:
    return [event for event in await here.events() if event.startswith("check")]


# ------------------------------------------------------------------ by the App


async def test_a_check_is_made_and_completed(here: Scene) -> None:
    pull = await here.pull()
    run = {"name": "docs", "head_sha": pull.head_oid, "status": "in_progress"}
    made = (await here.api("POST", f"{REPO}/check-runs", run)).body
    output = {"title": "Stale", "summary": "One section", "annotations": [NOTE]}
    for _ in range(2):
        done = await here.api("PATCH", f"{REPO}/check-runs/{made['id']}", {"conclusion": "neutral", "output": output})
    assert (done.body["status"], done.body["conclusion"], done.body["output"]["annotations_count"]) == (
        "completed",
        "neutral",
        2,
    )
    listed = (await here.api("GET", f"{REPO}/commits/{pull.head_oid}/check-runs")).body
    assert [(r["name"], r["pull_requests"][0]["number"]) for r in listed["check_runs"]] == [("docs", 1)]
    assert await heard(here) == ["check_run created", "check_run completed"]


async def test_annotations_grow_by_fifty_a_request(here: Scene) -> None:
    fifty = {"title": "t", "summary": "s", "annotations": [NOTE] * 50}
    run = await checked(here, output=fifty)
    await here.api("PATCH", f"{REPO}/check-runs/{run.id}", {"output": fifty})
    page = await here.api("GET", f"{REPO}/check-runs/{run.id}/annotations?per_page=100")
    assert len(page.body) == 100


async def test_a_check_that_begins_again_has_no_conclusion(here: Scene) -> None:
    run = await checked(here)
    again = (await here.api("PATCH", f"{REPO}/check-runs/{run.id}", {"status": "in_progress"})).body
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
async def test_a_wrong_check_is_refused(here: Scene, change: dict[str, Any]) -> None:
    head = here.repository.announced_refs["refs/heads/main"]
    refused = await here.api("POST", f"{REPO}/check-runs", {"name": "docs", "head_sha": head, **change})
    assert refused.status == 422
    assert here.repository.check_runs == {}


async def test_only_apps_make_checks(here: Scene) -> None:
    head = here.repository.announced_refs["refs/heads/main"]
    refused = await here.api("POST", f"{REPO}/check-runs", {"name": "docs", "head_sha": head}, token=here.maria)
    assert (refused.status, refused.message) == (403, "You must authenticate via a GitHub App.")


async def test_one_query_sees_our_checks_on_a_pull_requests_head(here: Scene) -> None:
    pull = await here.pull()
    await checked(here, head_sha=pull.head_oid, conclusion="failure", external_id="7")
    query = """query($app: Int!) { repository(owner: "octo", name: "sample") { pullRequest(number: 1) {
      statusCheckRollup { state }
      commits(last: 1) { nodes { commit { checkSuites(first: 1, filterBy: {appId: $app}) { nodes {
        status conclusion checkRuns(first: 5) { nodes { name externalId conclusion } } } } } } } } } }"""
    found = (await here.graphql(query, app=here.app.id))["data"]["repository"]["pullRequest"]
    suite = found["commits"]["nodes"][0]["commit"]["checkSuites"]["nodes"][0]
    assert (found["statusCheckRollup"]["state"], suite["conclusion"]) == ("FAILURE", "FAILURE")
    assert suite["checkRuns"]["nodes"] == [{"name": "docs", "externalId": "7", "conclusion": "FAILURE"}]


async def test_of_runs_of_one_name_the_newest_counts(here: Scene) -> None:
    await checked(here, conclusion="failure")
    newest = await checked(here, conclusion="success")
    path = f"{REPO}/commits/{newest.head_oid}/check-runs"
    latest, every = [(await here.api("GET", path + more)).body for more in ("", "?filter=all")]
    assert [run["conclusion"] for run in latest["check_runs"]] == ["success"]
    assert [run["conclusion"] for run in every["check_runs"]] == ["success", "failure"]
    assert newest.suite.conclusion == "success"


# ------------------------------------------------------------------ by people


async def test_a_click_on_an_action_names_it_and_who_clicked(here: Scene) -> None:
    run = await checked(here, actions=[APPLY], external_id="7")
    here.sandbox.person("maria").click(run, "apply")
    told = await here.last("check_run")
    assert (told["action"], told["requested_action"]) == ("requested_action", {"identifier": "apply"})
    assert (told["check_run"]["external_id"], told["sender"]["login"]) == ("7", "maria")


async def test_there_is_no_click_on_an_action_that_is_not_offered(here: Scene) -> None:
    run = await checked(here, actions=[APPLY])
    with pytest.raises(ValueError, match="no action"):
        here.sandbox.person("maria").click(run, "rebase")


async def test_a_rerun_is_asked_of_the_app_and_changes_the_suite_alone(here: Scene) -> None:
    run = await checked(here)
    here.sandbox.person("maria").rerun(run)
    assert (await here.last("check_run"))["action"] == "rerequested"
    assert (run.status, run.suite.status) == ("completed", "queued")
    await checked(here)
    assert run.suite.status == "completed"


async def test_requests_of_people_reach_the_checks_own_app_alone(here: Scene) -> None:
    url = here.app.webhook_url
    other = here.sandbox.register_app("other", {"checks": "read"}, ["check_run", "check_suite"], url, SECRET)
    here.sandbox.install(other, "octo", [here.repository])
    run, maria = await checked(here, actions=[APPLY]), here.sandbox.person("maria")
    maria.rerun(run)
    maria.click(run, "apply")
    maria.rerun_all(here.repository, here.app, run.head_oid)
    await here.sandbox.drain()
    told = [(d.app.slug, d.action) for d in here.sandbox.deliveries if d.event in ("check_run", "check_suite")]
    both = [(app, action) for action in ("created", "completed") for app in ("mas", "other")]
    assert told == [*both, ("mas", "rerequested"), ("mas", "requested_action")]


async def test_an_app_that_listens_to_suites_is_asked_at_each_push(here: Scene) -> None:
    here.app.events = ("check_suite",)
    head = here.sandbox.person("maria").push(here.repository, "topic", {"b.md": "B\n"})
    told = await here.last("check_suite")
    assert (told["action"], told["check_suite"]["head_sha"]) == ("requested", head)
    here.sandbox.person("maria").rerun_all(here.repository, here.app, head)
    assert (await here.last("check_suite"))["action"] == "rerequested"
