"""Endpoints of the conversation under a pull request: comments, reactions, labels.

https://docs.github.com/rest/issues and https://docs.github.com/rest/reactions
"""

from __future__ import annotations

from bot.sandbox.payloads import conversations
from bot.sandbox.refusal import Refusal, invalid, too_long
from bot.sandbox.rest import Call, Reply, Route
from bot.sandbox.rest_pulls import BODY_LIMIT
from bot.sandbox.state import Comment, Label, PullRequest, Reaction

_CONTENTS = ("+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes")


def _body(call: Call) -> str:
    body = call.text("body", "IssueComment")
    if not body.strip():
        raise invalid({"resource": "IssueComment", "code": "missing_field", "field": "body"})
    if len(body) > BODY_LIMIT:
        raise invalid(too_long("IssueComment", "body", BODY_LIMIT))
    return body


def _comment(call: Call) -> tuple[PullRequest, Comment]:
    found = call.world.comment(call.repository, call.number("comment_id"))
    if found is None:
        raise Refusal(404, "Not Found")
    return found


def _own_comment(call: Call) -> tuple[PullRequest, Comment]:
    """A comment that the caller may change: an App only its own, a user with write access any."""
    pull, comment = _comment(call)
    pushes = call.repository.role(call.actor) in ("write", "maintain", "admin")
    if comment.author is not call.actor and not pushes:
        raise Refusal(403, "Resource not accessible by integration" if call.principal.app else "Forbidden")
    return pull, comment


def list_comments(call: Call) -> Reply:
    pull = call.pull_request
    return call.page([conversations.comment(call.world, pull, c) for c in pull.comments])


def create_comment(call: Call) -> Reply:
    pull = call.pull_request
    made = call.activity.comment(pull, _body(call), call.actor, call.principal.app)
    return Reply(201, conversations.comment(call.world, pull, made))


def get_comment(call: Call) -> Reply:
    return Reply(200, conversations.comment(call.world, *_comment(call)))


def update_comment(call: Call) -> Reply:
    pull, comment = _own_comment(call)
    call.activity.edit_comment(pull, comment, _body(call), call.actor)
    return Reply(200, conversations.comment(call.world, pull, comment))


def delete_comment(call: Call) -> Reply:
    call.activity.delete_comment(*_own_comment(call), call.actor)
    return Reply(204)


def create_reaction(call: Call) -> Reply:
    """201 for a new one, 200 when it stands already."""
    _, comment = _comment(call)
    content = call.body.get("content")
    if content not in _CONTENTS:
        raise invalid({"resource": "Reaction", "field": "content", "code": "invalid", "value": content})
    for standing in comment.reactions:
        if standing.author is call.actor and standing.content == content:
            return Reply(200, conversations.reaction(call.world, standing))
    made = Reaction(call.world.new_id(), call.actor, content, call.world.now())
    comment.reactions.append(made)
    return Reply(201, conversations.reaction(call.world, made))


def list_reactions(call: Call) -> Reply:
    _, comment = _comment(call)
    return call.page([conversations.reaction(call.world, r) for r in comment.reactions])


def list_labels(call: Call) -> Reply:
    pull = call.pull_request
    return call.page([conversations.label(call.world, pull.repository, item) for item in pull.labels])


def add_labels(call: Call) -> Reply:
    """Labels by name; those that the repository lacks are made, as on GitHub."""
    pull, names = call.pull_request, call.body.get("labels", [])
    if not names:
        raise invalid({"resource": "Label", "code": "missing_field", "field": "name"})
    for name in names:
        label = pull.repository.labels.setdefault(name, Label(call.world.new_id(), name))
        if label not in pull.labels:
            pull.labels.append(label)
    return Reply(200, [conversations.label(call.world, pull.repository, item) for item in pull.labels])


def remove_label(call: Call) -> Reply:
    pull = call.pull_request
    kept = [item for item in pull.labels if item.name != call.path["name"]]
    if len(kept) == len(pull.labels):
        raise Refusal(404, "Label does not exist")
    pull.labels[:] = kept
    return Reply(200, [conversations.label(call.world, pull.repository, item) for item in kept])


_ISSUES = "/repos/{owner}/{repo}/issues"
_THREAD, _COMMENT = f"{_ISSUES}/{{number}}", f"{_ISSUES}/comments/{{comment_id}}"
_READ, _WRITE = "issues=read; pull_requests=read", "issues=write; pull_requests=write"
ROUTES = (
    Route("GET", f"{_THREAD}/comments", list_comments, _READ),
    Route("POST", f"{_THREAD}/comments", create_comment, _WRITE),
    Route("GET", _COMMENT, get_comment, _READ),
    Route("PATCH", _COMMENT, update_comment, _WRITE),
    Route("DELETE", _COMMENT, delete_comment, _WRITE),
    Route("GET", f"{_COMMENT}/reactions", list_reactions, "issues=read"),
    Route("POST", f"{_COMMENT}/reactions", create_reaction, "issues=write"),
    Route("GET", f"{_THREAD}/labels", list_labels, _READ),
    Route("POST", f"{_THREAD}/labels", add_labels, _WRITE),
    Route("DELETE", f"{_THREAD}/labels/{{name}}", remove_label, _WRITE),
)
