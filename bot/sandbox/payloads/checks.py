"""Check runs in GitHub's JSON."""

from __future__ import annotations

from typing import Any

from bot.sandbox.payloads.accounts import app
from bot.sandbox.payloads.repositories import page_url, repository_url
from bot.sandbox.state import CheckRun, PullRequest, Repository, World, node_id, timestamp


def check_run(world: World, repository: Repository, run: CheckRun) -> dict[str, Any]:
    """A check run; `check_suite` holds only its number, as the REST answer has it."""
    url = f"{repository_url(world, repository)}/check-runs/{run.id}"
    page = f"{page_url(world, repository)}/runs/{run.id}"
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
        "check_suite": {"id": _suite_id(run)},
        "app": app(world, run.app),
        "pull_requests": [_pull(world, p) for p in _pulls(repository, run)],
    }


def check_run_event(world: World, repository: Repository, run: CheckRun) -> dict[str, Any]:
    """A check run as its webhook carries it, with the suite in full."""
    body, pulls = check_run(world, repository, run), _pulls(repository, run)
    branch = next((name for name, oid in repository.announced.items() if oid == run.head_oid), None)
    suite = {
        "id": _suite_id(run),
        "node_id": node_id("CS", _suite_id(run)),
        "head_branch": branch.removeprefix("refs/heads/") if branch else None,
        "head_sha": run.head_oid,
        "status": run.status,
        "conclusion": run.conclusion,
        "url": f"{repository_url(world, repository)}/check-suites/{_suite_id(run)}",
        "before": pulls[0].base_oid if pulls else None,
        "after": run.head_oid,
        "pull_requests": body["pull_requests"],
        "app": body["app"],
        "created_at": timestamp(run.started_at),
        "updated_at": timestamp(run.completed_at or run.started_at),
    }
    return body | {"check_suite": suite}


def _suite_id(run: CheckRun) -> int:
    """One suite for each App and commit."""
    return int(run.head_oid[:8], 16) + run.app.id


def _pulls(repository: Repository, run: CheckRun) -> list[PullRequest]:
    return [p for p in repository.pull_requests.values() if p.head_oid == run.head_oid and p.state == "open"]


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
