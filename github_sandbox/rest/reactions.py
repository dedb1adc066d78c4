"""Endpoints of reactions to comments.

https://docs.github.com/rest/reactions
"""

from __future__ import annotations

from github_sandbox.conversations import REACTIONS, Reaction
from github_sandbox.errors import ApiError, validation_failed
from github_sandbox.payloads import conversations
from github_sandbox.rest import ApiResponse, Call, Route, comments, review_comments


def _find_reactions(call: Call) -> list[Reaction]:
    """Return the reactions to the path's comment or review comment."""
    is_review_comment = "/pulls/comments/" in call.url
    return review_comments.find_comment(call).reactions if is_review_comment else comments.find_comment(call).reactions


def list_(call: Call) -> ApiResponse:
    content = call.query.get("content")
    return call.paginate(
        [conversations.reaction(call.world, r) for r in _find_reactions(call) if content in (None, r.content)]
    )


def create(call: Call) -> ApiResponse:
    """Add a reaction: 201 if it is new, 200 if it exists."""
    reactions, content = _find_reactions(call), call.body.get("content")
    if content not in REACTIONS:
        raise validation_failed({"resource": "Reaction", "field": "content", "code": "invalid", "value": content})
    reaction, is_new = call.activity.conversations.react(reactions, content, call.actor)
    return ApiResponse(201 if is_new else 200, conversations.reaction(call.world, reaction))


def delete(call: Call) -> ApiResponse:
    """Delete the caller's own reaction."""
    reactions, number = _find_reactions(call), call.number("reaction_id")
    found = next((reaction for reaction in reactions if reaction.id == number), None)
    if found is None:
        raise ApiError(404, "Not Found")
    if found.author is not call.actor:
        raise ApiError(403, "Resource not accessible by integration" if call.principal.app else "Forbidden")
    reactions.remove(found)
    return ApiResponse(204)


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
