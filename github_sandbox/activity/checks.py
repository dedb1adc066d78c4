"""Check suites and runs, and requests to re-run them or to run one of their actions.

https://docs.github.com/webhooks/webhook-events-and-payloads#check_run
"""

from __future__ import annotations

from github_sandbox.activity.base import ActivityBase
from github_sandbox.checks import CheckRun, CheckSuite
from github_sandbox.payloads import checks
from github_sandbox.state import Account, App, Repository


class Checks(ActivityBase):
    """Actions on check suites and runs. A user's request is sent only to the App that owns the check."""

    def suite(self, repository: Repository, app: App, oid: str, branch: str | None = None) -> CheckSuite:
        """Return an App's suite on a commit, created if needed."""
        key = (app.id, oid)
        if key not in repository.check_suites:
            heads = (name.removeprefix("refs/heads/") for name, at in repository.announced_refs.items() if at == oid)
            now, branch = self._world.now(), branch or next(heads, None)
            repository.check_suites[key] = CheckSuite(self._world.new_id(), repository, app, oid, branch, now, now)
        return repository.check_suites[key]

    def request_suites(self, repository: Repository, branch: str, oid: str, by: Account) -> None:
        """After a push, create a suite for each App that may write checks, and request it."""
        for installation in list(self._world.installations.values()):
            app, known = installation.app, (installation.app.id, oid) in repository.check_suites
            writes = installation.permissions.get("checks") == "write"
            if repository in installation.repositories and writes and not known:
                self._send_suite_event(self.suite(repository, app, oid, branch), "requested", by)

    def create(self, run: CheckRun, by: Account) -> None:
        """Add a check run that an App created."""
        run.suite.runs.append(run)
        run.repository.check_runs[run.id] = run
        self._send_run_event(run, "created", by)
        self.update(run, "queued", by)

    def update(self, run: CheckRun, previous_status: str, by: Account) -> None:
        """Send the events of an updated run: when it completes, and when its suite does."""
        self._touch(run.suite)
        if run.status != "completed" or previous_status == "completed":
            return
        self._send_run_event(run, "completed", by)
        if run.suite.status == "completed":
            self._send_suite_event(run.suite, "completed", by)

    def rerequest(self, run: CheckRun, by: Account) -> None:
        """*Re-run*: queue the suite again. The run itself does not change."""
        self._send_run_event(run, "rerequested", by, only=run.app)  # with the suite as it was before, as on GitHub
        self._requeue(run.suite)

    def rerequest_suite(self, suite: CheckSuite, by: Account) -> None:
        """*Re-run all checks*."""
        self._send_suite_event(suite, "rerequested", by)
        self._requeue(suite)

    def request_action(self, run: CheckRun, identifier: str, by: Account) -> None:
        """Press a button of a run. Raises `ValueError` if the run has no such action."""
        if identifier not in {action["identifier"] for action in run.actions}:
            raise ValueError(f"{run.name} has no action {identifier}")
        requested = {"identifier": identifier}
        self._send_run_event(run, "requested_action", by, only=run.app, requested_action=requested)

    def _requeue(self, suite: CheckSuite) -> None:
        suite.rerequested, suite.updated_at = True, self._world.now()

    def _touch(self, suite: CheckSuite) -> None:
        suite.rerequested, suite.updated_at = False, self._world.now()

    def _send_run_event(
        self, run: CheckRun, action: str, by: Account, *, only: App | None = None, **fields: object
    ) -> None:
        payload = {"action": action, "check_run": checks.check_run_event(self._world, run), **fields}
        self._webhooks.repository_event("check_run", run.repository, by, payload, only=only)

    def _send_suite_event(self, suite: CheckSuite, action: str, by: Account) -> None:
        """Send a `check_suite` event to the suite's own App only."""
        payload = {"action": action, "check_suite": checks.check_suite_event(self._world, suite)}
        self._webhooks.repository_event("check_suite", suite.repository, by, payload, only=suite.app)
