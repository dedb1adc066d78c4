"""Which events an installation hears of: those that its App subscribed to and that its permissions allow.

https://docs.github.com/webhooks/webhook-events-and-payloads
"""

from __future__ import annotations

from github_sandbox.state import Installation

ALWAYS = ("installation", "installation_repositories")
"""Events that every App gets, subscribed or not."""

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


def subscribed(installation: Installation) -> list[str]:
    """The events that an installation is sent; what the App asks for in vain is not among them."""
    held = {"metadata": "read", **installation.permissions}
    return [event for event in installation.app.events if _NEEDS.get(event, "metadata") in held]


def hears(installation: Installation, event: str) -> bool:
    """Whether an event goes to an installation. A suspended one hears only of itself."""
    if event in ALWAYS:
        return True
    return installation.suspended_at is None and event in subscribed(installation)
