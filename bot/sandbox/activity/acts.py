"""What every kind of act has at hand: the world that it changes, and the webhooks that tell of it."""

from __future__ import annotations

from bot.sandbox.conversations import Conversation, PullRequest
from bot.sandbox.payloads.conversations import issue
from bot.sandbox.payloads.pulls import pull_request
from bot.sandbox.state import Account, World
from bot.sandbox.webhooks import Webhooks


class Acts:
    """Acts of one kind."""

    def __init__(self, world: World, webhooks: Webhooks) -> None:
        self._world = world
        self._webhooks = webhooks

    def _tell(self, conversation: Conversation, action: str, by: Account, **more: object) -> None:
        """Tell what happened to an issue (`issues`) or a pull request (`pull_request`)."""
        if isinstance(conversation, PullRequest):
            payload = {"action": action, "number": conversation.number, **more}
            event, payload["pull_request"] = "pull_request", pull_request(self._world, conversation)
        else:
            event, payload = "issues", {"action": action, **more, "issue": issue(self._world, conversation)}
        self._webhooks.repository_event(event, conversation.repository, by, payload)
