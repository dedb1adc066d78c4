"""Actions on the forge, and their results.

Applying an action twice has the same effect as applying it once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class PublishBranch:
    """Make `branch` a single commit on top of `onto` that changes `files`.

    Args:
        expected: the head of the branch before; None if it must not exist.
        digest: identifies the content; the commit's trailer carries it.
    """

    branch: str
    onto: str
    expected: str | None
    files: dict[str, str]
    message: str
    digest: str
    kind: Literal["publish-branch"] = "publish-branch"


@dataclass(frozen=True, slots=True)
class OpenPullRequest:
    """Open a pull request.

    Args:
        reviewers: logins.
        teams: slugs of teams of the repository's owner.
    """

    branch: str
    base: str
    title: str
    body: str
    draft: bool = False
    labels: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    kind: Literal["open-pull-request"] = "open-pull-request"


@dataclass(frozen=True, slots=True)
class UpdatePullRequest:
    """Replace the title and the body of a pull request."""

    number: int
    title: str
    body: str
    kind: Literal["update-pull-request"] = "update-pull-request"


@dataclass(frozen=True, slots=True)
class AddComment:
    """Post a comment once. `marker` is the hidden text that identifies it."""

    number: int
    body: str
    marker: str
    kind: Literal["comment"] = "comment"


@dataclass(frozen=True, slots=True)
class ClosePullRequest:
    """Close a pull request without merging it."""

    number: int
    kind: Literal["close-pull-request"] = "close-pull-request"


@dataclass(frozen=True, slots=True)
class DeleteBranch:
    """Delete a branch whose head is `expected`."""

    branch: str
    expected: str
    kind: Literal["delete-branch"] = "delete-branch"


@dataclass(frozen=True, slots=True)
class CommitFiles:
    """Commit changes of `files` to a person's branch whose head is `expected`."""

    branch: str
    expected: str
    files: dict[str, str]
    message: str
    digest: str
    kind: Literal["commit-files"] = "commit-files"


@dataclass(frozen=True, slots=True)
class Annotation:
    """A message on lines of a file at a check's commit."""

    path: str
    start_line: int
    end_line: int
    title: str
    message: str
    level: Literal["notice", "warning", "failure"] = "notice"


@dataclass(frozen=True, slots=True)
class Button:
    """A button of a check run."""

    label: str
    description: str
    identifier: str


@dataclass(frozen=True, slots=True)
class UpsertCheckRun:
    """Create or update the check run of a name on a commit.

    Args:
        digest: identifies the content, so that publishing it twice changes nothing.
    """

    name: str
    head_oid: str
    conclusion: Literal["success", "neutral", "failure", "skipped"]
    title: str
    summary: str
    digest: str
    text: str = ""
    annotations: tuple[Annotation, ...] = ()
    buttons: tuple[Button, ...] = ()
    kind: Literal["put-check"] = "put-check"


@dataclass(frozen=True, slots=True)
class UpsertReply:
    """Post the reply to a comment, or update it where its text differs.

    Args:
        marker: the hidden text that identifies the reply.
        thread: the review comment to reply to; None for a comment on the conversation.
    """

    number: int
    body: str
    marker: str
    thread: int | None = None
    kind: Literal["answer"] = "answer"


@dataclass(frozen=True, slots=True)
class AddReaction:
    """Add a reaction to a comment. `instead` is removed if it is there."""

    comment_id: int
    content: Literal["eyes", "rocket", "confused"]
    review: bool = False
    instead: Literal["eyes", "rocket", "confused"] | None = None
    kind: Literal["react"] = "react"


@dataclass(frozen=True, slots=True)
class ReportIssue:
    """Open an issue, or update the open one that `marker` identifies."""

    title: str
    body: str
    marker: str
    kind: Literal["report-issue"] = "report-issue"


@dataclass(frozen=True, slots=True)
class ResolveIssue:
    """Close the open issue that `marker` identifies, if any, with a comment that says why."""

    marker: str
    why: str
    kind: Literal["resolve-issue"] = "resolve-issue"


@dataclass(frozen=True, slots=True)
class ReviewComment:
    """A comment on lines of a file at the head. `fingerprint` identifies its finding."""

    path: str
    line: int
    end_line: int
    body: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class SubmitReview:
    """Submit a review of a pull request at a commit, without comments whose finding has a thread already."""

    number: int
    head_oid: str
    body: str
    remarks: tuple[ReviewComment, ...]
    kind: Literal["put-review"] = "put-review"


@dataclass(frozen=True, slots=True)
class ResolveThread:
    """Resolve or reopen a review thread, by its id on the forge."""

    thread: str
    resolved: bool
    kind: Literal["settle-thread"] = "settle-thread"


@dataclass(frozen=True, slots=True)
class UploadSarif:
    """Upload the findings of a pull request's commit to code scanning, as SARIF."""

    number: int
    head_oid: str
    sarif: str
    kind: Literal["upload-sarif"] = "upload-sarif"


Action = (
    PublishBranch
    | OpenPullRequest
    | UpdatePullRequest
    | AddComment
    | ClosePullRequest
    | DeleteBranch
    | CommitFiles
    | UpsertCheckRun
    | UpsertReply
    | AddReaction
    | ReportIssue
    | ResolveIssue
    | SubmitReview
    | ResolveThread
    | UploadSarif
)


@dataclass(frozen=True, slots=True)
class ActionResult:
    """The result of an action. `already` means that there was nothing to do."""

    status: Literal["done", "already"]
    detail: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Actions in order, and the reason for them or for their absence.

    Args:
        moved: the base branch has a newer head, so observe and plan again.
        settles: after these actions nothing is open, so the baseline can advance to this head.
    """

    actions: tuple[Action, ...]
    reason: str
    moved: bool = False
    settles: bool = False
