"""Endpoints of the comments under issues and pull requests.

https://docs.github.com/rest/issues/comments
"""

from __future__ import annotations

from github_sandbox.conversations import Comment
from github_sandbox.payloads import conversations
from github_sandbox.refusal import Refusal, invalid, too_long
from github_sandbox.rest import Call, Reply, Route

BODY_LIMIT = 65536


def text(call: Call, resource: str) -> str:
    """The body of a comment that is sent. Raises `Refusal` (422) for an empty or too long one."""
    body = call.text("body", resource)
    if not body.strip():
        raise invalid({"resource": resource, "code": "missing_field", "field": "body"})
    if len(body) > BODY_LIMIT:
        raise invalid(too_long(resource, "body", BODY_LIMIT))
    return body


def comment(call: Call) -> Comment:
    """The comment of the path. Raises `Refusal` (404)."""
    found = call.world.comment(call.repository, call.number("comment_id"))
    if found is None:
        raise Refusal(404, "Not Found")
    return found


def own(call: Call, comment: Comment) -> Comment:
    """A comment that the caller may change: an App only its own, a user with write access any. Raises 403."""
    pushes = call.repository.role(call.actor) in ("write", "maintain", "admin")
    if comment.author is not call.actor and not pushes:
        raise Refusal(403, "Resource not accessible by integration" if call.principal.app else "Forbidden")
    return comment


def list_(call: Call) -> Reply:
    return call.page([conversations.comment(call.world, c) for c in call.conversation.comments])


def create(call: Call) -> Reply:
    body = text(call, "IssueComment")
    made = call.activity.conversations.comment(call.conversation, body, call.actor, call.principal.app)
    return Reply(201, conversations.comment(call.world, made))


def get(call: Call) -> Reply:
    return Reply(200, conversations.comment(call.world, comment(call)))


def update(call: Call) -> Reply:
    found = own(call, comment(call))
    call.activity.conversations.edit_comment(found, text(call, "IssueComment"), call.actor)
    return Reply(200, conversations.comment(call.world, found))


def delete(call: Call) -> Reply:
    call.activity.conversations.delete_comment(own(call, comment(call)), call.actor)
    return Reply(204)


_ISSUES = "/repos/{owner}/{repo}/issues"
_READ, _WRITE = "issues=read; pull_requests=read", "issues=write; pull_requests=write"
ROUTES = (
    Route("GET", f"{_ISSUES}/{{number}}/comments", list_, _READ),
    Route("POST", f"{_ISSUES}/{{number}}/comments", create, _WRITE),
    Route("GET", f"{_ISSUES}/comments/{{comment_id}}", get, _READ),
    Route("PATCH", f"{_ISSUES}/comments/{{comment_id}}", update, _WRITE),
    Route("DELETE", f"{_ISSUES}/comments/{{comment_id}}", delete, _WRITE),
)
