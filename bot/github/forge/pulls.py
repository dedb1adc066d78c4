"""Pull requests of ours: opened, kept up to date, closed."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import Any

from bot.domain import ClosePullRequest, OpenPullRequest, Outcome, UpdatePullRequest
from bot.errors import Moved
from bot.github import errors, responses, write_policy
from bot.github.forge.calls import Calls

_PULL = "/repos/{owner}/{repo}/pulls/{number}"
_PULLS = "/repos/{owner}/{repo}/pulls"
_ALL_PULLS = "/repos/{owner}/{repo}/pulls{?head,base,state}"
_LABELS = "/repos/{owner}/{repo}/issues/{number}/labels"
_REVIEWERS = "/repos/{owner}/{repo}/pulls/{number}/requested_reviewers"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pulls:
    """The pull requests of a repository."""

    _calls: Calls

    async def open(self, action: OpenPullRequest) -> Outcome:
        """A pull request between the two branches, with its labels and reviewers."""
        write_policy.check_words(action.title, action.body)
        pull, is_new = await self._opened(action), False
        if pull is None:
            pull, is_new = await self._made(action)
        await self._dress(pull, action)
        if is_new:
            return Outcome("done", f"#{pull.number} was opened", pull.html_url)
        return Outcome("already", f"#{pull.number} is open", pull.html_url)

    async def _made(self, action: OpenPullRequest) -> tuple[responses.Pull, bool]:
        data: dict[str, Any] = {"title": action.title, "body": action.body}
        data |= {"head": action.branch, "base": action.base}
        if action.draft:
            data["draft"] = True
        try:
            return responses.read(responses.Pull, await self._calls.rest("POST", _PULLS, data)), True
        except errors.Refused as refused:
            if refused.status == 422 and (there := await self._opened(action)):
                return there, False
            if refused.status == 422 and action.draft:  # no drafts in this repository's plan
                return await self._made(replace(action, draft=False))
            raise

    async def _dress(self, pull: responses.Pull, action: OpenPullRequest) -> None:
        """Labels and reviewers; one that GitHub does not take (who left, the author) keeps no pull request back."""
        number = str(pull.number)
        if action.labels:
            await self._calls.rest("POST", _LABELS, {"labels": list(action.labels)}, repeatable=True, number=number)
        if action.reviewers or action.teams:
            asked = {"reviewers": list(action.reviewers), "team_reviewers": list(action.teams)}
            try:
                await self._calls.rest("POST", _REVIEWERS, asked, repeatable=True, number=number)
            except errors.Refused as refused:
                if refused.status != 422:
                    raise
                _log.info("#%s: GitHub asks none of %s for a review", number, asked)

    async def _opened(self, action: OpenPullRequest) -> responses.Pull | None:
        places = self._calls.places(head=f"{self._calls.owner}:{action.branch}", base=action.base, state="all")
        pulls = [responses.read(responses.Pull, each) for each in await self._calls.pages(_ALL_PULLS, places)]
        for pull in pulls:
            if pull.state == "open":
                return pull
            if pull.says(action.title, action.body):  # ours of a moment ago: what is opened anew was decided
                raise Moved(f"#{pull.number} was opened and closed meanwhile.", transient=False)
        return None

    async def update(self, action: UpdatePullRequest) -> Outcome:
        write_policy.check_words(action.title, action.body)
        pull = await self._pull(action.number)
        if pull.says(action.title, action.body):
            return Outcome("already", f"#{pull.number} says so", pull.html_url)
        if pull.state == "closed":  # new words in it would count as turned down, though nobody saw them
            raise Moved(f"#{pull.number} was closed meanwhile.", transient=False)
        await self._calls.rest("PATCH", _PULL, {"title": action.title, "body": action.body}, number=str(pull.number))
        return Outcome("done", f"#{pull.number} was updated", pull.html_url)

    async def close(self, action: ClosePullRequest) -> Outcome:
        pull = await self._pull(action.number)
        if pull.state == "closed":
            return Outcome("already", f"#{pull.number} is closed", pull.html_url)
        await self._calls.rest("PATCH", _PULL, {"state": "closed"}, number=str(pull.number))
        return Outcome("done", f"#{pull.number} was closed", pull.html_url)

    async def _pull(self, number: int) -> responses.Pull:
        return responses.read(responses.Pull, await self._calls.rest("GET", _PULL, number=str(number)))
