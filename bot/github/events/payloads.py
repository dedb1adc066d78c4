"""What is read of GitHub's payloads; whatever else they hold is passed over.

Shapes: https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from bot.domain import Repository, Tenant

_FORBIDDEN_IN_REF = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(/|$)")
LONGEST_WORDS = 300_000
"""Characters of a body that somebody wrote; GitHub takes fewer (262,144 bytes)."""


def is_branch(name: str) -> bool:
    """Whether git takes it as the name of a branch (https://git-scm.com/docs/git-check-ref-format)."""
    if not 0 < len(name) <= 255 or name == "@" or name[0] in "-./" or name[-1] in "./":
        return False
    return not _FORBIDDEN_IN_REF.search(name)


def _branch(name: str) -> str:
    if not is_branch(name):
        raise ValueError("not the name of a branch")
    return name


def _name(name: str) -> str:
    if name in (".", ".."):
        raise ValueError("not the name of a repository")
    return name


Id = Annotated[int, Field(gt=0, lt=2**63)]
Oid = Annotated[str, Field(pattern="^[0-9a-f]{40}$")]
Login = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,99}(\[bot\])?$")]
Owner = Annotated[str, Field(pattern="^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$")]
Name = Annotated[str, Field(pattern="^[A-Za-z0-9._-]{1,100}$"), AfterValidator(_name)]
Branch = Annotated[str, AfterValidator(_branch)]
Ref = Annotated[str, Field(max_length=1024)]
Words = Annotated[str, Field(max_length=LONGEST_WORDS)]


class Shape(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)


class Identified(Shape):
    id: Id


class Account(Shape):
    login: Login
    type: str = "User"

    @property
    def is_person(self) -> bool:
        return self.type == "User" and not self.login.endswith("[bot]")


class _Owner(Shape):
    login: Owner


class Named(Shape):
    """A repository."""

    id: Id
    name: Name
    owner: _Owner
    default_branch: Branch
    archived: bool = False
    disabled: bool = False

    def at(self, installation: Identified) -> Repository:
        return Repository(Tenant(installation.id, self.id), self.owner.login, self.name, self.default_branch)


class Action(Shape):
    """What every payload but a push's has."""

    action: str
    installation: Identified | None = None


class Somewhere(Action):
    """What a person or an App did in a repository."""

    repository: Named
    sender: Account


# ------------------------------------------------------------------ events


class Push(Shape):
    ref: Ref
    before: Oid
    after: Oid
    repository: Named
    sender: Account
    installation: Identified | None = None


class _Side(Shape):
    ref: Ref
    repo: Identified | None


class _Pull(Shape):
    number: Id
    state: Literal["open", "closed"] = "open"
    merged: bool | None = None
    body: Words | None
    head: _Side
    base: _Side


class _Before(Shape):
    before: Words | None = Field(None, alias="from")


class _Changes(Shape):
    body: _Before | None = None
    base: object = None
    default_branch: _Before | None = None


class PullRequest(Somewhere):
    pull_request: _Pull
    changes: _Changes | None = None


class _Issue(Shape):
    number: Id
    pull_request: object = None


class _Comment(Shape):
    id: Id
    body: Words | None
    user: Account | None


class IssueComment(Somewhere):
    issue: _Issue
    comment: _Comment
    changes: _Changes | None = None


class _Numbered(Shape):
    number: Id


class ReviewComment(Somewhere):
    pull_request: _Numbered
    comment: _Comment
    changes: _Changes | None = None


class _CheckRun(Shape):
    external_id: Annotated[str, Field(max_length=1000)] | None = None
    pull_requests: tuple[_Numbered, ...] = ()


class _Requested(Shape):
    identifier: str


class CheckRun(Somewhere):
    check_run: _CheckRun
    requested_action: _Requested | None = None


class _CheckSuite(Shape):
    pull_requests: tuple[_Numbered, ...] = ()


class CheckSuite(Somewhere):
    check_suite: _CheckSuite


class _MergeGroup(Shape):
    head_sha: Oid


class MergeGroup(Somewhere):
    merge_group: _MergeGroup


class InstallationDeleted(Action):
    repositories: tuple[Identified, ...] | None = None


class RepositoriesRemoved(Action):
    repositories_removed: tuple[Identified, ...]


class RepositoryDeleted(Action):
    repository: Identified


class RepositoryEdited(Somewhere):
    changes: _Changes | None = None
