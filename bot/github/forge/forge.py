"""Implements `ports.Forge` for one repository: observe its state in one query, and apply actions.

Each write first checks whether it was already made, since an interrupted step runs again. GitHub itself checks the
expected head of a branch, by compare-and-swap in one mutation.
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
    """One repository, read and written by the App.

    Args:
        client: the installation's client.
        repository: the repository to which tokens are narrowed.
        bot_login: the App's login, `slug[bot]`, which identifies its own commits, pull requests and comments.
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
        """Return a user's role; a custom role counts as the one it extends. `NONE` if the user does not exist."""
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
        """Return the observed state of a target, by one query or call.

        The state of a base branch has its head, the bot's branch, and the bot's pull requests among the last 20 between
        the two. The state of a pull request, a review or a comment is None if it does not exist.
        """
        if isinstance(target, CommentTarget):
            return await self._conversations.observe(target)
        if isinstance(target, ReviewTarget):
            return await self._reviews.observe(target.number)
        if isinstance(target, PullRequestTarget):
            variables = {**self._client.query_variables, "number": target.number}
            data = responses.extract_repository(await self._client.graphql(queries.PULL_QUERY, variables))
            pull = responses.parse(responses.PullRequestStateResponse, data).pull
            return pull.to_state(self._client.bot_login) if pull else None
        return await self._observe_docs(target)

    async def _observe_docs(self, target: DocsTarget) -> DocsState:
        variables = {
            **self._client.query_variables,
            "base": target.base,
            "branch": target.branch,
            "baseRef": branch_ref(target.base),
            "ref": branch_ref(target.branch),
        }
        data = responses.extract_repository(await self._client.graphql(queries.OBSERVE_QUERY, variables))
        response = responses.parse(responses.DocsStateResponse, data)
        return DocsState(
            response.base.target.oid if response.base else None,
            response.branch.to_branch(target.branch, self._client.bot_login) if response.branch else None,
            response.pull_requests(self._client.bot_login),
        )

    async def apply(self, action: Action) -> ActionResult:
        """Apply one action, unless it was already applied.

        Raises:
            ConflictError: the branch's head is not the one that the action expects.
            UserError: the App lacks a permission, or MAS does not make this kind of change.
            RemoteError: GitHub did not apply the action.
        """
        return await self._handlers[type(action)](action)
