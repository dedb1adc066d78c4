"""GraphQL responses about pull requests and their review threads."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from bot.domain import DocsPullRequest, PullRequestState, ReviewThread
from bot.domain.review_markers import FindingMarker
from bot.github.responses.base import Response
from bot.github.responses.branches import Ref


class _Author(Response):
    kind: str = Field(alias="__typename")
    login: str

    @property
    def rest_login(self) -> str:
        """The login as in REST and commits; GraphQL omits the `[bot]` of a bot."""
        return f"{self.login}[bot]" if self.kind == "Bot" else self.login


class _PullRequestNode(Response):
    number: int
    state: Literal["OPEN", "CLOSED", "MERGED"]
    title: str
    body: str
    url: str
    head_oid: str = Field(alias="headRefOid")
    author: _Author | None

    def is_ours(self, bot_login: str) -> bool:
        return self.author is not None and self.author.rest_login == bot_login  # the App opens none from a fork

    def to_pull_request(self) -> DocsPullRequest:
        state: Any = self.state.lower()
        return DocsPullRequest(self.number, state, self.title, self.body, self.head_oid, self.url)


class _PullRequestNodes(Response):
    nodes: tuple[_PullRequestNode, ...]


class DocsStateResponse(Response):
    """The response to `queries.OBSERVE_QUERY`."""

    base: Ref | None
    branch: Ref | None
    pulls: _PullRequestNodes = Field(alias="pullRequests")

    def pull_requests(self, bot_login: str) -> tuple[DocsPullRequest, ...]:
        return tuple(pull.to_pull_request() for pull in self.pulls.nodes if pull.is_ours(bot_login))


class _Label(Response):
    name: str


class _Labels(Response):
    nodes: tuple[_Label, ...] = ()


class _CommitMessage(Response):
    message: str


class _PullCommit(Response):
    commit: _CommitMessage


class _PullCommits(Response):
    nodes: tuple[_PullCommit, ...] = ()


class _PullRequestDetail(Response):
    number: int
    state: Literal["OPEN", "CLOSED", "MERGED"]
    body: str
    head_oid: str = Field(alias="headRefOid")
    branch: str = Field(alias="headRefName")
    base: str = Field(alias="baseRefName")
    is_from_fork: bool = Field(alias="isCrossRepository")
    author: _Author | None
    labels: _Labels | None
    commits: _PullCommits

    def to_state(self, bot_login: str) -> PullRequestState:
        state: Any = self.state.lower()
        return PullRequestState(
            self.number,
            state,
            self.author.rest_login if self.author else "ghost",
            self.author is not None and self.author.rest_login == bot_login,
            self.base,
            self.head_oid,
            None if self.is_from_fork else self.branch,
            tuple(label.name for label in self.labels.nodes) if self.labels else (),
            self.commits.nodes[-1].commit.message if self.commits.nodes else "",
            self.body,
        )


class PullRequestStateResponse(Response):
    """The response to `queries.PULL_QUERY`."""

    pull: _PullRequestDetail | None = Field(alias="pullRequest")


class _Login(Response):
    login: str


class _FirstComment(Response):
    body: str
    author: _Author | None


class _FirstComments(Response):
    nodes: tuple[_FirstComment, ...] = ()


class _Thread(Response):
    id: str
    resolved: bool = Field(alias="isResolved")
    by: _Login | None = Field(alias="resolvedBy")
    comments: _FirstComments

    def to_own_thread(self, bot_login: str) -> ReviewThread | None:
        """Convert to a `ReviewThread`, or None if the bot did not start it or it is not about a finding."""
        first = self.comments.nodes[0] if self.comments.nodes else None
        if first is None or first.author is None or first.author.rest_login != bot_login:
            return None
        marker = FindingMarker.parse(first.body)
        by = self.by.login if self.by and self.by.login not in (bot_login, bot_login.removesuffix("[bot]")) else None
        return ReviewThread(self.id, marker.fingerprint, marker.rule, self.resolved, by) if marker else None


class _PageInfo(Response):
    more: bool = Field(alias="hasNextPage")
    cursor: str | None = Field(alias="endCursor")


class Threads(Response):
    """A page of a pull request's threads."""

    page: _PageInfo = Field(alias="pageInfo")
    nodes: tuple[_Thread, ...] = ()


class _PullRequestWithThreads(_PullRequestDetail):
    threads: Threads = Field(alias="reviewThreads")


class ReviewStateResponse(Response):
    """The response to `queries.REVIEW_QUERY`."""

    pull: _PullRequestWithThreads | None = Field(alias="pullRequest")
