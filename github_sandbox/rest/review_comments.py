"""Endpoints of review comments.

https://docs.github.com/rest/pulls/comments
"""

from __future__ import annotations

from github_sandbox.activity.reviews import locate_in_diff
from github_sandbox.conversations import DiffLocation, ReviewComment
from github_sandbox.errors import ApiError, custom_error, validation_failed
from github_sandbox.payloads.reviews import comment as payload
from github_sandbox.rest import ApiResponse, Call, Route
from github_sandbox.rest.comments import comment_body, require_editable
from github_sandbox.rest.reviews import parse_location

_RESOURCE = "PullRequestReviewComment"


def find_comment(call: Call) -> ReviewComment:
    """Return the review comment of the path. Raises `ApiError` (404)."""
    found = call.world.review_comment(call.repository, call.number("comment_id"))
    if found is None:
        raise ApiError(404, "Not Found")
    return found


def list_(call: Call) -> ApiResponse:
    return call.paginate([payload(call.world, each) for each in call.pull_request.review_comments])


def create(call: Call) -> ApiResponse:
    """Comment on a line of the diff or, with `subject_type: file`, on a whole file."""
    pull, body = call.pull_request, comment_body(call, _RESOURCE)
    if call.string("commit_id", _RESOURCE) != pull.head_oid:
        raise validation_failed(custom_error(_RESOURCE, "commit_id is not part of the pull request", field="commit_id"))
    location = parse_location(dict(call.body))
    if call.body.get("subject_type") == "file":
        location = DiffLocation(location.path)
    found = locate_in_diff(pull, location)
    if found is None or (found.line is None and call.body.get("subject_type") != "file"):
        field = "pull_request_review_thread.line"
        raise validation_failed(custom_error(_RESOURCE, f"{field} must be part of the diff", field=field))
    created = call.activity.reviews.comment(pull, found, body, call.actor, call.principal.app)
    return ApiResponse(201, payload(call.world, created))


def reply(call: Call) -> ApiResponse:
    """Reply to a thread's first comment. GitHub does not accept replies to replies."""
    found = find_comment(call)
    if found.conversation is not call.pull_request or found is not found.thread.comments[0]:
        raise ApiError(404, "Not Found")
    created = call.activity.reviews.reply(found.thread, comment_body(call, _RESOURCE), call.actor, call.principal.app)
    return ApiResponse(201, payload(call.world, created))


def get(call: Call) -> ApiResponse:
    return ApiResponse(200, payload(call.world, find_comment(call)))


def update(call: Call) -> ApiResponse:
    found = find_comment(call)
    require_editable(call, found)
    call.activity.reviews.edit_comment(found, comment_body(call, _RESOURCE), call.actor)
    return ApiResponse(200, payload(call.world, found))


def delete(call: Call) -> ApiResponse:
    found = find_comment(call)
    require_editable(call, found)
    call.activity.reviews.delete_comment(found, call.actor)
    return ApiResponse(204)


_PULLS = "/repos/{owner}/{repo}/pulls"
_COMMENT = f"{_PULLS}/comments/{{comment_id}}"
ROUTES = (
    Route("GET", f"{_PULLS}/{{number}}/comments", list_, "pull_requests=read"),
    Route("POST", f"{_PULLS}/{{number}}/comments", create, "pull_requests=write"),
    Route("POST", f"{_PULLS}/{{number}}/comments/{{comment_id}}/replies", reply, "pull_requests=write"),
    Route("GET", _COMMENT, get, "pull_requests=read"),
    Route("PATCH", _COMMENT, update, "pull_requests=write"),
    Route("DELETE", _COMMENT, delete, "pull_requests=write"),
)
