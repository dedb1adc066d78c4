"""Records of issues, pull requests, comments and reviews."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from github_sandbox.state import Account, App, Repository

REACTIONS = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")
"""All reaction contents, in GitHub's order."""


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
    """A comment on an issue or pull request.

    `app` is the App that posted it, if any; `minimized` is the reason for which it is hidden.
    """

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
    """Base of issues and pull requests, which share one sequence of numbers per repository."""

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
    """An issue. `state_reason` is `completed`, `not_planned`, `reopened`, or None if it was never closed."""

    state_reason: str | None = None


@dataclass(eq=False, kw_only=True)
class PullRequest(Conversation):
    """A pull request. `head_oid` and `base_oid` follow their branches while it is open.

    For a fork, `head_repository` is the fork, and None once that is deleted; `head_owner` stays.
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
        """Return the comments of all threads, oldest first."""
        return sorted((c for thread in self.threads for c in thread.comments), key=lambda comment: comment.id)

    @property
    def merged(self) -> bool:
        return self.merge_oid is not None

    @property
    def is_cross_repository(self) -> bool:
        """Return whether the head is in another repository."""
        return self.head_repository is not self.repository

    @property
    def head_label(self) -> str:
        """Return the head as GitHub writes it, `owner:branch`."""
        return f"{self.head_owner.login}:{self.head}"


@dataclass(eq=False, kw_only=True)
class Review:
    """A review of a pull request. `state` is `COMMENTED`, `APPROVED` or `CHANGES_REQUESTED`."""

    id: int
    pull: PullRequest
    author: Account
    body: str
    state: str
    commit_oid: str
    submitted_at: datetime


@dataclass(frozen=True, slots=True)
class DiffLocation:
    """A location in a pull request's diff: one or more lines of one side or, without `line`, a whole file.

    `position` counts the diff's lines from its first hunk. `hunk` is the text of that hunk down to the line.
    """

    path: str
    side: Literal["LEFT", "RIGHT"] = "RIGHT"
    line: int | None = None
    start_line: int | None = None
    position: int | None = None
    hunk: str = ""


@dataclass(eq=False, kw_only=True)
class ReviewThread:
    """A review thread. `original` is its first location, `current` the present one: None once outdated."""

    id: int
    pull: PullRequest
    original: DiffLocation
    original_oid: str
    current: DiffLocation | None
    resolved_by: Account | None = None
    comments: list[ReviewComment] = field(default_factory=list)

    @property
    def is_file_level(self) -> bool:
        return self.original.line is None


@dataclass(eq=False, kw_only=True)
class ReviewComment(Comment):
    """A comment of a review thread."""

    thread: ReviewThread
    review: Review


@dataclass(frozen=True, slots=True, eq=False)
class MergeGroup:
    """A merge queue entry: the temporary branch `ref` with the merge commit `oid` of a pull request."""

    ref: str
    oid: str
    pull: PullRequest
