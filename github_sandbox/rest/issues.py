"""Endpoints of issues.

https://docs.github.com/rest/issues/issues
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from github_sandbox.conversations import Conversation, Issue, PullRequest
from github_sandbox.errors import too_long_error, validation_failed
from github_sandbox.payloads import conversations
from github_sandbox.rest import ApiResponse, Call, Route
from github_sandbox.rest.comments import BODY_LIMIT
from github_sandbox.rest.labels import set_labels, validate_names
from github_sandbox.rest.pulls import TITLE_LIMIT, set_state
from github_sandbox.state import Account

_REASONS = ("completed", "not_planned", "duplicate", "reopened", None)


def _validate_texts(title: str | None, body: str | None) -> None:
    if title is not None and not title.strip():
        raise validation_failed({"resource": "Issue", "field": "title", "code": "missing_field"})
    if len(title or "") > TITLE_LIMIT:
        raise validation_failed(too_long_error("Issue", "title", TITLE_LIMIT))
    if len(body or "") > BODY_LIMIT:
        raise validation_failed(too_long_error("Issue", "body", BODY_LIMIT))


def _parse_assignees(call: Call) -> list[Account]:
    """Return the accounts of `assignees`. Raises `ApiError` (422) for users without access."""
    found = []
    for name in call.strings("assignees"):
        account = call.world.accounts.get(name)
        if account is None or call.repository.role(account) == "none":
            raise validation_failed({"resource": "Issue", "field": "assignees", "code": "invalid", "value": name})
        found.append(account)
    return found


def create(call: Call) -> ApiResponse:
    title, body = call.string("title", "Issue"), call.body.get("body")
    _validate_texts(title, body)
    issue = call.activity.conversations.open_issue(
        call.repository,
        title,
        body,
        call.actor,
        labels=validate_names(call.strings("labels")),
        assignees=_parse_assignees(call),
        app=call.principal.app,
    )
    return ApiResponse(201, conversations.issue(call.world, issue))


def list_(call: Call) -> ApiResponse:
    """List issues and pull requests, newest first, filtered by `state`, `labels`, `creator`, `since`."""
    found: list[Conversation] = [*call.repository.issues.values(), *call.repository.pull_requests.values()]
    found = [each for each in found if _matches(each, call.query)]
    by_update = call.query.get("sort") == "updated"
    found.sort(
        key=lambda each: (each.updated_at if by_update else each.created_at, each.number),
        reverse=call.query.get("direction", "desc") == "desc",
    )
    return call.paginate([conversations.issue(call.world, each) for each in found])


def _matches(conversation: Conversation, query: Any) -> bool:
    labels = {item.name.lower() for item in conversation.labels}
    wanted = {name.lower() for name in query.get("labels", "").split(",") if name}
    since = query.get("since")
    return bool(
        query.get("state", "open") in ("all", conversation.state)
        and wanted <= labels
        and query.get("creator") in (None, conversation.author.login)
        and (since is None or conversation.updated_at >= datetime.fromisoformat(since))
    )


def get(call: Call) -> ApiResponse:
    return ApiResponse(200, conversations.issue(call.world, call.conversation))


def update(call: Call) -> ApiResponse:
    """Update title, body, state, labels and assignees of an issue or pull request."""
    found, activity = call.conversation, call.activity.conversations
    texts = {name: call.body[name] for name in ("title", "body") if name in call.body}
    _validate_texts(texts.get("title"), texts.get("body"))
    reason, state = call.body.get("state_reason"), call.body.get("state", found.state)
    if reason not in _REASONS or state not in ("open", "closed"):
        raise validation_failed({"resource": "Issue", "field": "state", "code": "invalid"})
    activity.edit(found, call.actor, **texts)
    if "labels" in call.body:
        set_labels(call, validate_names(call.strings("labels")))
    if "assignees" in call.body:
        found.assignees[:] = _parse_assignees(call)
    if state != found.state:
        if isinstance(found, PullRequest):
            set_state(call, found, state)
        elif isinstance(found, Issue) and state == "closed":
            activity.close_issue(found, call.actor, reason or "completed")
        elif isinstance(found, Issue):
            activity.reopen_issue(found, call.actor)
    return ApiResponse(200, conversations.issue(call.world, found))


_ISSUES = "/repos/{owner}/{repo}/issues"
ROUTES = (
    Route("GET", _ISSUES, list_, "issues=read"),
    Route("POST", _ISSUES, create, "issues=write"),
    Route("GET", f"{_ISSUES}/{{number}}", get, "issues=read; pull_requests=read"),
    Route("PATCH", f"{_ISSUES}/{{number}}", update, "issues=write; pull_requests=write"),
)
