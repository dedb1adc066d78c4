"""Endpoints of comments on issues and pull requests.

https://docs.github.com/rest/issues/comments
"""

from __future__ import annotations

from github_sandbox.conversations import Comment
from github_sandbox.errors import ApiError, too_long_error, validation_failed
from github_sandbox.payloads import conversations
from github_sandbox.rest import ApiResponse, Call, Route

BODY_LIMIT = 65536


def comment_body(call: Call, resource: str) -> str:
    """Return the body of a new or edited comment. Raises `ApiError` (422) if it is empty or too long."""
    body = call.string("body", resource)
    if not body.strip():
        raise validation_failed({"resource": resource, "code": "missing_field", "field": "body"})
    if len(body) > BODY_LIMIT:
        raise validation_failed(too_long_error(resource, "body", BODY_LIMIT))
    return body


def find_comment(call: Call) -> Comment:
    """Return the comment of the path. Raises `ApiError` (404)."""
    found = call.world.comment(call.repository, call.number("comment_id"))
    if found is None:
        raise ApiError(404, "Not Found")
    return found


def require_editable(call: Call, comment: Comment) -> Comment:
    """Return a comment if the caller may change it: an App only its own, a user with write access any. Raises 403."""
    pushes = call.repository.role(call.actor) in ("write", "maintain", "admin")
    if comment.author is not call.actor and not pushes:
        raise ApiError(403, "Resource not accessible by integration" if call.principal.app else "Forbidden")
    return comment


def list_(call: Call) -> ApiResponse:
    return call.paginate([conversations.comment(call.world, c) for c in call.conversation.comments])


def create(call: Call) -> ApiResponse:
    body = comment_body(call, "IssueComment")
    comment = call.activity.conversations.comment(call.conversation, body, call.actor, call.principal.app)
    return ApiResponse(201, conversations.comment(call.world, comment))


def get(call: Call) -> ApiResponse:
    return ApiResponse(200, conversations.comment(call.world, find_comment(call)))


def update(call: Call) -> ApiResponse:
    found = require_editable(call, find_comment(call))
    call.activity.conversations.edit_comment(found, comment_body(call, "IssueComment"), call.actor)
    return ApiResponse(200, conversations.comment(call.world, found))


def delete(call: Call) -> ApiResponse:
    call.activity.conversations.delete_comment(require_editable(call, find_comment(call)), call.actor)
    return ApiResponse(204)


_ISSUES = "/repos/{owner}/{repo}/issues"
_READ, _WRITE = "issues=read; pull_requests=read", "issues=write; pull_requests=write"
ROUTES = (
    Route("GET", f"{_ISSUES}/{{number}}/comments", list_, _READ),
    Route("POST", f"{_ISSUES}/{{number}}/comments", create, _WRITE),
    Route("GET", f"{_ISSUES}/comments/{{comment_id}}", get, _READ),
    Route("PATCH", f"{_ISSUES}/comments/{{comment_id}}", update, _WRITE),
    Route("DELETE", f"{_ISSUES}/comments/{{comment_id}}", delete, _WRITE),
)
