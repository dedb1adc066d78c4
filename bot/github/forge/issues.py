"""The bot's issues, which report problems with a repository's configuration to its people."""

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
        """Open an issue, or update the open one with its marker."""
        body = action.body if action.marker in action.body else f"{action.body}\n\n{action.marker}"
        write_policy.check_text(action.title, body)
        issue = await self._find_open(action.marker)
        data = {"title": action.title, "body": body}
        if issue is None:
            issue = responses.parse(responses.Issue, await self._client.rest("POST", _ISSUES, data))
            return ActionResult("done", f"#{issue.number} was opened", issue.html_url)
        if issue.matches(action.title, body):
            return ActionResult("already", f"#{issue.number} is up to date", issue.html_url)
        await self._client.rest("PATCH", _ISSUE, data, number=str(issue.number))
        return ActionResult("done", f"#{issue.number} was updated", issue.html_url)

    async def resolve(self, action: ResolveIssue) -> ActionResult:
        """Close the open issue with the marker, if there is one."""
        issue = await self._find_open(action.marker)
        if issue is None:
            return ActionResult("already", "no such issue is open")
        number = str(issue.number)
        await self._client.rest("POST", _COMMENTS, {"body": action.why}, number=number)
        await self._client.rest("PATCH", _ISSUE, {"state": "closed"}, number=number)
        return ActionResult("done", f"#{number} was closed", issue.html_url)

    async def _find_open(self, marker: str) -> responses.Issue | None:
        variables = self._client.path_variables(creator=self._client.bot_login, state="open", per_page="100")
        issues = (responses.parse(responses.Issue, item) for item in await self._client.pages(_OWN_ISSUES, variables))
        return next((issue for issue in issues if marker in (issue.body or "")), None)
