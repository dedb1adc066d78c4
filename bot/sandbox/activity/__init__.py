"""What happens on this GitHub: references move, pull requests follow them, people and Apps talk; webhooks tell.

Every way in (git, REST, GraphQL, a person's hand) ends here, so that the same act has the same consequences.
"""

from __future__ import annotations

from bot.sandbox.activity.checks import Checks
from bot.sandbox.activity.conversations import Conversations
from bot.sandbox.activity.installations import Installations
from bot.sandbox.activity.merging import Merging
from bot.sandbox.activity.pulls import Pulls
from bot.sandbox.activity.references import References
from bot.sandbox.activity.repositories import Repositories
from bot.sandbox.activity.reviews import Reviews
from bot.sandbox.state import World
from bot.sandbox.webhooks import Webhooks

__all__ = ["Activity"]


class Activity:
    """All that can be done, by kind; each act changes the world and tells of it."""

    def __init__(self, world: World, webhooks: Webhooks) -> None:
        self.conversations = Conversations(world, webhooks)
        self.pulls = Pulls(world, webhooks)
        self.reviews = Reviews(world, webhooks)
        self.checks = Checks(world, webhooks)
        self.references = References(world, webhooks, self.pulls, self.checks)
        self.merging = Merging(world, webhooks, self.references, self.pulls)
        self.installations = Installations(world, webhooks)
        self.repositories = Repositories(world, webhooks, self.references, self.conversations, self.installations)
