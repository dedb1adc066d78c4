"""Comments by people on issues and pull requests that may contain a command."""

from __future__ import annotations

from bot.domain import CommentPosted, Event
from bot.github.events import payloads
from bot.github.events.parsing import IgnoredEvent, ignore_action, parse_action, parse_payload

_COMMAND_PREFIX = "/mas"


def issue_comment(body: bytes) -> Event | IgnoredEvent:
    """Parse a comment in the conversation of an issue or pull request."""
    action = parse_action("issue_comment", body)
    if action not in ("created", "edited"):
        return ignore_action("issue_comment", action)
    payload = parse_payload("issue_comment", payloads.IssueCommentPayload, body)
    return _to_event(action, payload, payload.issue.number, payload.issue.pull_request is not None)


def review_comment(body: bytes) -> Event | IgnoredEvent:
    """Parse a comment on a line of a pull request's diff."""
    action = parse_action("pull_request_review_comment", body)
    if action not in ("created", "edited"):
        return ignore_action("pull_request_review_comment", action)
    payload = parse_payload("pull_request_review_comment", payloads.ReviewCommentPayload, body)
    return _to_event(action, payload, payload.pull_request.number, pull_request=True)


def _to_event(
    action: str, payload: payloads.IssueCommentPayload | payloads.ReviewCommentPayload, number: int, pull_request: bool
) -> Event | IgnoredEvent:
    comment, text = payload.comment, payload.comment.body or ""
    if payload.installation is None:
        return IgnoredEvent("The comment comes from a webhook that belongs to no installation.")
    if payload.repository.archived or payload.repository.disabled:
        return IgnoredEvent("The repository is archived or disabled.")
    if comment.user is None or not comment.user.is_person or not payload.sender.is_person:
        return IgnoredEvent("The comment is not by a person.")
    if _COMMAND_PREFIX not in text.lower():
        return IgnoredEvent("The comment contains no command.")
    previous = None
    if action == "edited":
        if payload.changes is None or payload.changes.body is None:
            return IgnoredEvent("The comment's text did not change.")
        if payload.sender.login != comment.user.login:
            return IgnoredEvent("Someone other than the author edited the comment.")
        previous = payload.changes.body.before or ""
    return CommentPosted(
        payload.repository.to_repository(payload.installation),
        number,
        comment.id,
        comment.user.login,
        text,
        previous,
        pull_request=pull_request,
        review=isinstance(payload, payloads.ReviewCommentPayload),
    )
