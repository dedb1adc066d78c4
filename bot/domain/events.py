"""Events, and jobs: events with their place in the queue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.domain.identity import Repository, Tenant


@dataclass(frozen=True, slots=True)
class Push:
    """Commits arrived on a branch."""

    repository: Repository
    branch: str
    before: str
    after: str
    sender: str
    kind: Literal["push"] = "push"


@dataclass(frozen=True, slots=True)
class PullRequestClosed:
    """A user closed or merged a pull request that MAS opened."""

    repository: Repository
    number: int
    base: str
    branch: str
    merged: bool
    body: str
    closed_by: str
    kind: Literal["pull-request-closed"] = "pull-request-closed"


@dataclass(frozen=True, slots=True)
class PullRequestReopened:
    """A user reopened a pull request that MAS opened."""

    repository: Repository
    number: int
    base: str
    body: str
    by: str
    kind: Literal["pull-request-reopened"] = "pull-request-reopened"


@dataclass(frozen=True, slots=True)
class AppUninstalled:
    """The App was removed from repositories, so their data must be deleted.

    Args:
        installation_id: set if the App was removed from all repositories of an installation, even unlisted ones.
    """

    tenants: tuple[Tenant, ...]
    installation_id: int | None = None
    kind: Literal["uninstalled"] = "uninstalled"


@dataclass(frozen=True, slots=True)
class PullRequestChanged:
    """A person's pull request is new, has new commits, or must be checked again."""

    repository: Repository
    number: int
    kind: Literal["pull-request-changed"] = "pull-request-changed"


@dataclass(frozen=True, slots=True)
class ReviewDue:
    """A person's pull request needs a security review. Enqueued by the job that checks its documentation."""

    repository: Repository
    number: int
    kind: Literal["review-due"] = "review-due"


@dataclass(frozen=True, slots=True)
class BatchCursor:
    """A position in a row of branches that are indexed one after the other.

    Args:
        digest: of the row, which is stored under the installation and repository 0.
        place: counts from 0.
        number: the `seq` of the job that started the row.
    """

    digest: str
    place: int
    number: int


@dataclass(frozen=True, slots=True)
class IndexDue:
    """The index of a branch must be updated to its head.

    Args:
        slice_: the number of jobs that indexed a part of it. A long update is split, so that it does not block others.
        row: the row of branches that it belongs to, if any (see `AppInstalled`).
    """

    repository: Repository
    branch: str
    slice_: int = 0
    row: BatchCursor | None = None
    kind: Literal["index-due"] = "index-due"


@dataclass(frozen=True, slots=True)
class AppInstalled:
    """Repositories of an installation may lack an index, or have one that another model built.

    They are indexed one after the other, so that a large installation does not block others.
    """

    installation_id: int
    kind: Literal["installed"] = "installed"


@dataclass(frozen=True, slots=True)
class BranchDeleted:
    """A branch was deleted."""

    repository: Repository
    branch: str
    kind: Literal["branch-deleted"] = "branch-deleted"


@dataclass(frozen=True, slots=True)
class CommentPosted:
    """A person posted or edited a comment that may contain a command.

    Args:
        number: of the issue or pull request.
        previous: the body before an edit.
        review: whether the comment is on a line of a pull request's diff.
    """

    repository: Repository
    number: int
    comment_id: int
    author: str
    body: str
    previous: str | None = None
    pull_request: bool = False
    review: bool = False
    kind: Literal["commented"] = "commented"


@dataclass(frozen=True, slots=True)
class ButtonClicked:
    """A person clicked a button of a check, or ticked the box in a documentation pull request."""

    repository: Repository
    number: int
    by: str
    what: Literal["apply", "rebase"]
    kind: Literal["clicked"] = "clicked"


@dataclass(frozen=True, slots=True)
class MergeGroupChecksRequested:
    """A merge queue requests checks for the commit of a merge group."""

    repository: Repository
    head_oid: str
    kind: Literal["queued"] = "queued"


@dataclass(frozen=True, slots=True)
class DefaultBranchChanged:
    """The default branch was changed or renamed."""

    repository: Repository
    before: str
    kind: Literal["default-branch-changed"] = "default-branch-changed"


Event = (
    Push
    | PullRequestClosed
    | PullRequestReopened
    | PullRequestChanged
    | ReviewDue
    | IndexDue
    | CommentPosted
    | ButtonClicked
    | MergeGroupChecksRequested
    | DefaultBranchChanged
    | BranchDeleted
    | AppInstalled
    | AppUninstalled
)


@dataclass(frozen=True, slots=True)
class Job:
    """An event with its place in the queue. `attempt` counts from 0."""

    seq: int
    delivery_id: str
    event: Event
    attempt: int = 0

    @property
    def id(self) -> str:
        return f"{self.seq:012d}-{self.attempt}-{self.delivery_id}"
