"""Checks run, and people ask for more: once again, or one of a run's actions.

https://docs.github.com/webhooks/webhook-events-and-payloads#check_run
"""

from __future__ import annotations

from github_sandbox.activity.acts import Acts
from github_sandbox.checks import CheckRun, CheckSuite
from github_sandbox.payloads import checks
from github_sandbox.state import Account, App, Repository


class Checks(Acts):
    """What happens to check suites and runs. Each request of a person reaches only the App that owns the check."""

    def suite(self, repository: Repository, app: App, oid: str, branch: str | None = None) -> CheckSuite:
        """An App's suite on a commit, made when there is none."""
        key = (app.id, oid)
        if key not in repository.check_suites:
            heads = (name.removeprefix("refs/heads/") for name, at in repository.announced.items() if at == oid)
            now, branch = self._world.now(), branch or next(heads, None)
            repository.check_suites[key] = CheckSuite(self._world.new_id(), repository, app, oid, branch, now, now)
        return repository.check_suites[key]

    def request_suites(self, repository: Repository, branch: str, oid: str, by: Account) -> None:
        """A branch was pushed: each App that may write checks gets a suite for its head and is asked to run it."""
        for installation in list(self._world.installations.values()):
            app, known = installation.app, (installation.app.id, oid) in repository.check_suites
            writes = installation.permissions.get("checks") == "write"
            if repository in installation.repositories and writes and not known:
                self._tell_suite(self.suite(repository, app, oid, branch), "requested", by)

    def begin(self, run: CheckRun, by: Account) -> None:
        """A run that an App made, completed or not."""
        run.suite.runs.append(run)
        run.repository.check_runs[run.id] = run
        self._tell_run(run, "created", by)
        self.go_on(run, "queued", by)

    def go_on(self, run: CheckRun, was: str, by: Account) -> None:
        """An App updated a run that stood at `was`: tell when it is done, and of its suite when that is done too."""
        self._touch(run.suite)
        if run.status != "completed" or was == "completed":
            return
        self._tell_run(run, "completed", by)
        if run.suite.status == "completed":
            self._tell_suite(run.suite, "completed", by)

    def rerequest(self, run: CheckRun, by: Account) -> None:
        """A person presses *Re-run*: the suite is queued again, the run itself stays as it is."""
        self._tell_run(run, "rerequested", by, only=run.app)  # with the suite as it stood, as GitHub sends it
        self._queue_again(run.suite)

    def rerequest_suite(self, suite: CheckSuite, by: Account) -> None:
        """A person presses *Re-run all checks*."""
        self._tell_suite(suite, "rerequested", by)
        self._queue_again(suite)

    def request_action(self, run: CheckRun, identifier: str, by: Account) -> None:
        """A person presses one of a run's buttons. Raises `ValueError` when the run has none of that identifier."""
        if identifier not in {action["identifier"] for action in run.actions}:
            raise ValueError(f"{run.name} has no action {identifier}")
        asked = {"identifier": identifier}
        self._tell_run(run, "requested_action", by, only=run.app, requested_action=asked)

    def _queue_again(self, suite: CheckSuite) -> None:
        suite.rerequested, suite.updated_at = True, self._world.now()

    def _touch(self, suite: CheckSuite) -> None:
        suite.rerequested, suite.updated_at = False, self._world.now()

    def _tell_run(self, run: CheckRun, action: str, by: Account, *, only: App | None = None, **more: object) -> None:
        payload = {"action": action, "check_run": checks.check_run_event(self._world, run), **more}
        self._webhooks.repository_event("check_run", run.repository, by, payload, only=only)

    def _tell_suite(self, suite: CheckSuite, action: str, by: Account) -> None:
        """To its own App alone."""
        payload = {"action": action, "check_suite": checks.check_suite_event(self._world, suite)}
        self._webhooks.repository_event("check_suite", suite.repository, by, payload, only=suite.app)
