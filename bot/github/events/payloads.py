"""Models of the fields that MAS reads from GitHub's payloads; other fields are ignored.

Reference: https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from bot.domain import Repository, Tenant

_FORBIDDEN_IN_REF = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(/|$)")
MAX_TEXT_CHARS = 300_000
"""The longest accepted text that a user wrote; GitHub's own limit is lower (262,144 bytes)."""


def is_branch_name(name: str) -> bool:
    """Return whether git accepts a branch name (https://git-scm.com/docs/git-check-ref-format)."""
    if not 0 < len(name) <= 255 or name == "@" or name[0] in "-./" or name[-1] in "./":
        return False
    return not _FORBIDDEN_IN_REF.search(name)


def _validate_branch(name: str) -> str:
    if not is_branch_name(name):
        raise ValueError("not a valid branch name")
    return name


def _validate_repository_name(name: str) -> str:
    if name in (".", ".."):
        raise ValueError("not a valid repository name")
    return name


Id = Annotated[int, Field(gt=0, lt=2**63)]
Oid = Annotated[str, Field(pattern="^[0-9a-f]{40}$")]
Login = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,99}(\[bot\])?$")]
Owner = Annotated[str, Field(pattern="^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$")]
RepositoryName = Annotated[str, Field(pattern="^[A-Za-z0-9._-]{1,100}$"), AfterValidator(_validate_repository_name)]
BranchName = Annotated[str, AfterValidator(_validate_branch)]
RefName = Annotated[str, Field(max_length=1024)]
BodyText = Annotated[str, Field(max_length=MAX_TEXT_CHARS)]


class Payload(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)


class ResourceRef(Payload):
    id: Id


class Account(Payload):
    login: Login
    type: str = "User"

    @property
    def is_person(self) -> bool:
        return self.type == "User" and not self.login.endswith("[bot]")


class _RepositoryOwner(Payload):
    login: Owner


class RepositoryPayload(Payload):
    """A repository."""

    id: Id
    name: RepositoryName
    owner: _RepositoryOwner
    default_branch: BranchName
    archived: bool = False
    disabled: bool = False

    def to_repository(self, installation: ResourceRef) -> Repository:
        return Repository(Tenant(installation.id, self.id), self.owner.login, self.name, self.default_branch)


class ActionPayload(Payload):
    """The fields of all payloads but a push's."""

    action: str
    installation: ResourceRef | None = None


class RepositoryEventPayload(ActionPayload):
    """The fields of events about an action of a person or an App in a repository."""

    repository: RepositoryPayload
    sender: Account


# ------------------------------------------------------------------ events


class PushPayload(Payload):
    ref: RefName
    before: Oid
    after: Oid
    repository: RepositoryPayload
    sender: Account
    installation: ResourceRef | None = None


class _PullRequestSide(Payload):
    ref: RefName
    repo: ResourceRef | None


class _PullRequest(Payload):
    number: Id
    state: Literal["open", "closed"] = "open"
    merged: bool | None = None
    body: BodyText | None
    head: _PullRequestSide
    base: _PullRequestSide


class _PreviousValue(Payload):
    before: BodyText | None = Field(None, alias="from")


class _Changes(Payload):
    body: _PreviousValue | None = None
    base: object = None
    default_branch: _PreviousValue | None = None


class PullRequestPayload(RepositoryEventPayload):
    pull_request: _PullRequest
    changes: _Changes | None = None


class _Issue(Payload):
    number: Id
    pull_request: object = None


class _Comment(Payload):
    id: Id
    body: BodyText | None
    user: Account | None


class IssueCommentPayload(RepositoryEventPayload):
    issue: _Issue
    comment: _Comment
    changes: _Changes | None = None


class _PullRequestRef(Payload):
    number: Id


class ReviewCommentPayload(RepositoryEventPayload):
    pull_request: _PullRequestRef
    comment: _Comment
    changes: _Changes | None = None


class _CheckRun(Payload):
    external_id: Annotated[str, Field(max_length=1000)] | None = None
    pull_requests: tuple[_PullRequestRef, ...] = ()


class _RequestedAction(Payload):
    identifier: str


class CheckRunPayload(RepositoryEventPayload):
    check_run: _CheckRun
    requested_action: _RequestedAction | None = None


class _CheckSuite(Payload):
    pull_requests: tuple[_PullRequestRef, ...] = ()


class CheckSuitePayload(RepositoryEventPayload):
    check_suite: _CheckSuite


class _MergeGroup(Payload):
    head_sha: Oid


class MergeGroupPayload(RepositoryEventPayload):
    merge_group: _MergeGroup


class InstallationDeletedPayload(ActionPayload):
    repositories: tuple[ResourceRef, ...] | None = None


class RepositoriesRemovedPayload(ActionPayload):
    repositories_removed: tuple[ResourceRef, ...]


class RepositoryDeletedPayload(ActionPayload):
    repository: ResourceRef


class RepositoryEditedPayload(RepositoryEventPayload):
    changes: _Changes | None = None
