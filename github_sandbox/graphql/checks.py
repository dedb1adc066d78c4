"""Check suites and runs in GraphQL. Attributes are the schema's fields in snake case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from github_sandbox.checks import CheckRun, CheckSuite
from github_sandbox.graphql.base import Node, connection
from github_sandbox.state import App, node_id, timestamp

if TYPE_CHECKING:
    from github_sandbox.graphql.repository import RepositoryNode

_FAILED = ("failure", "timed_out", "cancelled", "action_required")


def suites_of(repository: RepositoryNode, oid: str) -> list[CheckSuiteNode]:
    """Return all Apps' suites on a commit."""
    suites = repository.record.check_suites.values()
    return [CheckSuiteNode(repository, suite) for suite in suites if suite.head_oid == oid]


class CheckSuiteNode(Node):
    """A check suite."""

    typename = "CheckSuite"

    def __init__(self, repository: RepositoryNode, suite: CheckSuite) -> None:
        super().__init__(repository.call)
        self.repository = repository
        self.suite = suite
        self.id = node_id("CS", suite.id)
        self.database_id = suite.id
        self.status = suite.status.upper()
        self.conclusion = suite.conclusion.upper() if suite.conclusion else None
        self.created_at, self.updated_at = timestamp(suite.created_at), timestamp(suite.updated_at)

    @property
    def app(self) -> dict[str, Any]:
        return _app(self.suite.app)

    def check_runs(self, filter_by: dict[str, Any] | None = None, **page: Any) -> dict[str, Any]:
        """Return the latest run of each name, or with `checkType: ALL` every run."""
        filters = filter_by or {}
        runs = self.suite.runs if filters.get("checkType") == "ALL" else self.suite.latest
        nodes = [
            CheckRunNode(self, run)
            for run in runs
            if filters.get("checkName") in (None, run.name)
            and filters.get("appId") in (None, run.app.id)
            and filters.get("status") in (None, run.status.upper())
        ]
        return connection(nodes, **page)


def _app(app: App) -> dict[str, Any]:
    return {"typename": "App", "id": node_id("A", app.id), "database_id": app.id, "name": app.name, "slug": app.slug}


class CheckRunNode(Node):
    """A check run."""

    typename = "CheckRun"

    def __init__(self, suite: CheckSuiteNode, run: CheckRun) -> None:
        super().__init__(suite.call)
        self.check_suite = suite
        self.repository = suite.repository
        self.run = run
        self.id = node_id("CR", run.id)
        self.database_id = run.id
        self.name, self.external_id = run.name, run.external_id
        self.status = run.status.upper()
        self.conclusion = run.conclusion.upper() if run.conclusion else None
        self.started_at, self.completed_at = timestamp(run.started_at), timestamp(run.completed_at)
        self.title, self.summary, self.text = (run.output.get(name) for name in ("title", "summary", "text"))
        self.permalink = self.url = f"{suite.repository.url}/runs/{run.id}"
        self.details_url = run.details_url or self.url

    def annotations(self, **page: Any) -> dict[str, Any]:
        return connection([self._annotation(each) for each in self.run.output.get("annotations", [])], **page)

    def _annotation(self, annotation: dict[str, Any]) -> dict[str, Any]:
        lines = {
            end: {"line": annotation[f"{end}_line"], "column": annotation.get(f"{end}_column")}
            for end in ("start", "end")
        }
        return {
            "annotation_level": annotation["annotation_level"].upper(),
            "path": annotation["path"],
            "location": lines,
            "message": annotation["message"],
            "title": annotation.get("title"),
            "raw_details": annotation.get("raw_details"),
            "blob_url": f"{self.repository.url}/blob/{self.run.head_oid}/{annotation['path']}",
        }


def rollup(repository: RepositoryNode, oid: str) -> dict[str, Any] | None:
    """Return the combined status of a commit's checks, or None if there are none."""
    nodes = suites_of(repository, oid)
    runs = [CheckRunNode(node, run) for node in nodes for run in node.suite.latest]
    if not runs:
        return None
    if any(node.run.conclusion in _FAILED for node in runs):
        state = "FAILURE"
    else:
        state = "SUCCESS" if all(node.run.status == "completed" for node in runs) else "PENDING"

    def contexts(**page: Any) -> dict[str, Any]:
        return connection(runs, **page)

    return {"id": node_id("SCR", repository.record.id, oid), "state": state, "contexts": contexts}
