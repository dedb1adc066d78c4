"""JSON of check suites and check runs."""

from __future__ import annotations

from typing import Any

from github_sandbox.checks import CheckRun, CheckSuite
from github_sandbox.conversations import PullRequest
from github_sandbox.payloads.accounts import app
from github_sandbox.payloads.commits import commit_simple
from github_sandbox.payloads.repositories import page_url, repository_url
from github_sandbox.state import World, node_id, timestamp


def check_run(world: World, run: CheckRun) -> dict[str, Any]:
    """Return a check run. `check_suite` holds only the id, as in REST responses."""
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
    """Return the URL of a check run's page."""
    return f"{page_url(world, run.repository)}/runs/{run.id}"


def check_run_event(world: World, run: CheckRun) -> dict[str, Any]:
    """Return a check run as in its webhook, with the full suite."""
    return check_run(world, run) | {"check_suite": _suite(world, run.suite)}


def check_suite_event(world: World, suite: CheckSuite) -> dict[str, Any]:
    """Return a check suite as in its webhook."""
    body = _suite(world, suite)
    return body | {
        "latest_check_runs_count": len(suite.latest),
        "check_runs_url": f"{body['url']}/check-runs",
        "head_commit": commit_simple(suite.repository.git.commit(suite.head_oid)),
    }


def annotation(world: World, run: CheckRun, fields: dict[str, Any]) -> dict[str, Any]:
    """Return an annotation of a run."""
    optional = ("start_column", "end_column", "title", "raw_details")
    return {
        **{name: fields[name] for name in ("path", "start_line", "end_line", "annotation_level", "message")},
        **{name: fields.get(name) for name in optional},
        "blob_href": f"{repository_url(world, run.repository)}/contents/{fields['path']}?ref={run.head_oid}",
    }


def _suite(world: World, suite: CheckSuite) -> dict[str, Any]:
    pulls = _open_pulls(suite)
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


def _open_pulls(suite: CheckSuite) -> list[PullRequest]:
    """Return the open pull requests of a suite's head. As on GitHub, those from forks are missing."""
    pulls = suite.repository.pull_requests.values()
    return [p for p in pulls if p.head_oid == suite.head_oid and p.state == "open" and not p.is_cross_repository]


def _pulls(world: World, suite: CheckSuite) -> list[dict[str, Any]]:
    return [_pull(world, pull) for pull in _open_pulls(suite)]


def _pull(world: World, pull: PullRequest) -> dict[str, Any]:
    url, repo = repository_url(world, pull.repository), pull.repository
    lite = {"id": repo.id, "url": url, "name": repo.name}
    return {
        "id": pull.id,
        "number": pull.number,
        "url": f"{url}/pulls/{pull.number}",
        "head": {"ref": pull.head, "sha": pull.head_oid, "repo": lite},
        "base": {"ref": pull.base, "sha": pull.base_oid, "repo": lite},
    }
