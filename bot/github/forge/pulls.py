"""Open, update and close the bot's pull requests."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import Any

from bot.domain import ActionResult, ClosePullRequest, OpenPullRequest, UpdatePullRequest
from bot.errors import ConflictError
from bot.github import errors, responses, write_policy
from bot.github.forge.calls import RepositoryClient

_PULL = "/repos/{owner}/{repo}/pulls/{number}"
_PULLS = "/repos/{owner}/{repo}/pulls"
_ALL_PULLS = "/repos/{owner}/{repo}/pulls{?head,base,state}"
_LABELS = "/repos/{owner}/{repo}/issues/{number}/labels"
_REVIEWERS = "/repos/{owner}/{repo}/pulls/{number}/requested_reviewers"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pulls:
    """The pull requests of a repository."""

    _client: RepositoryClient

    async def open(self, action: OpenPullRequest) -> ActionResult:
        """Open a pull request between two branches, unless one is open, and add its labels and reviewers."""
        write_policy.check_text(action.title, action.body)
        pull, is_new = await self._find_open(action), False
        if pull is None:
            pull, is_new = await self._create(action)
        await self._add_labels_and_reviewers(pull, action)
        if is_new:
            return ActionResult("done", f"#{pull.number} was opened", pull.html_url)
        return ActionResult("already", f"#{pull.number} is open", pull.html_url)

    async def _create(self, action: OpenPullRequest) -> tuple[responses.Pull, bool]:
        data: dict[str, Any] = {"title": action.title, "body": action.body}
        data |= {"head": action.branch, "base": action.base}
        if action.draft:
            data["draft"] = True
        try:
            return responses.parse(responses.Pull, await self._client.rest("POST", _PULLS, data)), True
        except errors.Refused as refused:
            if refused.status == 422 and (existing := await self._find_open(action)):
                return existing, False
            if refused.status == 422 and action.draft:  # the repository's plan has no drafts
                return await self._create(replace(action, draft=False))
            raise

    async def _add_labels_and_reviewers(self, pull: responses.Pull, action: OpenPullRequest) -> None:
        """Add labels and reviewers. Reviewers that GitHub rejects (who left, or the author) are not an error."""
        number = str(pull.number)
        if action.labels:
            await self._client.rest("POST", _LABELS, {"labels": list(action.labels)}, idempotent=True, number=number)
        if action.reviewers or action.teams:
            reviewers = {"reviewers": list(action.reviewers), "team_reviewers": list(action.teams)}
            try:
                await self._client.rest("POST", _REVIEWERS, reviewers, idempotent=True, number=number)
            except errors.Refused as refused:
                if refused.status != 422:
                    raise
                _log.info("#%s: GitHub rejected the reviewers %s", number, reviewers)

    async def _find_open(self, action: OpenPullRequest) -> responses.Pull | None:
        variables = self._client.path_variables(
            head=f"{self._client.owner}:{action.branch}", base=action.base, state="all"
        )
        pulls = [responses.parse(responses.Pull, each) for each in await self._client.pages(_ALL_PULLS, variables)]
        for pull in pulls:
            if pull.state == "open":
                return pull
            if pull.matches(action.title, action.body):  # a person has just closed it: do not reopen it
                raise ConflictError(f"#{pull.number} was closed right after it was opened.", transient=False)
        return None

    async def update(self, action: UpdatePullRequest) -> ActionResult:
        write_policy.check_text(action.title, action.body)
        pull = await self._get(action.number)
        if pull.matches(action.title, action.body):
            return ActionResult("already", f"#{pull.number} is up to date", pull.html_url)
        if pull.state == "closed":  # edits added now would count as declined, though nobody saw them
            raise ConflictError(f"#{pull.number} has been closed.", transient=False)
        await self._client.rest("PATCH", _PULL, {"title": action.title, "body": action.body}, number=str(pull.number))
        return ActionResult("done", f"#{pull.number} was updated", pull.html_url)

    async def close(self, action: ClosePullRequest) -> ActionResult:
        pull = await self._get(action.number)
        if pull.state == "closed":
            return ActionResult("already", f"#{pull.number} is closed", pull.html_url)
        await self._client.rest("PATCH", _PULL, {"state": "closed"}, number=str(pull.number))
        return ActionResult("done", f"#{pull.number} was closed", pull.html_url)

    async def _get(self, number: int) -> responses.Pull:
        return responses.parse(responses.Pull, await self._client.rest("GET", _PULL, number=str(number)))
