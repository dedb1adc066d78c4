"""What stands on the forge, and what is remembered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class DocsPullRequest:
    """One pull request of ours. `state` is `open`, `closed` (unmerged) or `merged`."""

    number: int
    state: Literal["open", "closed", "merged"]
    title: str
    body: str
    head_oid: str
    url: str


@dataclass(frozen=True, slots=True)
class DocsBranch:
    """A branch of ours: its head, whether that head is our own commit, and the plan it carries."""

    name: str
    oid: str
    ours: bool
    digest: str | None


@dataclass(frozen=True, slots=True)
class DocsTarget:
    """Where to look for what stands: the doc pull request of one base branch.

    `previous_base` is the name that the base had when the pull request was opened, where it is another now.
    """

    base: str
    previous_base: str | None = None

    @property
    def branch(self) -> str:
        return f"mas/docs/{self.previous_base or self.base}"


@dataclass(frozen=True, slots=True)
class PullRequestTarget:
    """Where to look for what stands: somebody's pull request."""

    number: int


@dataclass(frozen=True, slots=True)
class PullRequestState:
    """Somebody's pull request as it stands.

    `branch` is its head branch, None where that lies in another repository. `ours` tells one that the bot opened.
    `message` is that of its head commit.
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
    """Where to look for what stands: somebody's pull request, and what we said of its lines."""

    number: int


@dataclass(frozen=True, slots=True)
class ReviewThread:
    """A thread that we began on lines of a pull request.

    Args:
        id: the forge's name for it.
        fingerprint: of the finding that it tells of.
        rule: by which that was found.
        by: the person who resolved it; None where we did, or the forge does not say.
    """

    id: str
    fingerprint: str
    rule: str
    resolved: bool = False
    by: str | None = None


@dataclass(frozen=True, slots=True)
class ReviewState:
    """Somebody's pull request as it stands, with our threads, oldest first."""

    pull: PullRequestState
    threads: tuple[ReviewThread, ...] = ()


@dataclass(frozen=True, slots=True)
class CommentTarget:
    """Where to look for what stands: a comment of a conversation, or (`review`) on a line."""

    comment_id: int
    review: bool


@dataclass(frozen=True, slots=True)
class CommentState:
    """A comment as it stands."""

    author: str
    body: str


@dataclass(frozen=True, slots=True)
class DocsState:
    """What stands on the forge for a `DocsTarget`; pull requests newest first, ours only."""

    base_oid: str | None
    branch: DocsBranch | None
    pull_requests: tuple[DocsPullRequest, ...] = ()

    @property
    def open_pull_request(self) -> DocsPullRequest | None:
        return next((p for p in self.pull_requests if p.state == "open"), None)


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of one base branch of one repository.

    `since` is the commit up to which the docs are settled: facts are looked for from there.
    """

    baseline: str | None = None
    rejected: frozenset[str] = frozenset()
