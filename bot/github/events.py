"""Webhook payloads → typed events. Pure: it judges the body alone, which may hold anything.

Shapes: https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from bot.domain import Event, PullRequestClosed, Push, Repository, Tenant, Uninstalled
from bot.errors import RemoteError

_HEADS = "refs/heads/"
_OURS = "mas/"
_DOCS = "mas/docs/"
_MERGE_QUEUE = "gh-readonly-queue/"
_NOWHERE = "0" * 40
_FORBIDDEN_IN_REF = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(/|$)")


@dataclass(frozen=True, slots=True)
class Ignored:
    """Nothing is to be done for a payload; `reason` is a sentence for the record."""

    reason: str


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


class _Shape(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)


class _Identified(_Shape):
    id: Id


class _Account(_Shape):
    login: Login


class _Owner(_Shape):
    login: Owner


class _Repository(_Shape):
    id: Id
    name: Name
    owner: _Owner
    default_branch: Branch
    archived: bool = False
    disabled: bool = False

    def at(self, installation: _Identified) -> Repository:
        return Repository(Tenant(installation.id, self.id), self.owner.login, self.name, self.default_branch)


class _Push(_Shape):
    ref: Ref
    before: Oid
    after: Oid
    repository: _Repository
    sender: _Account
    installation: _Identified | None = None


class _Side(_Shape):
    ref: Ref
    repo: _Identified | None


class _PullRequest(_Shape):
    number: Id
    merged: bool
    body: str | None
    head: _Side
    base: _Side


class _Action(_Shape):
    action: str
    installation: _Identified | None = None


class _PullRequestClosed(_Action):
    pull_request: _PullRequest
    repository: _Repository
    sender: _Account


class _InstallationDeleted(_Action):
    repositories: tuple[_Identified, ...] | None = None


class _RepositoriesRemoved(_Action):
    repositories_removed: tuple[_Identified, ...]


class _RepositoryDeleted(_Action):
    repository: _Identified


def parse(event: str, body: bytes) -> Event | Ignored:
    """What a delivery says happened, or why that is of no concern.

    Args:
        event: the `X-GitHub-Event` header.
        body: the payload as it came, JSON.

    Raises:
        RemoteError: the body is not what its event promises (never transient).
    """
    if event not in EVENTS:
        return Ignored(f"{event if re.fullmatch('[a-z_]{1,50}', event) else 'An unknown event'} is not used.")
    if body.lstrip().startswith(b"payload="):
        raise _unusable(event, "it is form-encoded; set the webhook's content type to application/json")
    return _PARSERS[event](body)


def _push(body: bytes) -> Event | Ignored:
    push = _read("push", _Push, body)
    branch = push.ref.removeprefix(_HEADS)
    if push.installation is None:
        return Ignored("The push comes from a webhook that belongs to no installation.")
    if branch == push.ref or not is_branch(branch):
        return Ignored("Only pushes to branches are used.")
    if push.after == _NOWHERE:
        return Ignored(f"{branch} was deleted.")
    if branch.startswith((_OURS, _MERGE_QUEUE)):
        return Ignored(f"{branch} is no branch that people work on.")
    if push.repository.archived or push.repository.disabled:
        return Ignored("The repository is archived or disabled.")
    if branch != push.repository.default_branch:
        return Ignored(f"{branch} is not the default branch.")
    if push.before == _NOWHERE:
        return Ignored(f"{branch} is new: there is nothing before it to compare with.")
    return Push(push.repository.at(push.installation), branch, push.before, push.after, push.sender.login)


def _pull_request(body: bytes) -> Event | Ignored:
    if ignored := _unused("pull_request", "closed", body):
        return ignored
    closed = _read("pull_request", _PullRequestClosed, body)
    pull, repository = closed.pull_request, closed.repository
    if closed.installation is None:
        return Ignored("The pull request comes from a webhook that belongs to no installation.")
    if not pull.head.ref.startswith(_DOCS) or pull.head.repo is None or pull.head.repo.id != repository.id:
        return Ignored("The pull request is not one of mine.")
    if not (is_branch(pull.head.ref) and is_branch(pull.base.ref)):
        raise _unusable("pull_request", "it names no branches")
    return PullRequestClosed(
        repository.at(closed.installation),
        number=pull.number,
        base=pull.base.ref,
        branch=pull.head.ref,
        merged=pull.merged,
        body=pull.body or "",
        closed_by=closed.sender.login,
    )


def _installation(body: bytes) -> Event | Ignored:
    if ignored := _unused("installation", "deleted", body):
        return ignored
    gone = _read("installation", _InstallationDeleted, body)
    # GitHub need not name the repositories, so that what is ours to forget is to be looked up.
    return _uninstalled(gone.installation, gone.repositories or (), whole=True)


def _installation_repositories(body: bytes) -> Event | Ignored:
    if ignored := _unused("installation_repositories", "removed", body):
        return ignored
    gone = _read("installation_repositories", _RepositoriesRemoved, body)
    return _uninstalled(gone.installation, gone.repositories_removed)


def _repository(body: bytes) -> Event | Ignored:
    if ignored := _unused("repository", "deleted", body):
        return ignored
    gone = _read("repository", _RepositoryDeleted, body)
    return _uninstalled(gone.installation, (gone.repository,))


def _uninstalled(
    installation: _Identified | None, repositories: tuple[_Identified, ...], *, whole: bool = False
) -> Event | Ignored:
    if installation is None:
        return Ignored("The delivery belongs to no installation.")
    tenants = tuple(Tenant(installation.id, each.id) for each in repositories)
    return Uninstalled(tenants, installation.id if whole else None)


_PARSERS: dict[str, Callable[[bytes], Event | Ignored]] = {
    "push": _push,
    "pull_request": _pull_request,
    "installation": _installation,
    "installation_repositories": _installation_repositories,
    "repository": _repository,
}

EVENTS: frozenset[str] = frozenset(_PARSERS)
"""The names of the events that are used; the rest need not be kept."""


# ------------------------------------------------------------------ reading

S = TypeVar("S", bound=_Shape)


def _unused(event: str, used: str, body: bytes) -> Ignored | None:
    action = _read(event, _Action, body).action
    if action == used:
        return None
    return Ignored(f"{event} {action if re.fullmatch('[a-z_]{1,50}', action) else '(unknown)'} is not used.")


def _read(event: str, shape: type[S], body: bytes) -> S:
    try:
        return shape.model_validate_json(body)
    except ValidationError as error:
        raise _unusable(event, _reason(error)) from None


def _reason(error: ValidationError) -> str:
    """The first fault in words; never the payload's own text."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    if first["type"] == "json_invalid":
        return "it is nested too deeply" if "recursion" in first["msg"] else "it is not JSON"
    place = ".".join(str(part) for part in first["loc"]) or "the body"
    return f"{place}: {first['msg']}"


def _unusable(event: str, why: str) -> RemoteError:
    return RemoteError(f"The {event} payload cannot be used: {why}.", transient=False)
