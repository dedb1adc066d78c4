"""What every kind of act has at hand: the world that it changes, and the webhooks that tell of it."""

from __future__ import annotations

from github_sandbox.conversations import Conversation, PullRequest
from github_sandbox.payloads.conversations import issue
from github_sandbox.payloads.pulls import pull_request
from github_sandbox.state import Account, World
from github_sandbox.webhooks import Webhooks


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
