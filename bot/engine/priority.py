"""The order of waiting jobs."""

from __future__ import annotations

from bot.domain import (
    AppInstalled,
    ButtonClicked,
    CommentPosted,
    Event,
    IndexDue,
    MergeGroupChecksRequested,
    PullRequestChanged,
    PullRequestClosed,
    PullRequestReopened,
    ReviewDue,
)


def priority(event: Event) -> int:
    """Return an event's priority, lowest first: people, pull requests, pushes, the search index.

    Events that remove a repository keep the default, since a job that runs after them would store its data again.
    """
    match event:
        case CommentPosted() | ButtonClicked() | PullRequestClosed() | PullRequestReopened():
            return 1
        case PullRequestChanged() | ReviewDue() | MergeGroupChecksRequested():
            return 2
        case IndexDue() | AppInstalled():
            return 4
    return 3
