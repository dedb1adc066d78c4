"""Check runs (https://docs.github.com/en/rest/checks/runs)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.domain import ActionResult, Annotation, UpsertCheckRun
from bot.github import responses, write_policy
from bot.github.forge.calls import RepositoryClient

_RUNS = "/repos/{owner}/{repo}/check-runs"
_RUN = "/repos/{owner}/{repo}/check-runs/{check_run_id}"
_RUNS_OF_COMMIT = "/repos/{owner}/{repo}/commits/{ref}/check-runs{?check_name,filter}"
_MAX_ANNOTATIONS = 50
"""GitHub's limit of annotations in one request."""


@dataclass(frozen=True, slots=True)
class Checks:
    """The check runs of a repository."""

    _client: RepositoryClient

    async def upsert(self, action: UpsertCheckRun) -> ActionResult:
        """Create the check run of this name on the commit, or update it."""
        write_policy.check_output(action.title, action.summary, action.text)
        existing = await self._find_run(action)
        if existing and existing.external_id == action.digest:
            return ActionResult("already", f"{action.name} is up to date", existing.html_url)
        data = _check_run_data(action)
        if existing:
            response = await self._client.rest("PATCH", _RUN, data, check_run_id=str(existing.id))
        else:
            response = await self._client.rest("POST", _RUNS, {**data, "head_sha": action.head_oid})
        run = responses.parse(responses.CheckRun, response)
        for start in range(_MAX_ANNOTATIONS, len(action.annotations), _MAX_ANNOTATIONS):
            more = {"output": _output_data(action, action.annotations[start : start + _MAX_ANNOTATIONS])}
            await self._client.rest("PATCH", _RUN, more, check_run_id=str(run.id), idempotent=False)
        return ActionResult("done", f"{action.name} is {action.conclusion} on {action.head_oid[:9]}", run.html_url)

    async def _find_run(self, action: UpsertCheckRun) -> responses.CheckRun | None:
        """Return the bot's newest run of this name on the commit; other Apps may use the same name."""
        variables = self._client.path_variables(ref=action.head_oid, check_name=action.name, filter="latest")
        response = responses.parse(responses.CheckRuns, await self._client.get(_RUNS_OF_COMMIT, variables))
        slug = self._client.bot_login.removesuffix("[bot]")
        own_runs = [run for run in response.check_runs if run.app is not None and run.app.slug == slug]
        return max(own_runs, key=lambda run: run.id, default=None)


def _check_run_data(action: UpsertCheckRun) -> dict[str, Any]:
    return {
        "name": action.name,
        "external_id": action.digest,
        "status": "completed",
        "conclusion": action.conclusion,
        "output": _output_data(action, action.annotations[:_MAX_ANNOTATIONS]),
        "actions": [
            {"label": button.label, "description": button.description, "identifier": button.identifier}
            for button in action.buttons
        ],
    }


def _output_data(action: UpsertCheckRun, annotations: tuple[Annotation, ...]) -> dict[str, Any]:
    text = {"text": action.text} if action.text else {}
    return {
        "title": action.title,
        "summary": action.summary,
        **text,
        "annotations": [_annotation_data(a) for a in annotations],
    }


def _annotation_data(annotation: Annotation) -> dict[str, Any]:
    return {
        "path": annotation.path,
        "start_line": annotation.start_line,
        "end_line": annotation.end_line,
        "annotation_level": annotation.level,
        "title": annotation.title,
        "message": annotation.message,
    }
