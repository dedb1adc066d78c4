"""What is to be done on the forge, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class PublishBranch:
    """Make `branch` one commit upon `onto` that holds `files`; `expected` is its head before (None: absent)."""

    branch: str
    onto: str
    expected: str | None
    files: dict[str, str]
    message: str
    digest: str
    kind: Literal["publish-branch"] = "publish-branch"


@dataclass(frozen=True, slots=True)
class OpenPullRequest:
    """A pull request with what it is shown with; `reviewers` are logins, `teams` slugs of the owner's."""

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
    number: int
    title: str
    body: str
    kind: Literal["update-pull-request"] = "update-pull-request"


@dataclass(frozen=True, slots=True)
class AddComment:
    """A comment that is there once: `marker` is the hidden text it is found by."""

    number: int
    body: str
    marker: str
    kind: Literal["comment"] = "comment"


@dataclass(frozen=True, slots=True)
class ClosePullRequest:
    number: int
    kind: Literal["close-pull-request"] = "close-pull-request"


@dataclass(frozen=True, slots=True)
class DeleteBranch:
    branch: str
    expected: str
    kind: Literal["delete-branch"] = "delete-branch"


@dataclass(frozen=True, slots=True)
class CommitFiles:
    """One commit upon `expected`, the head of somebody's branch, that changes `files`."""

    branch: str
    expected: str
    files: dict[str, str]
    message: str
    digest: str
    kind: Literal["commit-files"] = "commit-files"


@dataclass(frozen=True, slots=True)
class Annotation:
    """A word beside lines of a file at a check's commit."""

    path: str
    start_line: int
    end_line: int
    title: str
    message: str
    level: Literal["notice", "warning", "failure"] = "notice"


@dataclass(frozen=True, slots=True)
class Button:
    """What a reader of a check may ask for with a click."""

    label: str
    description: str
    identifier: str


@dataclass(frozen=True, slots=True)
class UpsertCheckRun:
    """A check run of that name on a commit; `digest` names what it says, so that saying it twice changes nothing."""

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
    """The one answer to a comment: found by `marker`, its words are exchanged where they differ.

    `thread` is the review comment that it answers to, None for a comment of the conversation.
    """

    number: int
    body: str
    marker: str
    thread: int | None = None
    kind: Literal["answer"] = "answer"


@dataclass(frozen=True, slots=True)
class AddReaction:
    """A reaction of ours to a comment; `instead` is taken back where it stands."""

    comment_id: int
    content: Literal["eyes", "rocket", "confused"]
    review: bool = False
    instead: Literal["eyes", "rocket", "confused"] | None = None
    kind: Literal["react"] = "react"


@dataclass(frozen=True, slots=True)
class ReportIssue:
    """An open issue of ours that says this, found by `marker`."""

    title: str
    body: str
    marker: str
    kind: Literal["report-issue"] = "report-issue"


@dataclass(frozen=True, slots=True)
class ResolveIssue:
    """No open issue of ours carries `marker`; one that did is closed with a word of why."""

    marker: str
    why: str
    kind: Literal["resolve-issue"] = "resolve-issue"


@dataclass(frozen=True, slots=True)
class ReviewComment:
    """What a review says of lines of a file at the head; `fingerprint` names the finding that it tells of."""

    path: str
    line: int
    end_line: int
    body: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class SubmitReview:
    """A review of a pull request at a commit, with those of its remarks that no thread of ours tells yet."""

    number: int
    head_oid: str
    body: str
    remarks: tuple[ReviewComment, ...]
    kind: Literal["put-review"] = "put-review"


@dataclass(frozen=True, slots=True)
class ResolveThread:
    """A thread of ours under a pull request, by its id on the forge, is resolved, or open again."""

    thread: str
    resolved: bool
    kind: Literal["settle-thread"] = "settle-thread"


@dataclass(frozen=True, slots=True)
class UploadSarif:
    """The findings of a pull request's commit, as SARIF, among the repository's code scanning alerts."""

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
    """What came of an action: `already` when it stood there before."""

    status: Literal["done", "already"]
    detail: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do, in order, and in one sentence why (also why nothing).

    `moved`: the base is no longer the one worked on; look again. `settles`: once done, nothing is
    left open, so that facts need not be looked for before this head again.
    """

    actions: tuple[Action, ...]
    reason: str
    moved: bool = False
    settles: bool = False
