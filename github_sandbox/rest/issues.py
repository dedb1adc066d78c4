"""Endpoints of issues.

https://docs.github.com/rest/issues/issues
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from github_sandbox.conversations import Conversation, Issue, PullRequest
from github_sandbox.payloads import conversations
from github_sandbox.refusal import invalid, too_long
from github_sandbox.rest import Call, Reply, Route
from github_sandbox.rest.comments import BODY_LIMIT
from github_sandbox.rest.labels import checked, set_labels
from github_sandbox.rest.pulls import TITLE_LIMIT, set_state
from github_sandbox.state import Account

_REASONS = ("completed", "not_planned", "duplicate", "reopened", None)


def _check_texts(title: str | None, body: str | None) -> None:
    if title is not None and not title.strip():
        raise invalid({"resource": "Issue", "field": "title", "code": "missing_field"})
    if len(title or "") > TITLE_LIMIT:
        raise invalid(too_long("Issue", "title", TITLE_LIMIT))
    if len(body or "") > BODY_LIMIT:
        raise invalid(too_long("Issue", "body", BODY_LIMIT))


def _assignees(call: Call) -> list[Account]:
    """The accounts of the body's `assignees`. Raises `Refusal` (422) for those who cannot be assigned."""
    found = []
    for name in call.names("assignees"):
        account = call.world.accounts.get(name)
        if account is None or call.repository.role(account) == "none":
            raise invalid({"resource": "Issue", "field": "assignees", "code": "invalid", "value": name})
        found.append(account)
    return found


def create(call: Call) -> Reply:
    title, body = call.text("title", "Issue"), call.body.get("body")
    _check_texts(title, body)
    made = call.activity.conversations.open_issue(
        call.repository,
        title,
        body,
        call.actor,
        labels=checked(call.names("labels")),
        assignees=_assignees(call),
        app=call.principal.app,
    )
    return Reply(201, conversations.issue(call.world, made))


def list_(call: Call) -> Reply:
    """Issues and pull requests, newest first; filtered by `state`, `labels`, `creator`, `since`."""
    found: list[Conversation] = [*call.repository.issues.values(), *call.repository.pull_requests.values()]
    found = [each for each in found if _fits(each, call.query)]
    by_update = call.query.get("sort") == "updated"
    found.sort(
        key=lambda each: (each.updated_at if by_update else each.created_at, each.number),
        reverse=call.query.get("direction", "desc") == "desc",
    )
    return call.page([conversations.issue(call.world, each) for each in found])


def _fits(conversation: Conversation, query: Any) -> bool:
    worn = {item.name.lower() for item in conversation.labels}
    wanted = {name.lower() for name in query.get("labels", "").split(",") if name}
    since = query.get("since")
    return bool(
        query.get("state", "open") in ("all", conversation.state)
        and wanted <= worn
        and query.get("creator") in (None, conversation.author.login)
        and (since is None or conversation.updated_at >= datetime.fromisoformat(since))
    )


def get(call: Call) -> Reply:
    return Reply(200, conversations.issue(call.world, call.conversation))


def update(call: Call) -> Reply:
    """The texts, state, labels and assignees of an issue or a pull request."""
    found, acts = call.conversation, call.activity.conversations
    texts = {name: call.body[name] for name in ("title", "body") if name in call.body}
    _check_texts(texts.get("title"), texts.get("body"))
    reason, state = call.body.get("state_reason"), call.body.get("state", found.state)
    if reason not in _REASONS or state not in ("open", "closed"):
        raise invalid({"resource": "Issue", "field": "state", "code": "invalid"})
    acts.edit(found, call.actor, **texts)
    if "labels" in call.body:
        set_labels(call, checked(call.names("labels")))
    if "assignees" in call.body:
        found.assignees[:] = _assignees(call)
    if state != found.state:
        if isinstance(found, PullRequest):
            set_state(call, found, state)
        elif isinstance(found, Issue) and state == "closed":
            acts.close_issue(found, call.actor, reason or "completed")
        elif isinstance(found, Issue):
            acts.reopen_issue(found, call.actor)
    return Reply(200, conversations.issue(call.world, found))


_ISSUES = "/repos/{owner}/{repo}/issues"
ROUTES = (
    Route("GET", _ISSUES, list_, "issues=read"),
    Route("POST", _ISSUES, create, "issues=write"),
    Route("GET", f"{_ISSUES}/{{number}}", get, "issues=read; pull_requests=read"),
    Route("PATCH", f"{_ISSUES}/{{number}}", update, "issues=write; pull_requests=write"),
)
