"""Endpoints of pull requests.

https://docs.github.com/rest/pulls
"""

from __future__ import annotations

from typing import Any

from github_sandbox.activity.merging import mergeable
from github_sandbox.conversations import PullRequest
from github_sandbox.diff import files
from github_sandbox.errors import ApiError, custom_error, too_long_error, validation_failed
from github_sandbox.git import GitError
from github_sandbox.payloads.commits import commit, file
from github_sandbox.payloads.pulls import pull_request, pull_request_simple
from github_sandbox.rest import ApiResponse, Call, Route
from github_sandbox.rest.comments import BODY_LIMIT
from github_sandbox.state import Repository

TITLE_LIMIT = 256


def _text_errors(title: str | None, body: str | None) -> list[dict[str, Any]]:
    errors = []
    if title is not None and not title.strip():
        errors.append({"resource": "PullRequest", "field": "title", "code": "missing_field"})
    if len(title or "") > TITLE_LIMIT:
        errors.append(too_long_error("PullRequest", "title", TITLE_LIMIT))
    if len(body or "") > BODY_LIMIT:
        errors.append(too_long_error("PullRequest", "body", BODY_LIMIT))
    return errors


def create(call: Call) -> ApiResponse:
    """Open a pull request between two branches, or from a fork with `head` written `owner:branch`."""
    repository, body = call.repository, call.body.get("body")
    title, base = call.string("title", "PullRequest"), call.string("base", "PullRequest")
    source, head = _parse_head(call)
    errors = _text_errors(title, body)
    oids = {"head": source.branch(head) if source else None, "base": repository.branch(base)}
    errors += [{"resource": "PullRequest", "field": f, "code": "invalid"} for f, oid in oids.items() if oid is None]
    if errors or source is None:
        raise validation_failed(*errors)
    if _has_open_pull(repository, source, head, base):
        message = f"A pull request already exists for {source.owner.login}:{head}."
        raise validation_failed(custom_error("PullRequest", message))
    if _contains(repository, base, source, head):
        raise validation_failed(custom_error("PullRequest", f"No commits between {base} and {head}"))
    pull = call.activity.pulls.open(
        repository,
        head,
        base,
        title,
        body,
        call.actor,
        draft=call.body.get("draft") is True,
        head_repository=source,
        app=call.principal.app,
    )
    payload = pull_request(call.world, pull)
    return ApiResponse(201, payload, headers={"Location": payload["url"]})


def _parse_head(call: Call) -> tuple[Repository | None, str]:
    """Return the repository and branch of `head`. The repository is None if that owner has no fork."""
    repository = call.repository
    owner, _, head = call.string("head", "PullRequest").rpartition(":")
    if owner in ("", repository.owner.login):
        return repository, head
    forks = (r for r in call.world.repositories.values() if r.parent is repository and r.owner.login == owner)
    return next(forks, None), head


def _contains(repository: Repository, base: str, source: Repository, head: str) -> bool:
    """Return whether the base already contains the head. A fork may have commits that the base lacks."""
    oids = str(repository.branch(base)), str(source.branch(head))
    if source is not repository and repository.git.resolve(oids[1]) is None:
        return False
    return repository.git.contains(*oids)


def _has_open_pull(repository: Repository, source: Repository | None, head: str, base: str) -> bool:
    pulls = repository.pull_requests.values()
    return any(p.state == "open" and (p.head_repository, p.head, p.base) == (source, head, base) for p in pulls)


def list_(call: Call) -> ApiResponse:
    """List pull requests, newest first, filtered by `state`, `head` (`owner:branch`) and `base`."""
    state, base = call.query.get("state", "open"), call.query.get("base")
    owner, _, head = call.query.get("head", "").rpartition(":")
    found = [
        p
        for p in call.repository.pull_requests.values()
        if state in ("all", p.state)
        and base in (None, p.base)
        and head in ("", p.head)
        and owner in ("", p.head_owner.login)
    ]
    newest_first = call.query.get("direction", "desc") == "desc"
    found.sort(key=lambda p: (p.updated_at if call.query.get("sort") == "updated" else p.created_at, p.number))
    ordered = found[::-1] if newest_first else found
    return call.paginate([pull_request_simple(call.world, p) for p in ordered])


def get(call: Call) -> ApiResponse:
    return ApiResponse(200, pull_request(call.world, call.pull_request, mergeable(call.pull_request)))


def update(call: Call) -> ApiResponse:
    pull = call.pull_request
    texts = {name: call.body[name] for name in ("title", "body", "base") if name in call.body}
    errors = _text_errors(texts.get("title"), texts.get("body"))
    if "base" in texts and pull.repository.branch(texts["base"]) is None:
        errors.append({"resource": "PullRequest", "field": "base", "code": "invalid"})
    if errors:
        raise validation_failed(*errors)
    call.activity.conversations.edit(pull, call.actor, **texts)
    set_state(call, pull, call.body.get("state", pull.state))
    return ApiResponse(200, pull_request(call.world, pull))


def set_state(call: Call, pull: PullRequest, state: str) -> None:
    """Close or reopen a pull request. Raises `ApiError` (422) if GitHub does not allow it."""
    if state == "closed" and pull.state == "open":
        call.activity.pulls.close(pull, call.actor)
    elif state == "open" and pull.state == "closed":
        _reopen(call, pull)


def _reopen(call: Call, pull: PullRequest) -> None:
    source = pull.head_repository
    if pull.merged or source is None or source.branch(pull.head) is None:
        raise validation_failed(
            custom_error("PullRequest", "state cannot be changed. The pull request cannot be reopened.", field="state")
        )
    if _has_open_pull(pull.repository, source, pull.head, pull.base):
        message = f"state cannot be changed. There is already an open pull request from {pull.head} to {pull.base}."
        raise validation_failed(custom_error("PullRequest", message, field="state"))
    call.activity.pulls.reopen(pull, call.actor)


def list_files(call: Call) -> ApiResponse:
    pull = call.pull_request
    changed = files(pull.repository.git, pull.repository.git.merge_base(pull.base_oid, pull.head_oid), pull.head_oid)
    return call.paginate([file(call.world, pull.repository, pull.head_oid, f) for f in changed[:3000]])


def list_commits(call: Call) -> ApiResponse:
    pull = call.pull_request
    commits = pull.repository.git.history(pull.head_oid, f"^{pull.base_oid}", limit=250)
    return call.paginate([commit(call.world, pull.repository, c) for c in reversed(commits)])


def merge(call: Call) -> ApiResponse:
    pull, expected = call.pull_request, call.body.get("sha")
    if expected is not None and expected != pull.head_oid:
        raise ApiError(409, "Head branch was modified. Review and try the merge again.")
    try:
        oid = call.activity.merging.merge(pull, call.actor)
    except GitError as error:
        raise ApiError(405, "Pull Request is not mergeable") from error
    return ApiResponse(200, {"sha": oid, "merged": True, "message": "Pull Request successfully merged"})


_PULLS = "/repos/{owner}/{repo}/pulls"
_PULL = f"{_PULLS}/{{number}}"
ROUTES = (
    Route("GET", _PULLS, list_, "pull_requests=read"),
    Route("POST", _PULLS, create, "pull_requests=write"),
    Route("GET", _PULL, get, "pull_requests=read; contents=read"),
    Route("PATCH", _PULL, update, "pull_requests=write"),
    Route("GET", f"{_PULL}/files", list_files, "pull_requests=read"),
    Route("GET", f"{_PULL}/commits", list_commits, "pull_requests=read"),
    Route("PUT", f"{_PULL}/merge", merge, "contents=write"),
)
