"""One repository on GitHub as the core's `Forge`: look in one query, write what is not there yet.

Every write looks first for what it would write, since a step that was cut off runs again; what it is
fenced by (a branch's head) is compared and swapped by GitHub itself, in one mutation.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, overload

from bot.domain import (
    Action,
    Answer,
    ClosePullRequest,
    Comment,
    CommentStanding,
    CommentSubject,
    CommitFiles,
    DeleteBranch,
    DocsSubject,
    OpenPullRequest,
    Outcome,
    PublishBranch,
    PullStanding,
    PullSubject,
    PutCheck,
    PutReview,
    React,
    ReportIssue,
    Repository,
    ResolveIssue,
    ReviewStanding,
    ReviewSubject,
    SettleThread,
    Standing,
    UpdatePullRequest,
    UploadSarif,
)
from bot.domain.permissions import Permission
from bot.github import errors, queries, responses
from bot.github.client import Installation
from bot.github.forge.branches import Branches, ref
from bot.github.forge.calls import Calls
from bot.github.forge.checks import Checks
from bot.github.forge.conversations import Conversations
from bot.github.forge.issues import Issues
from bot.github.forge.pulls import Pulls
from bot.github.forge.reviews import Reviews

_PERMISSION = "/repos/{owner}/{repo}/collaborators/{username}/permission"


class GitHubForge:
    """A repository, seen and written by the App.

    Args:
        client: the installation's.
        repository: whose; tokens are narrowed to it.
        bot_login: the App's login, `slug[bot]`, by which it knows its own commits, pull requests and comments.
    """

    def __init__(self, client: Installation, repository: Repository, bot_login: str) -> None:
        self._calls = Calls(client, repository, bot_login)
        branches, pulls = Branches(self._calls), Pulls(self._calls)
        issues = Issues(self._calls)
        self._conversations, self._reviews = Conversations(self._calls), Reviews(self._calls)
        self._doing: dict[type[Any], Callable[[Any], Awaitable[Outcome]]] = {
            PublishBranch: branches.publish,
            CommitFiles: branches.commit,
            DeleteBranch: branches.delete,
            OpenPullRequest: pulls.open,
            UpdatePullRequest: pulls.update,
            ClosePullRequest: pulls.close,
            PutCheck: Checks(self._calls).put,
            Comment: self._conversations.comment,
            Answer: self._conversations.answer,
            React: self._conversations.react,
            ReportIssue: issues.report,
            ResolveIssue: issues.resolve,
            PutReview: self._reviews.put,
            SettleThread: self._reviews.settle,
            UploadSarif: self._reviews.upload,
        }

    async def permission(self, user: str) -> Permission:
        """The user's role; a custom role counts as the one that it extends. Nobody is `NONE`."""
        try:
            return responses.read(responses.Role, await self._calls.rest("GET", _PERMISSION, username=user)).level
        except errors.Refused as refused:
            if refused.status == 404:
                return Permission.NONE
            raise

    @overload
    async def observe(self, subject: DocsSubject) -> Standing: ...
    @overload
    async def observe(self, subject: PullSubject) -> PullStanding | None: ...
    @overload
    async def observe(self, subject: ReviewSubject) -> ReviewStanding | None: ...
    @overload
    async def observe(self, subject: CommentSubject) -> CommentStanding | None: ...
    async def observe(
        self, subject: DocsSubject | PullSubject | ReviewSubject | CommentSubject
    ) -> Standing | PullStanding | ReviewStanding | CommentStanding | None:
        """What stands for a subject, in one query or call.

        For a base branch its head, our branch, and our newest pull requests (of the last 20 between the two); for a
        pull request itself, or with our threads, None where there is none of that number.
        """
        if isinstance(subject, CommentSubject):
            return await self._conversations.standing(subject)
        if isinstance(subject, ReviewSubject):
            return await self._reviews.standing(subject.number)
        if isinstance(subject, PullSubject):
            answer = await self._calls.graphql(queries.PULL_QUERY, {**self._calls.named, "number": subject.number})
            found = responses.read(responses.ObservedPull, responses.repository(answer))
            return found.pull.standing(self._calls.bot) if found.pull else None
        variables = {
            **self._calls.named,
            "base": subject.base,
            "branch": subject.branch,
            "baseRef": ref(subject.base),
            "ref": ref(subject.branch),
        }
        answer = await self._calls.graphql(queries.OBSERVE_QUERY, variables)
        seen = responses.read(responses.Observed, responses.repository(answer))
        return Standing(
            seen.base.target.oid if seen.base else None,
            seen.branch.branch(subject.branch, self._calls.bot) if seen.branch else None,
            seen.pull_requests(self._calls.bot),
        )

    async def apply(self, action: Action) -> Outcome:
        """Do one thing, or find it done.

        Raises:
            Moved: the branch is not where the action expects it.
            UserError: the App may not, or MAS would not, do it.
            RemoteError: GitHub did not do it.
        """
        return await self._doing[type(action)](action)
