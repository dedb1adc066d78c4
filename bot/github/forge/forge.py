"""One repository on GitHub as the core's `Forge`: look in one query, write what is not there yet.

Every write looks first for what it would write, since a step that was cut off runs again; what it is
fenced by (a branch's head) is compared and swapped by GitHub itself, in one mutation.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, overload

from bot.domain import (
    Action,
    ActionResult,
    AddComment,
    AddReaction,
    ClosePullRequest,
    CommentState,
    CommentTarget,
    CommitFiles,
    DeleteBranch,
    DocsState,
    DocsTarget,
    OpenPullRequest,
    PublishBranch,
    PullRequestState,
    PullRequestTarget,
    ReportIssue,
    Repository,
    ResolveIssue,
    ResolveThread,
    ReviewState,
    ReviewTarget,
    SubmitReview,
    UpdatePullRequest,
    UploadSarif,
    UpsertCheckRun,
    UpsertReply,
)
from bot.domain.permissions import Permission
from bot.github import errors, queries, responses
from bot.github.client import InstallationClient
from bot.github.forge.branches import Branches, branch_ref
from bot.github.forge.calls import RepositoryClient
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

    def __init__(self, client: InstallationClient, repository: Repository, bot_login: str) -> None:
        self._client = RepositoryClient(client, repository, bot_login)
        branches, pulls = Branches(self._client), Pulls(self._client)
        issues = Issues(self._client)
        self._conversations, self._reviews = Conversations(self._client), Reviews(self._client)
        self._handlers: dict[type[Any], Callable[[Any], Awaitable[ActionResult]]] = {
            PublishBranch: branches.publish,
            CommitFiles: branches.commit,
            DeleteBranch: branches.delete,
            OpenPullRequest: pulls.open,
            UpdatePullRequest: pulls.update,
            ClosePullRequest: pulls.close,
            UpsertCheckRun: Checks(self._client).upsert,
            AddComment: self._conversations.comment,
            UpsertReply: self._conversations.upsert_reply,
            AddReaction: self._conversations.react,
            ReportIssue: issues.report,
            ResolveIssue: issues.resolve,
            SubmitReview: self._reviews.submit,
            ResolveThread: self._reviews.resolve_thread,
            UploadSarif: self._reviews.upload_sarif,
        }

    async def permission(self, user: str) -> Permission:
        """The user's role; a custom role counts as the one that it extends. Nobody is `NONE`."""
        try:
            return responses.parse(
                responses.CollaboratorPermission, await self._client.rest("GET", _PERMISSION, username=user)
            ).level
        except errors.Refused as refused:
            if refused.status == 404:
                return Permission.NONE
            raise

    @overload
    async def observe(self, target: DocsTarget) -> DocsState: ...
    @overload
    async def observe(self, target: PullRequestTarget) -> PullRequestState | None: ...
    @overload
    async def observe(self, target: ReviewTarget) -> ReviewState | None: ...
    @overload
    async def observe(self, target: CommentTarget) -> CommentState | None: ...
    async def observe(
        self, target: DocsTarget | PullRequestTarget | ReviewTarget | CommentTarget
    ) -> DocsState | PullRequestState | ReviewState | CommentState | None:
        """What stands for a target, in one query or call.

        For a base branch its head, our branch, and our newest pull requests (of the last 20 between the two); for a
        pull request itself, or with our threads, None where there is none of that number.
        """
        if isinstance(target, CommentTarget):
            return await self._conversations.observe(target)
        if isinstance(target, ReviewTarget):
            return await self._reviews.observe(target.number)
        if isinstance(target, PullRequestTarget):
            answer = await self._client.graphql(
                queries.PULL_QUERY, {**self._client.query_variables, "number": target.number}
            )
            found = responses.parse(responses.PullRequestStateResponse, responses.extract_repository(answer))
            return found.pull.to_state(self._client.bot_login) if found.pull else None
        variables = {
            **self._client.query_variables,
            "base": target.base,
            "branch": target.branch,
            "baseRef": branch_ref(target.base),
            "ref": branch_ref(target.branch),
        }
        answer = await self._client.graphql(queries.OBSERVE_QUERY, variables)
        seen = responses.parse(responses.DocsStateResponse, responses.extract_repository(answer))
        return DocsState(
            seen.base.target.oid if seen.base else None,
            seen.branch.to_branch(target.branch, self._client.bot_login) if seen.branch else None,
            seen.pull_requests(self._client.bot_login),
        )

    async def apply(self, action: Action) -> ActionResult:
        """Do one thing, or find it done.

        Raises:
            Moved: the branch is not where the action expects it.
            UserError: the App may not, or MAS would not, do it.
            RemoteError: GitHub did not do it.
        """
        return await self._handlers[type(action)](action)
