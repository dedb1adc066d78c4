"""Records of check suites and check runs.

https://docs.github.com/rest/checks
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from github_sandbox.state import App, Repository

CONCLUSIONS = ("action_required", "cancelled", "failure", "neutral", "success", "skipped", "timed_out")
"""Conclusions that an App may set, in no particular order."""

_WORST_FIRST = ("failure", "timed_out", "action_required", "cancelled", "neutral", "success")


@dataclass(eq=False)
class CheckSuite:
    """All check runs of one App on one commit. A re-run request resets its status to `queued`."""

    id: int
    repository: Repository
    app: App
    head_oid: str
    head_branch: str | None
    created_at: datetime
    updated_at: datetime
    runs: list[CheckRun] = field(default_factory=list)
    rerequested: bool = False

    @property
    def latest(self) -> list[CheckRun]:
        """Return the newest run of each name, oldest first."""
        return list({run.name: run for run in self.runs}.values())

    @property
    def status(self) -> str:
        if self.rerequested or not self.runs:
            return "queued"
        return next((run.status for run in self.latest if run.status != "completed"), "completed")

    @property
    def conclusion(self) -> str | None:
        """Return the worst conclusion of the latest runs, or None until all are completed. Never `skipped`."""
        if self.status != "completed":
            return None
        reached = {run.conclusion for run in self.latest}
        return next((each for each in _WORST_FIRST if each in reached), "success")


@dataclass(eq=False, kw_only=True)
class CheckRun:
    """A check run on one commit.

    `output` holds the title, summary, text and all annotations so far; `actions` holds the buttons.
    """

    id: int
    suite: CheckSuite
    name: str
    status: str
    conclusion: str | None
    started_at: datetime
    completed_at: datetime | None
    external_id: str = ""
    details_url: str | None = None
    output: dict[str, Any] = field(default_factory=dict)
    actions: list[dict[str, str]] = field(default_factory=list)

    @property
    def app(self) -> App:
        return self.suite.app

    @property
    def repository(self) -> Repository:
        return self.suite.repository

    @property
    def head_oid(self) -> str:
        return self.suite.head_oid
