"""Issues of ours, by which a repository's people learn what is not right with it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain import Outcome, ReportIssue, ResolveIssue
from bot.github import responses, write_policy
from bot.github.forge.calls import Calls

_ISSUES = "/repos/{owner}/{repo}/issues"
_OURS = "/repos/{owner}/{repo}/issues{?creator,state,per_page}"
_ISSUE = "/repos/{owner}/{repo}/issues/{number}"
_COMMENTS = _ISSUE + "/comments"


@dataclass(frozen=True, slots=True)
class Issues:
    """The issues of a repository."""

    _calls: Calls

    async def report(self, action: ReportIssue) -> Outcome:
        """One open issue that says this."""
        body = action.body if action.marker in action.body else f"{action.body}\n\n{action.marker}"
        write_policy.check_words(action.title, body)
        there = await self._standing(action.marker)
        if there is None:
            data = {"title": action.title, "body": body}
            made = responses.read(responses.Issue, await self._calls.rest("POST", _ISSUES, data))
            return Outcome("done", f"#{made.number} was opened", made.html_url)
        if there.says(action.title, body):
            return Outcome("already", f"#{there.number} says so", there.html_url)
        await self._calls.rest("PATCH", _ISSUE, {"title": action.title, "body": body}, number=str(there.number))
        return Outcome("done", f"#{there.number} was updated", there.html_url)

    async def resolve(self, action: ResolveIssue) -> Outcome:
        """No open issue with the marker."""
        there = await self._standing(action.marker)
        if there is None:
            return Outcome("already", "no such issue is open")
        number = str(there.number)
        await self._calls.rest("POST", _COMMENTS, {"body": action.why}, number=number)
        await self._calls.rest("PATCH", _ISSUE, {"state": "closed"}, number=number)
        return Outcome("done", f"#{number} was closed", there.html_url)

    async def _standing(self, marker: str) -> responses.Issue | None:
        places = self._calls.places(creator=self._calls.bot, state="open", per_page="100")
        issues = (responses.read(responses.Issue, each) for each in await self._calls.pages(_OURS, places))
        return next((issue for issue in issues if marker in (issue.body or "")), None)
