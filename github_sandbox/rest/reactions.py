"""Endpoints of reactions to comments.

https://docs.github.com/rest/reactions
"""

from __future__ import annotations

from github_sandbox.conversations import REACTIONS, Reaction
from github_sandbox.payloads import conversations
from github_sandbox.refusal import Refusal, invalid
from github_sandbox.rest import Call, Reply, Route, comments, review_comments


def _given(call: Call) -> list[Reaction]:
    """The reactions to the path's comment, of a conversation or on a line."""
    of_line = "/pulls/comments/" in call.url
    return review_comments.comment(call).reactions if of_line else comments.comment(call).reactions


def list_(call: Call) -> Reply:
    content = call.query.get("content")
    return call.page([conversations.reaction(call.world, r) for r in _given(call) if content in (None, r.content)])


def create(call: Call) -> Reply:
    """201 for a new one, 200 when it stands already."""
    given, content = _given(call), call.body.get("content")
    if content not in REACTIONS:
        raise invalid({"resource": "Reaction", "field": "content", "code": "invalid", "value": content})
    reaction, is_new = call.activity.conversations.react(given, content, call.actor)
    return Reply(201 if is_new else 200, conversations.reaction(call.world, reaction))


def delete(call: Call) -> Reply:
    """Only one's own."""
    given, number = _given(call), call.number("reaction_id")
    found = next((reaction for reaction in given if reaction.id == number), None)
    if found is None:
        raise Refusal(404, "Not Found")
    if found.author is not call.actor:
        raise Refusal(403, "Resource not accessible by integration" if call.principal.app else "Forbidden")
    given.remove(found)
    return Reply(204)


_TO_COMMENT = "/repos/{owner}/{repo}/issues/comments/{comment_id}/reactions"
_TO_REVIEW_COMMENT = "/repos/{owner}/{repo}/pulls/comments/{comment_id}/reactions"
ROUTES = (
    Route("GET", _TO_COMMENT, list_, "issues=read"),
    Route("POST", _TO_COMMENT, create, "issues=write"),
    Route("DELETE", f"{_TO_COMMENT}/{{reaction_id}}", delete, "issues=write"),
    Route("GET", _TO_REVIEW_COMMENT, list_, "pull_requests=read"),
    Route("POST", _TO_REVIEW_COMMENT, create, "pull_requests=write"),
    Route("DELETE", f"{_TO_REVIEW_COMMENT}/{{reaction_id}}", delete, "pull_requests=write"),
)
