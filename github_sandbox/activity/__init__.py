"""All changes of state: references, pull requests, comments, checks and their webhooks.

Git, REST, GraphQL and simulated users all go through here, so the same action always has the same consequences.
"""

from __future__ import annotations

from github_sandbox.activity.checks import Checks
from github_sandbox.activity.conversations import Conversations
from github_sandbox.activity.installations import Installations
from github_sandbox.activity.merging import Merging
from github_sandbox.activity.pulls import Pulls
from github_sandbox.activity.references import References
from github_sandbox.activity.repositories import Repositories
from github_sandbox.activity.reviews import Reviews
from github_sandbox.state import World
from github_sandbox.webhooks import Webhooks

__all__ = ["Activity"]


class Activity:
    """All actions, grouped by kind. Each changes state and sends webhooks."""

    def __init__(self, world: World, webhooks: Webhooks) -> None:
        self.conversations = Conversations(world, webhooks)
        self.pulls = Pulls(world, webhooks)
        self.reviews = Reviews(world, webhooks)
        self.checks = Checks(world, webhooks)
        self.references = References(world, webhooks, self.pulls, self.checks)
        self.merging = Merging(world, webhooks, self.references, self.pulls)
        self.installations = Installations(world, webhooks)
        self.repositories = Repositories(world, webhooks, self.references, self.conversations, self.installations)
