"""Endpoints of comments on the lines of pull requests.

https://docs.github.com/rest/pulls/comments
"""

from __future__ import annotations

from github_sandbox.activity.reviews import placed
from github_sandbox.conversations import ReviewComment, Spot
from github_sandbox.payloads.reviews import comment as payload
from github_sandbox.refusal import Refusal, custom, invalid
from github_sandbox.rest import Call, Reply, Route
from github_sandbox.rest.comments import own, text
from github_sandbox.rest.reviews import spot

_RESOURCE = "PullRequestReviewComment"


def comment(call: Call) -> ReviewComment:
    """The review comment of the path. Raises `Refusal` (404)."""
    found = call.world.review_comment(call.repository, call.number("comment_id"))
    if found is None:
        raise Refusal(404, "Not Found")
    return found


def list_(call: Call) -> Reply:
    return call.page([payload(call.world, each) for each in call.pull_request.review_comments])


def create(call: Call) -> Reply:
    """On a line of the diff or, with `subject_type: file`, on a whole file."""
    pull, body = call.pull_request, text(call, _RESOURCE)
    if call.text("commit_id", _RESOURCE) != pull.head_oid:
        raise invalid(custom(_RESOURCE, "commit_id is not part of the pull request", field="commit_id"))
    asked = spot(dict(call.body))
    if call.body.get("subject_type") == "file":
        asked = Spot(asked.path)
    found = placed(pull, asked)
    if found is None or (found.line is None and call.body.get("subject_type") != "file"):
        field = "pull_request_review_thread.line"
        raise invalid(custom(_RESOURCE, f"{field} must be part of the diff", field=field))
    made = call.activity.reviews.comment(pull, found, body, call.actor, call.principal.app)
    return Reply(201, payload(call.world, made))


def reply(call: Call) -> Reply:
    """Only the first comment of a thread is answered; a reply cannot be."""
    found = comment(call)
    if found.conversation is not call.pull_request or found is not found.thread.comments[0]:
        raise Refusal(404, "Not Found")
    made = call.activity.reviews.reply(found.thread, text(call, _RESOURCE), call.actor, call.principal.app)
    return Reply(201, payload(call.world, made))


def get(call: Call) -> Reply:
    return Reply(200, payload(call.world, comment(call)))


def update(call: Call) -> Reply:
    found = comment(call)
    own(call, found)
    call.activity.reviews.edit_comment(found, text(call, _RESOURCE), call.actor)
    return Reply(200, payload(call.world, found))


def delete(call: Call) -> Reply:
    found = comment(call)
    own(call, found)
    call.activity.reviews.delete_comment(found, call.actor)
    return Reply(204)


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
