"""Pull requests and the threads on them, as GraphQL tells them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from bot.domain import PullRequest, PullStanding, Thread
from bot.domain.review_markers import RemarkMarker
from bot.github.responses.base import Answer
from bot.github.responses.branches import Ref


class _Author(Answer):
    kind: str = Field(alias="__typename")
    login: str

    @property
    def rest_login(self) -> str:
        """As REST and commits have it: GraphQL gives a bot's login without its `[bot]`."""
        return f"{self.login}[bot]" if self.kind == "Bot" else self.login


class _Pull(Answer):
    number: int
    state: Literal["OPEN", "CLOSED", "MERGED"]
    title: str
    body: str
    url: str
    head_oid: str = Field(alias="headRefOid")
    author: _Author | None

    def ours(self, bot_login: str) -> bool:
        return self.author is not None and self.author.rest_login == bot_login  # the App opens none from a fork

    def pull_request(self) -> PullRequest:
        state: Any = self.state.lower()
        return PullRequest(self.number, state, self.title, self.body, self.head_oid, self.url)


class _Pulls(Answer):
    nodes: tuple[_Pull, ...]


class Observed(Answer):
    """The answer to `queries.OBSERVE_QUERY`."""

    base: Ref | None
    branch: Ref | None
    pulls: _Pulls = Field(alias="pullRequests")

    def pull_requests(self, bot_login: str) -> tuple[PullRequest, ...]:
        return tuple(pull.pull_request() for pull in self.pulls.nodes if pull.ours(bot_login))


class _Label(Answer):
    name: str


class _Labels(Answer):
    nodes: tuple[_Label, ...] = ()


class _Message(Answer):
    message: str


class _PullCommit(Answer):
    commit: _Message


class _PullCommits(Answer):
    nodes: tuple[_PullCommit, ...] = ()


class _AnyPull(Answer):
    number: int
    state: Literal["OPEN", "CLOSED", "MERGED"]
    body: str
    head_oid: str = Field(alias="headRefOid")
    branch: str = Field(alias="headRefName")
    base: str = Field(alias="baseRefName")
    elsewhere: bool = Field(alias="isCrossRepository")
    author: _Author | None
    labels: _Labels | None
    commits: _PullCommits

    def standing(self, bot_login: str) -> PullStanding:
        state: Any = self.state.lower()
        return PullStanding(
            self.number,
            state,
            self.author.rest_login if self.author else "ghost",
            self.author is not None and self.author.rest_login == bot_login,
            self.base,
            self.head_oid,
            None if self.elsewhere else self.branch,
            tuple(label.name for label in self.labels.nodes) if self.labels else (),
            self.commits.nodes[-1].commit.message if self.commits.nodes else "",
            self.body,
        )


class ObservedPull(Answer):
    """The answer to `queries.PULL_QUERY`."""

    pull: _AnyPull | None = Field(alias="pullRequest")


class _Login(Answer):
    login: str


class _Opening(Answer):
    body: str
    author: _Author | None


class _Openings(Answer):
    nodes: tuple[_Opening, ...] = ()


class _Thread(Answer):
    id: str
    resolved: bool = Field(alias="isResolved")
    by: _Login | None = Field(alias="resolvedBy")
    comments: _Openings

    def ours(self, bot_login: str) -> Thread | None:
        """In the domain's words; None where it is not us who began it, or not on a finding."""
        opening = self.comments.nodes[0] if self.comments.nodes else None
        if opening is None or opening.author is None or opening.author.rest_login != bot_login:
            return None
        told = RemarkMarker.read(opening.body)
        by = self.by.login if self.by and self.by.login not in (bot_login, bot_login.removesuffix("[bot]")) else None
        return Thread(self.id, told.fingerprint, told.rule, self.resolved, by) if told else None


class _Page(Answer):
    more: bool = Field(alias="hasNextPage")
    cursor: str | None = Field(alias="endCursor")


class Threads(Answer):
    """A page of a pull request's threads."""

    page: _Page = Field(alias="pageInfo")
    nodes: tuple[_Thread, ...] = ()


class _ReviewedPull(_AnyPull):
    threads: Threads = Field(alias="reviewThreads")


class ObservedReview(Answer):
    """The answer to `queries.REVIEW_QUERY`."""

    pull: _ReviewedPull | None = Field(alias="pullRequest")
