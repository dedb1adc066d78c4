"""What people and Apps say on this GitHub: issues, pull requests, comments, reviews. Plain records."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from github_sandbox.state import Account, App, Repository

REACTIONS = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")
"""All that there are, in GitHub's order."""


@dataclass(eq=False)
class Reaction:
    id: int
    author: Account
    content: str
    created_at: datetime


@dataclass(eq=False)
class Label:
    id: int
    name: str
    color: str = "ededed"
    description: str = ""


@dataclass(eq=False, kw_only=True)
class Comment:
    """A comment in a conversation; `app` when an App wrote it, `minimized` the reason it is hidden for."""

    id: int
    conversation: Conversation
    author: Account
    body: str
    created_at: datetime
    updated_at: datetime
    app: App | None = None
    minimized: str | None = None
    reactions: list[Reaction] = field(default_factory=list)


@dataclass(eq=False, kw_only=True)
class Conversation:
    """What issues and pull requests share: a number in their repository, a text, and what is said below it."""

    id: int
    number: int
    repository: Repository
    author: Account
    title: str
    body: str | None
    created_at: datetime
    updated_at: datetime
    app: App | None = None
    state: Literal["open", "closed"] = "open"
    closed_at: datetime | None = None
    comments: list[Comment] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    assignees: list[Account] = field(default_factory=list)
    reactions: list[Reaction] = field(default_factory=list)


@dataclass(eq=False, kw_only=True)
class Issue(Conversation):
    """An issue; `state_reason` is GitHub's (`completed`, `not_planned`, `reopened`), None while it never closed."""

    state_reason: str | None = None


@dataclass(eq=False, kw_only=True)
class PullRequest(Conversation):
    """A pull request into a branch of its repository. The oids follow their branches while it is open.

    `head_repository` is another one for a fork's, and None once it was deleted; the owner's name stays.
    """

    head: str
    base: str
    head_oid: str
    base_oid: str
    head_repository: Repository | None
    head_owner: Account
    draft: bool = False
    merged_by: Account | None = None
    merge_oid: str | None = None
    reviewers: list[Account] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)
    threads: list[ReviewThread] = field(default_factory=list)

    @property
    def review_comments(self) -> list[ReviewComment]:
        """Those of all threads, oldest first."""
        return sorted((c for thread in self.threads for c in thread.comments), key=lambda comment: comment.id)

    @property
    def merged(self) -> bool:
        return self.merge_oid is not None

    @property
    def crosses(self) -> bool:
        """Whether it comes from another repository."""
        return self.head_repository is not self.repository

    @property
    def head_label(self) -> str:
        """The head as GitHub writes it, `owner:branch`."""
        return f"{self.head_owner.login}:{self.head}"


@dataclass(eq=False, kw_only=True)
class Review:
    """What somebody thinks of a pull request; `state` is GitHub's (`COMMENTED`, `APPROVED`, `CHANGES_REQUESTED`)."""

    id: int
    pull: PullRequest
    author: Account
    body: str
    state: str
    commit_oid: str
    submitted_at: datetime


@dataclass(frozen=True, slots=True)
class Spot:
    """Where in a pull request's diff a thread hangs: a line or some of one side, or, without one, a whole file.

    `position` counts the diff's lines from its first hunk, `hunk` is that hunk down to the line.
    """

    path: str
    side: Literal["LEFT", "RIGHT"] = "RIGHT"
    line: int | None = None
    start_line: int | None = None
    position: int | None = None
    hunk: str = ""


@dataclass(eq=False, kw_only=True)
class ReviewThread:
    """Comments on a place of a change. `original` is where it began, `now` where it is by now: None once outdated."""

    id: int
    pull: PullRequest
    original: Spot
    original_oid: str
    now: Spot | None
    resolved_by: Account | None = None
    comments: list[ReviewComment] = field(default_factory=list)

    @property
    def of_file(self) -> bool:
        return self.original.line is None


@dataclass(eq=False, kw_only=True)
class ReviewComment(Comment):
    """A comment of a thread, made with a review."""

    thread: ReviewThread
    review: Review


@dataclass(frozen=True, slots=True, eq=False)
class MergeGroup:
    """A pull request in the merge queue: its merge, and the branch that this lies on."""

    ref: str
    oid: str
    pull: PullRequest
