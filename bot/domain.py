"""The words that every part of MAS speaks: immutable values, no effects.

    git trees ── change_detection ──▶ Fact ── document_update ──▶ Draft (Edit, Notice)
                                                                     │
    what stands on GitHub: Standing, what we remember: Memory ── planning ──▶ Plan (Action…)

Everything here that crosses a step or a process is plain data: `to_json` and `from_json` carry it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache, cached_property
from typing import Any, Literal

from pydantic import TypeAdapter

# ------------------------------------------------------------------ where


@dataclass(frozen=True, slots=True)
class Tenant:
    """Whose data it is: GitHub's numbers, since names change."""

    installation_id: int
    repository_id: int


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository on a forge."""

    tenant: Tenant
    owner: str
    name: str
    default_branch: str

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"


# ------------------------------------------------------------------ git


class Blob:
    """A file's bytes, named by their content; read when first asked for.

    Args:
        oid: git's object id, 40 hexadecimal digits.
        size: length in bytes, known without reading.
        read: returns the bytes.
    """

    def __init__(self, oid: str, size: int, read: Callable[[], bytes]) -> None:
        self.oid = oid
        self.size = size
        self._read = read

    @classmethod
    def of(cls, content: bytes | str) -> Blob:
        """A blob from its content, with the id that git gives it."""
        data = content.encode() if isinstance(content, str) else content
        oid = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
        return cls(oid, len(data), lambda: data)

    @cached_property
    def data(self) -> bytes:
        return self._read()

    @property
    def is_read(self) -> bool:
        """Whether its bytes are at hand."""
        return "data" in self.__dict__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Blob) and other.oid == self.oid

    def __hash__(self) -> int:
        return hash(self.oid)

    def __repr__(self) -> str:
        return f"Blob({self.oid[:12]}, {self.size} bytes)"


Tree = Mapping[str, Blob]
"""Path → blob, regular files only: links and submodules are left out by whoever builds it."""


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file of a change: `before` is None where it was added, `after` where it was deleted."""

    before: str | None
    after: str | None


@dataclass(frozen=True)
class Change:
    """Two trees and the files in which they differ (moved files stand in one entry)."""

    base: Tree
    head: Tree
    files: tuple[FileChange, ...]

    @classmethod
    def between(cls, base: Tree, head: Tree) -> Change:
        """The change from one tree to another; files are matched by path, then by equal content."""
        gone = {p: b.oid for p, b in base.items() if p not in head}
        come = {p: b.oid for p, b in head.items() if p not in base}
        by_oid: dict[str, list[str]] = {}
        for path, oid in gone.items():
            by_oid.setdefault(oid, []).append(path)
        files = [FileChange(p, p) for p in base if p in head and base[p].oid != head[p].oid]
        for path, oid in come.items():
            twins = by_oid.get(oid)
            before = twins.pop(0) if twins else None
            if before is not None:
                del gone[before]
            files.append(FileChange(before, path))
        files += [FileChange(p, None) for p in gone]
        return cls(base, head, tuple(sorted(files, key=lambda f: f.after or f.before or "")))


# ------------------------------------------------------------------ facts from code


class FactKind(StrEnum):
    """What happened to something public."""

    RENAMED = "renamed"
    REMOVED = "removed"
    ADDED = "added"
    PARAMETER_RENAMED = "parameter-renamed"
    PARAMETER_ADDED = "parameter-added"
    PARAMETER_REMOVED = "parameter-removed"
    PARAMETERS_REORDERED = "parameters-reordered"
    DEFAULT_CHANGED = "default-changed"
    VALUE_CHANGED = "value-changed"
    FILE_MOVED = "file-moved"
    PAGE_REMOVED = "page-removed"
    NAME_REPLACED = "name-replaced"
    NAME_GONE = "name-gone"
    VERSION_CHANGED = "version-changed"
    INTERFACE_RENAMED = "interface-renamed"
    INTERFACE_REMOVED = "interface-removed"
    INTERFACE_DEFAULT_CHANGED = "interface-default-changed"
    TYPE_CHANGED = "type-changed"
    DEPRECATED = "deprecated"


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file at one of the two commits; lines count from 1."""

    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is true of a change of code.

    `symbol` is the qualified name at base (`pkg.module.Class.method`; a path for FILE_MOVED and PAGE_REMOVED) and
    `symbol_after` the one at head; of what is added both are the one at head. `old` and `new` are
    what goes and comes in the reader's eye: the bare names, the parameter, the default's source
    text, the paths. `what` is the kind of symbol (`function`, `class`, `method`, `constant`,
    `module`, `file`) or of interface (`option`, `environment variable`, `route`), whose name stands
    in `symbol` as its users write it.
    """

    kind: FactKind
    what: str
    symbol: str
    symbol_after: str | None
    old: str | None
    new: str | None
    before: Place | None
    after: Place | None
    confidence: float
    parameter: str | None = None
    signature_before: str | None = None
    signature_after: str | None = None


# ------------------------------------------------------------------ documents


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a document under one heading; lines count from 1, both ends inclusive."""

    path: str
    heading: tuple[str, ...]
    start_line: int
    end_line: int


@dataclass(frozen=True, slots=True)
class Edit:
    """A replacement of bytes `start:end` of a document at head, and the fact that causes it."""

    path: str
    start: int
    end: int
    old: str
    new: str
    line: int
    section: Section
    fact: Fact
    rule: str
    reason: str
    confidence: float

    @property
    def fingerprint(self) -> str:
        """Names this edit across commits: a rejected one stays rejected (version 1)."""
        parts = (self.rule, self.path, *self.section.heading, self.fact.symbol, self.old, self.new)
        return "1:" + hashlib.sha256("\0".join(parts).encode()).hexdigest()[:20]


@dataclass(frozen=True, slots=True)
class Notice:
    """A place that the change may have made stale, and why it was not edited."""

    path: str
    line: int
    section: Section
    fact: Fact | None
    reason: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Draft:
    """What a change makes of the docs.

    `documents` holds the text at head of each document that an edit touches. `notes` are whole
    sentences on what was skipped and why.
    """

    facts: tuple[Fact, ...] = ()
    edits: tuple[Edit, ...] = ()
    notices: tuple[Notice, ...] = ()
    notes: tuple[str, ...] = ()
    documents: dict[str, str] = field(default_factory=dict)
    checked: int = 0


def edited(text: str, edits: Iterable[Edit]) -> str:
    """The document with its edits made; spans are bytes of UTF-8 and never overlap."""
    data = text.encode()
    out, at = bytearray(), 0
    for edit in sorted(edits, key=lambda e: (e.start, e.end)):
        out += data[at : edit.start] + edit.new.encode()
        at = edit.end
    return (bytes(out) + data[at:]).decode()


# ------------------------------------------------------------------ what stands on GitHub


@dataclass(frozen=True, slots=True)
class PullRequest:
    """One pull request of ours. `state` is `open`, `closed` (unmerged) or `merged`."""

    number: int
    state: Literal["open", "closed", "merged"]
    title: str
    body: str
    head_oid: str
    url: str


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch of ours: its head, whether that head is our own commit, and the plan it carries."""

    name: str
    oid: str
    ours: bool
    digest: str | None


@dataclass(frozen=True, slots=True)
class DocsSubject:
    """Where to look for what stands: the doc pull request of one base branch.

    `formerly` is the name that the base had when the pull request was opened, where it is another now.
    """

    base: str
    formerly: str | None = None

    @property
    def branch(self) -> str:
        return f"mas/docs/{self.formerly or self.base}"


@dataclass(frozen=True, slots=True)
class PullSubject:
    """Where to look for what stands: somebody's pull request."""

    number: int


@dataclass(frozen=True, slots=True)
class PullStanding:
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
class Standing:
    """What stands on the forge for a `DocsSubject`; pull requests newest first, ours only."""

    base_oid: str | None
    branch: Branch | None
    pull_requests: tuple[PullRequest, ...] = ()

    @property
    def open(self) -> PullRequest | None:
        return next((p for p in self.pull_requests if p.state == "open"), None)


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of one base branch of one repository.

    `since` is the commit up to which the docs are settled: facts are looked for from there.
    """

    since: str | None = None
    rejected: frozenset[str] = frozenset()


# ------------------------------------------------------------------ what to do


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
class Comment:
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
class PutCheck:
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
class Answer:
    """The one answer to a comment: found by `marker`, its words are exchanged where they differ.

    `thread` is the review comment that it answers to, None for a comment of the conversation.
    """

    number: int
    body: str
    marker: str
    thread: int | None = None
    kind: Literal["answer"] = "answer"


@dataclass(frozen=True, slots=True)
class React:
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


Action = (
    PublishBranch
    | OpenPullRequest
    | UpdatePullRequest
    | Comment
    | ClosePullRequest
    | DeleteBranch
    | CommitFiles
    | PutCheck
    | Answer
    | React
    | ReportIssue
    | ResolveIssue
)


@dataclass(frozen=True, slots=True)
class Outcome:
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


# ------------------------------------------------------------------ what happened


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
class Uninstalled:
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
class Commented:
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
class Clicked:
    """A person asked for something without words: a check's button, or a box in a pull request of ours."""

    repository: Repository
    number: int
    by: str
    what: Literal["apply", "rebase"]
    kind: Literal["clicked"] = "clicked"


@dataclass(frozen=True, slots=True)
class Queued:
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
    | Commented
    | Clicked
    | Queued
    | DefaultBranchChanged
    | Uninstalled
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


# ------------------------------------------------------------------ plain data


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:  # hashable: a class or a union of classes
    return TypeAdapter(kind)


def to_json(value: object, kind: Any = None) -> bytes:
    """Canonical JSON of any value of this module (`kind` for a union)."""
    shape: Any = kind or type(value)
    return _adapter(shape).dump_json(value)


def from_json(kind: Any, data: bytes | str) -> Any:
    """The value that `to_json` wrote; raises `pydantic.ValidationError` where it is not one."""
    return _adapter(kind).validate_json(data)
