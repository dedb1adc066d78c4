"""Endpoints of check runs.

https://docs.github.com/rest/checks/runs
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from github_sandbox.checks import CONCLUSIONS, CheckRun
from github_sandbox.payloads.checks import annotation, check_run
from github_sandbox.refusal import Refusal, invalid, too_long
from github_sandbox.rest import Call, Reply, Route
from github_sandbox.state import App

_TEXT_LIMIT = 65535
_ANNOTATIONS = 50
_ACTIONS = {"label": 20, "description": 40, "identifier": 20}
_LEVELS = ("notice", "warning", "failure")
_NOTE_LIMITS = {"title": 255, "message": 64 * 1024, "raw_details": 64 * 1024}


def _app(call: Call) -> App:
    if call.principal.app is None:
        raise Refusal(403, "You must authenticate via a GitHub App.")
    return call.principal.app


# ------------------------------------------------------------------ what is sent


def _output(call: Call) -> dict[str, Any]:
    output = call.body.get("output") or {}
    if output and not output.get("summary"):
        raise Refusal(422, 'Invalid request.\n\n"summary" wasn\'t supplied.')
    long = [name for name in ("summary", "text") if len(output.get(name) or "") > _TEXT_LIMIT]
    if long:
        raise invalid(*(too_long("CheckRun", name, _TEXT_LIMIT) for name in long))
    _at_most(_ANNOTATIONS, output.get("annotations", []))
    for note in output.get("annotations", []):
        _check_note(note)
    return dict(output)


def _at_most(number: int, items: list[Any]) -> None:
    if len(items) > number:
        raise Refusal(422, f"Invalid request.\n\nNo more than {number} items are allowed; {len(items)} were supplied.")


def _check_note(note: dict[str, Any]) -> None:
    """An annotation as GitHub takes it: whole lines, or columns within one."""
    lacking = [name for name in ("path", "start_line", "end_line", "annotation_level", "message") if name not in note]
    if lacking:
        raise Refusal(422, f'Invalid request.\n\n"{lacking[0]}" wasn\'t supplied.')
    long = [name for name, limit in _NOTE_LIMITS.items() if len(str(note.get(name) or "").encode()) > limit]
    wrong = note["annotation_level"] not in _LEVELS or not 1 <= note["start_line"] <= note["end_line"]
    columns = {"start_column", "end_column"} & note.keys() and note["start_line"] != note["end_line"]
    if long or wrong or columns:
        raise invalid({"resource": "CheckAnnotation", "code": "invalid", "field": next(iter(long), "data")})


def _actions(call: Call) -> list[dict[str, str]]:
    actions = call.body.get("actions", [])
    _at_most(3, actions)
    for action in actions:
        for name, limit in _ACTIONS.items():
            given = str(action.get(name, ""))
            if not given:
                raise Refusal(422, f'Invalid request.\n\n"{name}" wasn\'t supplied.')
            if len(given) > limit:
                words = f"Only {limit} characters are allowed; {len(given)} were supplied."
                raise Refusal(422, f"Invalid request.\n\n{words}")
    return [dict(action) for action in actions]


# ------------------------------------------------------------------ endpoints


def create(call: Call) -> Reply:
    app, repository, output, actions = _app(call), call.repository, _output(call), _actions(call)
    name, head = call.text("name", "CheckRun"), call.text("head_sha", "CheckRun")
    if repository.git.resolve(head) != head:
        raise Refusal(422, f"No commit found for SHA: {head}")
    run = CheckRun(
        id=call.world.new_id(),
        suite=call.activity.checks.suite(repository, app, head),
        name=name,
        status="queued",
        conclusion=None,
        started_at=call.world.now(),
        completed_at=None,
        external_id=str(call.body.get("external_id", "")),
        details_url=call.body.get("details_url"),
        output=output,
        actions=actions,
    )
    _settle(call, run)
    call.activity.checks.begin(run, call.actor)
    return Reply(201, check_run(call.world, run))


def update(call: Call) -> Reply:
    """Annotations are added to those that stand; everything else is replaced."""
    run, output, actions = _run(call), _output(call), _actions(call)
    if run.app is not _app(call):
        raise Refusal(403, "Invalid app_id `%s` - check run can only be modified by the GitHub App that created it.")
    was = run.status
    annotations = [*run.output.get("annotations", []), *output.get("annotations", [])]
    run.output = {**run.output, **output, "annotations": annotations}
    run.actions = actions if "actions" in call.body else run.actions
    run.name = call.text("name", "CheckRun", default=run.name)
    run.external_id = str(call.body.get("external_id", run.external_id))
    run.details_url = call.body.get("details_url", run.details_url)
    _settle(call, run)
    call.activity.checks.go_on(run, was, call.actor)
    return Reply(200, check_run(call.world, run))


def _settle(call: Call, run: CheckRun) -> None:
    """Status and conclusion: a conclusion completes the run, a completed run needs one, and may begin again."""
    if "conclusion" in call.body:
        status, conclusion = "completed", call.body["conclusion"]
    else:
        status = call.body.get("status", run.status)
        conclusion = run.conclusion if status == "completed" else None
    if (status == "completed") != (conclusion in CONCLUSIONS):
        raise invalid({"resource": "CheckRun", "code": "invalid", "field": "conclusion"})
    run.status, run.conclusion = status, conclusion
    if "started_at" in call.body:
        run.started_at = datetime.fromisoformat(call.body["started_at"])
    given = call.body.get("completed_at")
    done = datetime.fromisoformat(given) if given else run.completed_at or call.world.now()
    run.completed_at = done if status == "completed" else None


def _run(call: Call) -> CheckRun:
    found = call.repository.check_runs.get(call.number("check_run_id"))
    if found is None:
        raise Refusal(404, "Not Found")
    return found


def get(call: Call) -> Reply:
    return Reply(200, check_run(call.world, _run(call)))


def list_annotations(call: Call) -> Reply:
    run = _run(call)
    return call.page([annotation(call.world, run, each) for each in run.output.get("annotations", [])])


def list_for_ref(call: Call) -> Reply:
    """Newest first, and of each name only the latest, unless `filter=all`."""
    oid = call.repository.git.resolve(call.path["ref"])
    if oid is None:
        raise Refusal(422, f"No commit found for SHA: {call.path['ref']}")
    suites = [s for s in call.repository.check_suites.values() if s.head_oid == oid]
    runs = [r for s in suites for r in (s.runs if call.query.get("filter") == "all" else s.latest)]
    for name, of in (("check_name", "name"), ("status", "status")):
        runs = [r for r in runs if call.query.get(name) in (None, getattr(r, of))]
    runs = [r for r in runs if call.query.get("app_id") in (None, str(r.app.id))]
    shown = [check_run(call.world, r) for r in sorted(runs, key=lambda r: -r.id)]
    return call.page(shown, lambda page: {"total_count": len(runs), "check_runs": page})


_RUNS = "/repos/{owner}/{repo}/check-runs"
_RUN = f"{_RUNS}/{{check_run_id}}"
ROUTES = (
    Route("POST", _RUNS, create, "checks=write"),
    Route("GET", _RUN, get, "checks=read"),
    Route("PATCH", _RUN, update, "checks=write"),
    Route("GET", f"{_RUN}/annotations", list_annotations, "checks=read"),
    Route("GET", "/repos/{owner}/{repo}/commits/{ref}/check-runs", list_for_ref, "checks=read"),
)
