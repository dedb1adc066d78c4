"""Base of the action groups: the state that they change and the webhooks that they send."""

from __future__ import annotations

from github_sandbox.conversations import Conversation, PullRequest
from github_sandbox.payloads.conversations import issue
from github_sandbox.payloads.pulls import pull_request
from github_sandbox.state import Account, World
from github_sandbox.webhooks import Webhooks


class ActivityBase:
    """A group of actions."""

    def __init__(self, world: World, webhooks: Webhooks) -> None:
        self._world = world
        self._webhooks = webhooks

    def _send_conversation_event(self, conversation: Conversation, action: str, by: Account, **fields: object) -> None:
        """Send an `issues` or `pull_request` event."""
        if isinstance(conversation, PullRequest):
            payload = {"action": action, "number": conversation.number, **fields}
            event, payload["pull_request"] = "pull_request", pull_request(self._world, conversation)
        else:
            event, payload = "issues", {"action": action, **fields, "issue": issue(self._world, conversation)}
        self._webhooks.repository_event(event, conversation.repository, by, payload)
