"""Endpoints of pull requests.

https://docs.github.com/rest/pulls
"""

from __future__ import annotations

from typing import Any

from bot.sandbox.diff import files
from bot.sandbox.git import GitError
from bot.sandbox.payloads.commits import commit, file
from bot.sandbox.payloads.conversations import pull_request, pull_request_simple
from bot.sandbox.refusal import Refusal, custom, invalid, too_long
from bot.sandbox.rest import Call, Reply, Route
from bot.sandbox.state import PullRequest

TITLE_LIMIT = 256
BODY_LIMIT = 65536


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
    repository, body = call.repository, call.body.get("body")
    title, base = call.text("title", "PullRequest"), call.text("base", "PullRequest")
    owner, _, head = call.text("head", "PullRequest").rpartition(":")
    errors = _text_errors(title, body)
    oids = {"head": repository.branch(head), "base": repository.branch(base)}
    if owner not in ("", repository.owner.login):
        oids["head"] = None
    errors += [{"resource": "PullRequest", "field": f, "code": "invalid"} for f, oid in oids.items() if oid is None]
    if errors:
        raise invalid(*errors)
    if _standing(call, head, base):
        words = f"A pull request already exists for {repository.owner.login}:{head}."
        raise invalid(custom("PullRequest", words))
    if repository.git.contains(str(oids["base"]), str(oids["head"])):
        raise invalid(custom("PullRequest", f"No commits between {base} and {head}"))
    draft = call.body.get("draft") is True
    made = call.activity.open(repository, head, base, title, body, call.actor, draft=draft)
    return Reply(201, pull_request(call.world, made), {"Location": pull_request_simple(call.world, made)["url"]})


def _standing(call: Call, head: str, base: str) -> bool:
    pulls = call.repository.pull_requests.values()
    return any(p.state == "open" and (p.head, p.base) == (head, base) for p in pulls)


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
        and owner in ("", call.repository.owner.login)
    ]
    newest_first = call.query.get("direction", "desc") == "desc"
    found.sort(key=lambda p: (p.updated_at if call.query.get("sort") == "updated" else p.created_at, p.number))
    ordered = found[::-1] if newest_first else found
    return call.page([pull_request_simple(call.world, p) for p in ordered])


def get(call: Call) -> Reply:
    return Reply(200, pull_request(call.world, call.pull_request))


def update(call: Call) -> Reply:
    pull = call.pull_request
    texts = {name: call.body[name] for name in ("title", "body", "base") if name in call.body}
    errors = _text_errors(texts.get("title"), texts.get("body"))
    if "base" in texts and pull.repository.branch(texts["base"]) is None:
        errors.append({"resource": "PullRequest", "field": "base", "code": "invalid"})
    if errors:
        raise invalid(*errors)
    call.activity.edit(pull, call.actor, **texts)
    state = call.body.get("state", pull.state)
    if state == "closed" and pull.state == "open":
        call.activity.close(pull, call.actor)
    elif state == "open" and pull.state == "closed":
        _reopen(call, pull)
    return Reply(200, pull_request(call.world, pull))


def _reopen(call: Call, pull: PullRequest) -> None:
    if pull.merged or pull.repository.branch(pull.head) is None:
        raise invalid(
            custom("PullRequest", "state cannot be changed. The pull request cannot be reopened.", field="state")
        )
    if _standing(call, pull.head, pull.base):
        words = f"state cannot be changed. There is already an open pull request from {pull.head} to {pull.base}."
        raise invalid(custom("PullRequest", words, field="state"))
    call.activity.reopen(pull, call.actor)


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
        oid = call.activity.merge(pull, call.actor)
    except GitError as error:
        raise Refusal(405, "Pull Request is not mergeable") from error
    return Reply(200, {"sha": oid, "merged": True, "message": "Pull Request successfully merged"})


def request_reviewers(call: Call) -> Reply:
    pull, names = call.pull_request, call.body.get("reviewers", [])
    accounts = [call.world.accounts.get(name) for name in names]
    may = [a for a in accounts if a and a is not pull.author and pull.repository.role(a) != "none"]
    if pull.author.login in names:
        raise Refusal(422, "Review cannot be requested from pull request author.")
    if len(may) != len(names):
        words = (
            "Reviews may only be requested from collaborators. One or more of the users or teams you specified is not"
        )
        raise Refusal(422, f"{words} a collaborator of the {pull.repository.full_name} repository.")
    pull.reviewers += [account for account in may if account not in pull.reviewers]
    return Reply(201, pull_request_simple(call.world, pull))


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
    Route("POST", f"{_PULL}/requested_reviewers", request_reviewers, "pull_requests=write"),
)
