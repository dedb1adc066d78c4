"""Check suites and runs in GitHub's JSON."""

from __future__ import annotations

from typing import Any

from github_sandbox.checks import CheckRun, CheckSuite
from github_sandbox.conversations import PullRequest
from github_sandbox.payloads.accounts import app
from github_sandbox.payloads.commits import commit_simple
from github_sandbox.payloads.repositories import page_url, repository_url
from github_sandbox.state import World, node_id, timestamp


def check_run(world: World, run: CheckRun) -> dict[str, Any]:
    """A check run; `check_suite` holds only its number, as the REST answer has it."""
    url = f"{repository_url(world, run.repository)}/check-runs/{run.id}"
    page = check_run_page(world, run)
    return {
        "id": run.id,
        "node_id": node_id("CR", run.id),
        "name": run.name,
        "head_sha": run.head_oid,
        "external_id": run.external_id,
        "url": url,
        "html_url": page,
        "details_url": run.details_url or page,
        "status": run.status,
        "conclusion": run.conclusion,
        "started_at": timestamp(run.started_at),
        "completed_at": timestamp(run.completed_at),
        "output": {
            "title": run.output.get("title"),
            "summary": run.output.get("summary"),
            "text": run.output.get("text"),
            "annotations_count": len(run.output.get("annotations", [])),
            "annotations_url": f"{url}/annotations",
        },
        "check_suite": {"id": run.suite.id},
        "app": app(world, run.app),
        "pull_requests": _pulls(world, run.suite),
    }


def check_run_page(world: World, run: CheckRun) -> str:
    """Where a person reads it."""
    return f"{page_url(world, run.repository)}/runs/{run.id}"


def check_run_event(world: World, run: CheckRun) -> dict[str, Any]:
    """A check run as its webhook carries it, with the suite in full."""
    return check_run(world, run) | {"check_suite": _suite(world, run.suite)}


def check_suite_event(world: World, suite: CheckSuite) -> dict[str, Any]:
    """A check suite as its own webhook carries it."""
    body = _suite(world, suite)
    return body | {
        "latest_check_runs_count": len(suite.latest),
        "check_runs_url": f"{body['url']}/check-runs",
        "head_commit": commit_simple(suite.repository.git.commit(suite.head_oid)),
    }


def annotation(world: World, run: CheckRun, given: dict[str, Any]) -> dict[str, Any]:
    """An annotation of a run."""
    optional = ("start_column", "end_column", "title", "raw_details")
    return {
        **{name: given[name] for name in ("path", "start_line", "end_line", "annotation_level", "message")},
        **{name: given.get(name) for name in optional},
        "blob_href": f"{repository_url(world, run.repository)}/contents/{given['path']}?ref={run.head_oid}",
    }


def _suite(world: World, suite: CheckSuite) -> dict[str, Any]:
    pulls = _matching(suite)
    return {
        "id": suite.id,
        "node_id": node_id("CS", suite.id),
        "head_branch": suite.head_branch,
        "head_sha": suite.head_oid,
        "status": suite.status,
        "conclusion": suite.conclusion,
        "url": f"{repository_url(world, suite.repository)}/check-suites/{suite.id}",
        "before": pulls[0].base_oid if pulls else None,
        "after": suite.head_oid,
        "pull_requests": _pulls(world, suite),
        "app": app(world, suite.app),
        "created_at": timestamp(suite.created_at),
        "updated_at": timestamp(suite.updated_at),
    }


def _matching(suite: CheckSuite) -> list[PullRequest]:
    """The open pull requests of a suite's head; none of a fork's, as GitHub has it."""
    pulls = suite.repository.pull_requests.values()
    return [p for p in pulls if p.head_oid == suite.head_oid and p.state == "open" and not p.crosses]


def _pulls(world: World, suite: CheckSuite) -> list[dict[str, Any]]:
    return [_pull(world, pull) for pull in _matching(suite)]


def _pull(world: World, pull: PullRequest) -> dict[str, Any]:
    url, found = repository_url(world, pull.repository), pull.repository
    lite = {"id": found.id, "url": url, "name": found.name}
    return {
        "id": pull.id,
        "number": pull.number,
        "url": f"{url}/pulls/{pull.number}",
        "head": {"ref": pull.head, "sha": pull.head_oid, "repo": lite},
        "base": {"ref": pull.base, "sha": pull.base_oid, "repo": lite},
    }
