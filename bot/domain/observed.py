"""The observed state of the forge, and the stored state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class DocsPullRequest:
    """A documentation pull request. `closed` means closed without a merge."""

    number: int
    state: Literal["open", "closed", "merged"]
    title: str
    body: str
    head_oid: str
    url: str


@dataclass(frozen=True, slots=True)
class DocsBranch:
    """A documentation branch.

    Args:
        ours: whether MAS made the head commit.
        digest: identifies the content of the branch, if the head commit has the trailer.
    """

    name: str
    oid: str
    ours: bool
    digest: str | None


@dataclass(frozen=True, slots=True)
class DocsTarget:
    """Observe the documentation pull request of a base branch.

    Args:
        previous_base: the name of the base when the pull request was opened, if it was renamed since.
    """

    base: str
    previous_base: str | None = None

    @property
    def branch(self) -> str:
        return f"mas/docs/{self.previous_base or self.base}"


@dataclass(frozen=True, slots=True)
class PullRequestTarget:
    """Observe a pull request."""

    number: int


@dataclass(frozen=True, slots=True)
class PullRequestState:
    """The state of a pull request.

    Args:
        ours: whether MAS opened it.
        branch: its head branch; None if it is in another repository.
        message: the message of its head commit.
    """

    number: int
    state: Literal["open", "closed", "merged"]
    author: str
    ours: bool
    base: str
    head_oid: str
    branch: str | None
    labels: tuple[str, ...]
    message: str
    body: str


@dataclass(frozen=True, slots=True)
class ReviewTarget:
    """Observe a pull request with its review threads."""

    number: int


@dataclass(frozen=True, slots=True)
class ReviewThread:
    """A review thread that MAS started.

    Args:
        id: its id on the forge.
        fingerprint: that of its finding.
        rule: that of its finding.
        by: the person who resolved it; None if MAS did, or if the forge does not say.
    """

    id: str
    fingerprint: str
    rule: str
    resolved: bool = False
    by: str | None = None


@dataclass(frozen=True, slots=True)
class ReviewState:
    """The state of a pull request with the threads that MAS started, oldest first."""

    pull: PullRequestState
    threads: tuple[ReviewThread, ...] = ()


@dataclass(frozen=True, slots=True)
class CommentTarget:
    """Observe a comment on a conversation or, with `review`, on a line."""

    comment_id: int
    review: bool


@dataclass(frozen=True, slots=True)
class CommentState:
    """The state of a comment."""

    author: str
    body: str


@dataclass(frozen=True, slots=True)
class DocsState:
    """The state of a `DocsTarget`, with the pull requests that MAS opened, newest first."""

    base_oid: str | None
    branch: DocsBranch | None
    pull_requests: tuple[DocsPullRequest, ...] = ()

    @property
    def open_pull_request(self) -> DocsPullRequest | None:
        return next((p for p in self.pull_requests if p.state == "open"), None)


@dataclass(frozen=True, slots=True)
class Memory:
    """The stored state of a base branch.

    Args:
        baseline: the commit that the next analysis starts from.
        rejected: the fingerprints of declined edits.
    """

    baseline: str | None = None
    rejected: frozenset[str] = frozenset()
