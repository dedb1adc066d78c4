"""Endpoints of check runs.

https://docs.github.com/rest/checks/runs
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from github_sandbox.checks import CONCLUSIONS, CheckRun
from github_sandbox.errors import ApiError, too_long_error, validation_failed
from github_sandbox.payloads.checks import annotation, check_run
from github_sandbox.rest import ApiResponse, Call, Route
from github_sandbox.state import App

_TEXT_LIMIT = 65535
_MAX_ANNOTATIONS = 50
_ACTION_LIMITS = {"label": 20, "description": 40, "identifier": 20}
_LEVELS = ("notice", "warning", "failure")
_ANNOTATION_LIMITS = {"title": 255, "message": 64 * 1024, "raw_details": 64 * 1024}


def _require_app(call: Call) -> App:
    if call.principal.app is None:
        raise ApiError(403, "You must authenticate via a GitHub App.")
    return call.principal.app


# ------------------------------------------------------------------ request bodies


def _parse_output(call: Call) -> dict[str, Any]:
    output = call.body.get("output") or {}
    if output and not output.get("summary"):
        raise ApiError(422, 'Invalid request.\n\n"summary" wasn\'t supplied.')
    long = [name for name in ("summary", "text") if len(output.get(name) or "") > _TEXT_LIMIT]
    if long:
        raise validation_failed(*(too_long_error("CheckRun", name, _TEXT_LIMIT) for name in long))
    _require_at_most(_MAX_ANNOTATIONS, output.get("annotations", []))
    for item in output.get("annotations", []):
        _validate_annotation(item)
    return dict(output)


def _require_at_most(number: int, items: list[Any]) -> None:
    if len(items) > number:
        raise ApiError(422, f"Invalid request.\n\nNo more than {number} items are allowed; {len(items)} were supplied.")


def _validate_annotation(item: dict[str, Any]) -> None:
    """Check an annotation. Columns are allowed on single-line annotations only. Raises `ApiError` (422)."""
    missing = [name for name in ("path", "start_line", "end_line", "annotation_level", "message") if name not in item]
    if missing:
        raise ApiError(422, f'Invalid request.\n\n"{missing[0]}" wasn\'t supplied.')
    long = [name for name, limit in _ANNOTATION_LIMITS.items() if len(str(item.get(name) or "").encode()) > limit]
    is_invalid = item["annotation_level"] not in _LEVELS or not 1 <= item["start_line"] <= item["end_line"]
    has_invalid_columns = {"start_column", "end_column"} & item.keys() and item["start_line"] != item["end_line"]
    if long or is_invalid or has_invalid_columns:
        raise validation_failed({"resource": "CheckAnnotation", "code": "invalid", "field": next(iter(long), "data")})


def _parse_actions(call: Call) -> list[dict[str, str]]:
    actions = call.body.get("actions", [])
    _require_at_most(3, actions)
    for action in actions:
        for name, limit in _ACTION_LIMITS.items():
            text = str(action.get(name, ""))
            if not text:
                raise ApiError(422, f'Invalid request.\n\n"{name}" wasn\'t supplied.')
            if len(text) > limit:
                message = f"Only {limit} characters are allowed; {len(text)} were supplied."
                raise ApiError(422, f"Invalid request.\n\n{message}")
    return [dict(action) for action in actions]


# ------------------------------------------------------------------ endpoints


def create(call: Call) -> ApiResponse:
    app, repository, output, actions = _require_app(call), call.repository, _parse_output(call), _parse_actions(call)
    name, head = call.string("name", "CheckRun"), call.string("head_sha", "CheckRun")
    if repository.git.resolve(head) != head:
        raise ApiError(422, f"No commit found for SHA: {head}")
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
    _apply_status(call, run)
    call.activity.checks.create(run, call.actor)
    return ApiResponse(201, check_run(call.world, run))


def update(call: Call) -> ApiResponse:
    """Update a run. New annotations are added to the existing ones; everything else is replaced."""
    run, output, actions = _find_run(call), _parse_output(call), _parse_actions(call)
    if run.app is not _require_app(call):
        raise ApiError(403, "Invalid app_id `%s` - check run can only be modified by the GitHub App that created it.")
    previous_status = run.status
    annotations = [*run.output.get("annotations", []), *output.get("annotations", [])]
    run.output = {**run.output, **output, "annotations": annotations}
    run.actions = actions if "actions" in call.body else run.actions
    run.name = call.string("name", "CheckRun", default=run.name)
    run.external_id = str(call.body.get("external_id", run.external_id))
    run.details_url = call.body.get("details_url", run.details_url)
    _apply_status(call, run)
    call.activity.checks.update(run, previous_status, call.actor)
    return ApiResponse(200, check_run(call.world, run))


def _apply_status(call: Call, run: CheckRun) -> None:
    """Set status and conclusion. A conclusion completes the run; a completed run may be started again."""
    if "conclusion" in call.body:
        status, conclusion = "completed", call.body["conclusion"]
    else:
        status = call.body.get("status", run.status)
        conclusion = run.conclusion if status == "completed" else None
    if (status == "completed") != (conclusion in CONCLUSIONS):
        raise validation_failed({"resource": "CheckRun", "code": "invalid", "field": "conclusion"})
    run.status, run.conclusion = status, conclusion
    if "started_at" in call.body:
        run.started_at = datetime.fromisoformat(call.body["started_at"])
    requested = call.body.get("completed_at")
    completed_at = datetime.fromisoformat(requested) if requested else run.completed_at or call.world.now()
    run.completed_at = completed_at if status == "completed" else None


def _find_run(call: Call) -> CheckRun:
    found = call.repository.check_runs.get(call.number("check_run_id"))
    if found is None:
        raise ApiError(404, "Not Found")
    return found


def get(call: Call) -> ApiResponse:
    return ApiResponse(200, check_run(call.world, _find_run(call)))


def list_annotations(call: Call) -> ApiResponse:
    run = _find_run(call)
    return call.paginate([annotation(call.world, run, each) for each in run.output.get("annotations", [])])


def list_for_ref(call: Call) -> ApiResponse:
    """List the runs of a commit, newest first: the latest of each name, or with `filter=all` all."""
    oid = call.repository.git.resolve(call.path["ref"])
    if oid is None:
        raise ApiError(422, f"No commit found for SHA: {call.path['ref']}")
    suites = [s for s in call.repository.check_suites.values() if s.head_oid == oid]
    runs = [r for s in suites for r in (s.runs if call.query.get("filter") == "all" else s.latest)]
    for name, of in (("check_name", "name"), ("status", "status")):
        runs = [r for r in runs if call.query.get(name) in (None, getattr(r, of))]
    runs = [r for r in runs if call.query.get("app_id") in (None, str(r.app.id))]
    shown = [check_run(call.world, r) for r in sorted(runs, key=lambda r: -r.id)]
    return call.paginate(shown, lambda page: {"total_count": len(runs), "check_runs": page})


_RUNS = "/repos/{owner}/{repo}/check-runs"
_RUN = f"{_RUNS}/{{check_run_id}}"
ROUTES = (
    Route("POST", _RUNS, create, "checks=write"),
    Route("GET", _RUN, get, "checks=read"),
    Route("PATCH", _RUN, update, "checks=write"),
    Route("GET", f"{_RUN}/annotations", list_annotations, "checks=read"),
    Route("GET", "/repos/{owner}/{repo}/commits/{ref}/check-runs", list_for_ref, "checks=read"),
)
