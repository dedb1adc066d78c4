"""Issues of ours, by which a repository's people learn what is not right with it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain import ActionResult, ReportIssue, ResolveIssue
from bot.github import responses, write_policy
from bot.github.forge.calls import RepositoryClient

_ISSUES = "/repos/{owner}/{repo}/issues"
_OWN_ISSUES = "/repos/{owner}/{repo}/issues{?creator,state,per_page}"
_ISSUE = "/repos/{owner}/{repo}/issues/{number}"
_COMMENTS = _ISSUE + "/comments"


@dataclass(frozen=True, slots=True)
class Issues:
    """The issues of a repository."""

    _client: RepositoryClient

    async def report(self, action: ReportIssue) -> ActionResult:
        """One open issue that says this."""
        body = action.body if action.marker in action.body else f"{action.body}\n\n{action.marker}"
        write_policy.check_text(action.title, body)
        there = await self._find_open(action.marker)
        if there is None:
            data = {"title": action.title, "body": body}
            made = responses.parse(responses.Issue, await self._client.rest("POST", _ISSUES, data))
            return ActionResult("done", f"#{made.number} was opened", made.html_url)
        if there.matches(action.title, body):
            return ActionResult("already", f"#{there.number} says so", there.html_url)
        await self._client.rest("PATCH", _ISSUE, {"title": action.title, "body": body}, number=str(there.number))
        return ActionResult("done", f"#{there.number} was updated", there.html_url)

    async def resolve(self, action: ResolveIssue) -> ActionResult:
        """No open issue with the marker."""
        there = await self._find_open(action.marker)
        if there is None:
            return ActionResult("already", "no such issue is open")
        number = str(there.number)
        await self._client.rest("POST", _COMMENTS, {"body": action.why}, number=number)
        await self._client.rest("PATCH", _ISSUE, {"state": "closed"}, number=number)
        return ActionResult("done", f"#{number} was closed", there.html_url)

    async def _find_open(self, marker: str) -> responses.Issue | None:
        places = self._client.path_variables(creator=self._client.bot_login, state="open", per_page="100")
        issues = (responses.parse(responses.Issue, each) for each in await self._client.pages(_OWN_ISSUES, places))
        return next((issue for issue in issues if marker in (issue.body or "")), None)
