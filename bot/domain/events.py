"""What happened, and its place in the queue."""

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
    """A pull request of ours was closed or merged by somebody."""

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
    """A pull request of ours was opened again by somebody."""

    repository: Repository
    number: int
    base: str
    body: str
    by: str
    kind: Literal["pull-request-reopened"] = "pull-request-reopened"


@dataclass(frozen=True, slots=True)
class AppUninstalled:
    """The App was removed from repositories: what is kept of them must go.

    With an `installation_id` it is gone from all of that installation's, also from those that nobody named.
    """

    tenants: tuple[Tenant, ...]
    installation_id: int | None = None
    kind: Literal["uninstalled"] = "uninstalled"


@dataclass(frozen=True, slots=True)
class PullRequestChanged:
    """Somebody's pull request is new, has new commits, or is to be looked at again."""

    repository: Repository
    number: int
    kind: Literal["pull-request-changed"] = "pull-request-changed"


@dataclass(frozen=True, slots=True)
class ReviewDue:
    """What somebody's pull request brings is to be reviewed: handed on by the job that looks at its docs."""

    repository: Repository
    number: int
    kind: Literal["review-due"] = "review-due"


@dataclass(frozen=True, slots=True)
class BatchCursor:
    """A place in a row of branches that are indexed one after the other.

    Args:
        digest: of the row, which lies in the store under the installation and repository 0.
        place: from 0.
        number: the place in the queue of the job that began the row.
    """

    digest: str
    place: int
    number: int


@dataclass(frozen=True, slots=True)
class IndexDue:
    """The index of a branch is to be brought to its head: handed on by what moved it.

    `slice_` counts the jobs that did a part of it: a long one is cut, so that nobody waits behind it. `row` tells
    of which row it is one, where it is of one (`Installed`).
    """

    repository: Repository
    branch: str
    slice_: int = 0
    row: BatchCursor | None = None
    kind: Literal["index-due"] = "index-due"


@dataclass(frozen=True, slots=True)
class AppInstalled:
    """The App works on repositories of an installation that may not be indexed, or not as they are to be now.

    They are indexed one after the other, so that those of a large installation do not keep all others waiting.
    """

    installation_id: int
    kind: Literal["installed"] = "installed"


@dataclass(frozen=True, slots=True)
class BranchDeleted:
    """A branch is there no longer."""

    repository: Repository
    branch: str
    kind: Literal["branch-deleted"] = "branch-deleted"


@dataclass(frozen=True, slots=True)
class CommentPosted:
    """A person said something that may hold a command.

    `number` is the issue's or pull request's; `previous` what an edited comment said before; `review` tells a comment
    on a line of a pull request's diff.
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
    """A person asked for something without words: a check's button, or a box in a pull request of ours."""

    repository: Repository
    number: int
    by: str
    what: Literal["apply", "rebase"]
    kind: Literal["clicked"] = "clicked"


@dataclass(frozen=True, slots=True)
class MergeGroupChecksRequested:
    """A merge queue asks about a commit that it made of pull requests."""

    repository: Repository
    head_oid: str
    kind: Literal["queued"] = "queued"


@dataclass(frozen=True, slots=True)
class DefaultBranchChanged:
    """The default branch is another, or has another name."""

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
    """One thing that happened, in its place in the queue; `attempt` counts from 0."""

    seq: int
    delivery_id: str
    event: Event
    attempt: int = 0

    @property
    def id(self) -> str:
        return f"{self.seq:012d}-{self.attempt}-{self.delivery_id}"
