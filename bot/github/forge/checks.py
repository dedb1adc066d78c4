"""Check runs (https://docs.github.com/en/rest/checks/runs)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.domain import Annotation, Outcome, PutCheck
from bot.github import responses, write_policy
from bot.github.forge.calls import Calls

_RUNS = "/repos/{owner}/{repo}/check-runs"
_RUN = "/repos/{owner}/{repo}/check-runs/{check_run_id}"
_RUNS_OF = "/repos/{owner}/{repo}/commits/{ref}/check-runs{?check_name,filter}"
_AT_ONCE = 50
"""Annotations that GitHub takes in one request."""


@dataclass(frozen=True, slots=True)
class Checks:
    """The check runs of a repository."""

    _calls: Calls

    async def put(self, action: PutCheck) -> Outcome:
        """A check run that says this: the one of that name on the commit, or a new one."""
        write_policy.check_output(action.title, action.summary, action.text)
        standing = await self._standing(action)
        if standing and standing.external_id == action.digest:
            return Outcome("already", f"{action.name} says so", standing.html_url)
        data = _described(action)
        if standing:
            made = await self._calls.rest("PATCH", _RUN, data, check_run_id=str(standing.id))
        else:
            made = await self._calls.rest("POST", _RUNS, {**data, "head_sha": action.head_oid})
        run = responses.read(responses.CheckRun, made)
        for start in range(_AT_ONCE, len(action.annotations), _AT_ONCE):
            more = {"output": _output(action, action.annotations[start : start + _AT_ONCE])}
            await self._calls.rest("PATCH", _RUN, more, check_run_id=str(run.id), repeatable=False)
        return Outcome("done", f"{action.name} is {action.conclusion} on {action.head_oid[:9]}", run.html_url)

    async def _standing(self, action: PutCheck) -> responses.CheckRun | None:
        """The newest run of that name on the commit that is ours; another App's may have the same name."""
        places = self._calls.places(ref=action.head_oid, check_name=action.name, filter="latest")
        found = responses.read(responses.CheckRuns, await self._calls.get(_RUNS_OF, places))
        slug = self._calls.bot.removesuffix("[bot]")
        ours = [run for run in found.check_runs if run.app is not None and run.app.slug == slug]
        return max(ours, key=lambda run: run.id, default=None)


def _described(action: PutCheck) -> dict[str, Any]:
    return {
        "name": action.name,
        "external_id": action.digest,
        "status": "completed",
        "conclusion": action.conclusion,
        "output": _output(action, action.annotations[:_AT_ONCE]),
        "actions": [
            {"label": button.label, "description": button.description, "identifier": button.identifier}
            for button in action.buttons
        ],
    }


def _output(action: PutCheck, annotations: tuple[Annotation, ...]) -> dict[str, Any]:
    text = {"text": action.text} if action.text else {}
    return {"title": action.title, "summary": action.summary, **text, "annotations": [_note(a) for a in annotations]}


def _note(annotation: Annotation) -> dict[str, Any]:
    return {
        "path": annotation.path,
        "start_line": annotation.start_line,
        "end_line": annotation.end_line,
        "annotation_level": annotation.level,
        "title": annotation.title,
        "message": annotation.message,
    }
