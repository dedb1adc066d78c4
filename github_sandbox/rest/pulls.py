"""Endpoints of pull requests.

https://docs.github.com/rest/pulls
"""

from __future__ import annotations

from typing import Any

from github_sandbox.activity.merging import mergeable
from github_sandbox.conversations import PullRequest
from github_sandbox.diff import files
from github_sandbox.git import GitError
from github_sandbox.payloads.commits import commit, file
from github_sandbox.payloads.pulls import pull_request, pull_request_simple
from github_sandbox.refusal import Refusal, custom, invalid, too_long
from github_sandbox.rest import Call, Reply, Route
from github_sandbox.rest.comments import BODY_LIMIT
from github_sandbox.state import Repository

TITLE_LIMIT = 256


def _text_errors(title: str | None, body: str | None) -> list[dict[str, Any]]:
    errors = []
    if title is not None and not title.strip():
        errors.append({"resource": "PullRequest", "field": "title", "code": "missing_field"})
    if len(title or "") > TITLE_LIMIT:
        errors.append(too_long("PullRequest", "title", TITLE_LIMIT))
    if len(body or "") > BODY_LIMIT:
        errors.append(too_long("PullRequest", "body", BODY_LIMIT))
    return errors


def create(call: Call) -> Reply:
    """Between two branches of the repository, or from a fork's (`head` is `owner:branch` then)."""
    repository, body = call.repository, call.body.get("body")
    title, base = call.text("title", "PullRequest"), call.text("base", "PullRequest")
    source, head = _head(call)
    errors = _text_errors(title, body)
    oids = {"head": source.branch(head) if source else None, "base": repository.branch(base)}
    errors += [{"resource": "PullRequest", "field": f, "code": "invalid"} for f, oid in oids.items() if oid is None]
    if errors or source is None:
        raise invalid(*errors)
    if _standing(repository, source, head, base):
        words = f"A pull request already exists for {source.owner.login}:{head}."
        raise invalid(custom("PullRequest", words))
    if _contains(repository, base, source, head):
        raise invalid(custom("PullRequest", f"No commits between {base} and {head}"))
    made = call.activity.pulls.open(
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
    told = pull_request(call.world, made)
    return Reply(201, told, headers={"Location": told["url"]})


def _head(call: Call) -> tuple[Repository | None, str]:
    """The repository and branch that `head` means; None for no fork of that owner's."""
    repository = call.repository
    owner, _, head = call.text("head", "PullRequest").rpartition(":")
    if owner in ("", repository.owner.login):
        return repository, head
    forks = (r for r in call.world.repositories.values() if r.parent is repository and r.owner.login == owner)
    return next(forks, None), head


def _contains(repository: Repository, base: str, source: Repository, head: str) -> bool:
    """Whether the base has all of the head already; a fork knows the base's commits only by their ids."""
    ends = str(repository.branch(base)), str(source.branch(head))
    if source is not repository and repository.git.resolve(ends[1]) is None:
        return False
    return repository.git.contains(*ends)


def _standing(repository: Repository, source: Repository | None, head: str, base: str) -> bool:
    pulls = repository.pull_requests.values()
    return any(p.state == "open" and (p.head_repository, p.head, p.base) == (source, head, base) for p in pulls)


def list_(call: Call) -> Reply:
    """Newest first; filtered by `state`, `head` (`owner:branch`) and `base`."""
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
    return call.page([pull_request_simple(call.world, p) for p in ordered])


def get(call: Call) -> Reply:
    return Reply(200, pull_request(call.world, call.pull_request, mergeable(call.pull_request)))


def update(call: Call) -> Reply:
    pull = call.pull_request
    texts = {name: call.body[name] for name in ("title", "body", "base") if name in call.body}
    errors = _text_errors(texts.get("title"), texts.get("body"))
    if "base" in texts and pull.repository.branch(texts["base"]) is None:
        errors.append({"resource": "PullRequest", "field": "base", "code": "invalid"})
    if errors:
        raise invalid(*errors)
    call.activity.conversations.edit(pull, call.actor, **texts)
    set_state(call, pull, call.body.get("state", pull.state))
    return Reply(200, pull_request(call.world, pull))


def set_state(call: Call, pull: PullRequest, state: str) -> None:
    """Close or reopen it. Raises `Refusal` (422) where GitHub would not."""
    if state == "closed" and pull.state == "open":
        call.activity.pulls.close(pull, call.actor)
    elif state == "open" and pull.state == "closed":
        _reopen(call, pull)


def _reopen(call: Call, pull: PullRequest) -> None:
    source = pull.head_repository
    if pull.merged or source is None or source.branch(pull.head) is None:
        raise invalid(
            custom("PullRequest", "state cannot be changed. The pull request cannot be reopened.", field="state")
        )
    if _standing(pull.repository, source, pull.head, pull.base):
        words = f"state cannot be changed. There is already an open pull request from {pull.head} to {pull.base}."
        raise invalid(custom("PullRequest", words, field="state"))
    call.activity.pulls.reopen(pull, call.actor)


def list_files(call: Call) -> Reply:
    pull = call.pull_request
    changed = files(pull.repository.git, pull.repository.git.merge_base(pull.base_oid, pull.head_oid), pull.head_oid)
    return call.page([file(call.world, pull.repository, pull.head_oid, f) for f in changed[:3000]])


def list_commits(call: Call) -> Reply:
    pull = call.pull_request
    commits = pull.repository.git.history(pull.head_oid, f"^{pull.base_oid}", limit=250)
    return call.page([commit(call.world, pull.repository, c) for c in reversed(commits)])


def merge(call: Call) -> Reply:
    pull, expected = call.pull_request, call.body.get("sha")
    if expected is not None and expected != pull.head_oid:
        raise Refusal(409, "Head branch was modified. Review and try the merge again.")
    try:
        oid = call.activity.merging.merge(pull, call.actor)
    except GitError as error:
        raise Refusal(405, "Pull Request is not mergeable") from error
    return Reply(200, {"sha": oid, "merged": True, "message": "Pull Request successfully merged"})


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
