"""Endpoints of check runs.

https://docs.github.com/rest/checks/runs
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.sandbox.payloads.checks import check_run
from bot.sandbox.refusal import Refusal, invalid, too_long
from bot.sandbox.rest import Call, Reply, Route
from bot.sandbox.state import App, CheckRun

_TEXT_LIMIT = 65535
_ANNOTATIONS = 50
_CONCLUSIONS = (
    "action_required", "cancelled", "failure", "neutral", "success", "skipped", "timed_out",
)  # fmt: skip


def _app(call: Call) -> App:
    if call.principal.app is None:
        raise Refusal(403, "You must authenticate via a GitHub App.")
    return call.principal.app


def _output(call: Call) -> dict[str, Any]:
    output = call.body.get("output") or {}
    long = [name for name in ("summary", "text") if len(output.get(name) or "") > _TEXT_LIMIT]
    if long:
        raise invalid(*(too_long("CheckRun", name, _TEXT_LIMIT) for name in long))
    if len(output.get("annotations", [])) > _ANNOTATIONS:
        words = "Invalid request.\n\nNo more than 50 items are allowed; {} were supplied."
        raise Refusal(422, words.format(len(output["annotations"])))
    return dict(output)


def create(call: Call) -> Reply:
    app, repository, output = _app(call), call.repository, _output(call)
    name, head = call.text("name", "CheckRun"), call.text("head_sha", "CheckRun")
    if repository.git.resolve(head) != head:
        raise Refusal(422, f"No commit found for SHA: {head}")
    run = CheckRun(
        id=call.world.new_id(),
        app=app,
        name=name,
        head_oid=head,
        status="queued",
        conclusion=None,
        started_at=call.world.now(),
        completed_at=None,
        external_id=str(call.body.get("external_id", "")),
        details_url=call.body.get("details_url"),
        output=output,
    )
    _settle(call, run)
    repository.check_runs[run.id] = run
    call.activity.check(repository, run, "created", call.actor)
    if run.status == "completed":
        call.activity.check(repository, run, "completed", call.actor)
    return Reply(201, check_run(call.world, repository, run))


def update(call: Call) -> Reply:
    """Annotations are added to those that stand; everything else is replaced."""
    run, output = _run(call), _output(call)
    if run.app is not _app(call):
        raise Refusal(403, "Invalid app_id `%s` - check run can only be modified by the GitHub App that created it.")
    was = run.status
    annotations = [*run.output.get("annotations", []), *output.get("annotations", [])]
    run.output = {**run.output, **output, "annotations": annotations}
    run.name = call.text("name", "CheckRun", default=run.name)
    _settle(call, run)
    if was != "completed" and run.status == "completed":
        call.activity.check(call.repository, run, "completed", call.actor)
    return Reply(200, check_run(call.world, call.repository, run))


def _settle(call: Call, run: CheckRun) -> None:
    """Status and conclusion: a conclusion completes the run, and a completed run needs one."""
    conclusion = call.body.get("conclusion", run.conclusion)
    status = "completed" if "conclusion" in call.body else call.body.get("status", run.status)
    if (status == "completed") != (conclusion in _CONCLUSIONS):
        raise invalid({"resource": "CheckRun", "code": "invalid", "field": "conclusion"})
    run.status, run.conclusion = status, conclusion
    if "started_at" in call.body:
        run.started_at = datetime.fromisoformat(call.body["started_at"])
    if status == "completed":
        given = call.body.get("completed_at")
        run.completed_at = datetime.fromisoformat(given) if given else call.world.now()


def _run(call: Call) -> CheckRun:
    found = call.repository.check_runs.get(call.number("check_run_id"))
    if found is None:
        raise Refusal(404, "Not Found")
    return found


def get(call: Call) -> Reply:
    return Reply(200, check_run(call.world, call.repository, _run(call)))


def list_for_ref(call: Call) -> Reply:
    """Newest first, and of each name only the latest, unless `filter=all`."""
    oid = call.repository.git.resolve(call.path["ref"])
    if oid is None:
        raise Refusal(422, f"No commit found for SHA: {call.path['ref']}")
    name = call.query.get("check_name")
    runs = [r for r in call.repository.check_runs.values() if r.head_oid == oid and name in (None, r.name)]
    if call.query.get("filter") != "all":
        runs = list({(r.app.id, r.name): r for r in runs}.values())
    shown = [check_run(call.world, call.repository, r) for r in reversed(runs)]
    return call.page(shown, lambda page: {"total_count": len(runs), "check_runs": page})


_RUNS = "/repos/{owner}/{repo}/check-runs"
ROUTES = (
    Route("POST", _RUNS, create, "checks=write"),
    Route("GET", f"{_RUNS}/{{check_run_id}}", get, "checks=read"),
    Route("PATCH", f"{_RUNS}/{{check_run_id}}", update, "checks=write"),
    Route("GET", "/repos/{owner}/{repo}/commits/{ref}/check-runs", list_for_ref, "checks=read"),
)
