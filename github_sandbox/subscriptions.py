"""The events that an installation receives: its App subscribed to them and its permissions allow them.

https://docs.github.com/webhooks/webhook-events-and-payloads
"""

from __future__ import annotations

from github_sandbox.state import Installation

ALWAYS = ("installation", "installation_repositories")
"""Events that every App receives without a subscription."""

_NEEDS = {
    "check_run": "checks",
    "check_suite": "checks",
    "create": "contents",
    "delete": "contents",
    "issue_comment": "issues",
    "issues": "issues",
    "merge_group": "merge_queues",
    "pull_request": "pull_requests",
    "pull_request_review": "pull_requests",
    "pull_request_review_comment": "pull_requests",
    "pull_request_review_thread": "pull_requests",
    "push": "contents",
    "repository": "metadata",
}


def list_events(installation: Installation) -> list[str]:
    """Return the subscribed events of an installation, without those that it lacks the permission for."""
    permissions = {"metadata": "read", **installation.permissions}
    return [event for event in installation.app.events if _NEEDS.get(event, "metadata") in permissions]


def receives(installation: Installation, event: str) -> bool:
    """Return whether an installation receives an event. A suspended one receives only events about itself."""
    if event in ALWAYS:
        return True
    return installation.suspended_at is None and event in list_events(installation)
