"""What people say under issues and pull requests, as far as it may hold a command."""

from __future__ import annotations

from bot.domain import Commented, Event
from bot.github.events import payloads
from bot.github.events.parsing import Ignored, action_of, read, unused

_COMMAND = "/mas"


def issue_comment(body: bytes) -> Event | Ignored:
    """A comment in the conversation of an issue or pull request."""
    action = action_of("issue_comment", body)
    if action not in ("created", "edited"):
        return unused("issue_comment", action)
    told = read("issue_comment", payloads.IssueComment, body)
    return _commented(action, told, told.issue.number, told.issue.pull_request is not None)


def review_comment(body: bytes) -> Event | Ignored:
    """A comment on a line of a pull request's diff."""
    action = action_of("pull_request_review_comment", body)
    if action not in ("created", "edited"):
        return unused("pull_request_review_comment", action)
    told = read("pull_request_review_comment", payloads.ReviewComment, body)
    return _commented(action, told, told.pull_request.number, pull_request=True)


def _commented(
    action: str, told: payloads.IssueComment | payloads.ReviewComment, number: int, pull_request: bool
) -> Event | Ignored:
    comment, said = told.comment, told.comment.body or ""
    if told.installation is None:
        return Ignored("The comment comes from a webhook that belongs to no installation.")
    if told.repository.archived or told.repository.disabled:
        return Ignored("The repository is archived or disabled.")
    if comment.user is None or not comment.user.is_person or not told.sender.is_person:
        return Ignored("The comment is not a person's.")
    if _COMMAND not in said.lower():
        return Ignored("The comment holds no command.")
    previous = None
    if action == "edited":
        if told.changes is None or told.changes.body is None:
            return Ignored("The comment's words are as they were.")
        if told.sender.login != comment.user.login:
            return Ignored("Somebody else edited the comment.")
        previous = told.changes.body.before or ""
    return Commented(
        told.repository.at(told.installation),
        number,
        comment.id,
        comment.user.login,
        said,
        previous,
        pull_request=pull_request,
        review=isinstance(told, payloads.ReviewComment),
    )
