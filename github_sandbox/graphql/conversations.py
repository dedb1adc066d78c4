"""Issues, comments, labels and reactions in GraphQL. Attributes are the schema's fields in snake case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from github_sandbox.conversations import REACTIONS, Comment, Conversation, Issue, Label, Reaction
from github_sandbox.graphql.base import Node, actor, connection
from github_sandbox.payloads.conversations import association, comment_page, conversation_node_id, conversation_page
from github_sandbox.state import node_id, timestamp

if TYPE_CHECKING:
    from github_sandbox.graphql.repository import RepositoryNode

REACTION_NAMES = {
    "+1": "THUMBS_UP", "-1": "THUMBS_DOWN", "laugh": "LAUGH", "hooray": "HOORAY",
    "confused": "CONFUSED", "heart": "HEART", "rocket": "ROCKET", "eyes": "EYES",
}  # fmt: skip
"""Reaction names in REST → in GraphQL."""


class ReactableNode(Node):
    """An object that takes reactions, and the permissions that an App needs to react."""

    reaction_permissions = "issues=write"

    def __init__(self, repository: RepositoryNode, reactions: list[Reaction]) -> None:
        super().__init__(repository.call)
        self.repository = repository
        self.reaction_records = reactions

    @property
    def reaction_groups(self) -> list[dict[str, Any]]:
        """Return all kinds of reactions, used or not."""
        return [self._group(content) for content in REACTIONS]

    def _group(self, content: str) -> dict[str, Any]:
        authors = [reaction.author for reaction in self.reaction_records if reaction.content == content]

        def reactors(**page: Any) -> dict[str, Any]:
            return connection([actor(self.call, author) for author in authors], **page)

        mine = self.call.principal.account in authors
        return {"content": REACTION_NAMES[content], "viewer_has_reacted": mine, "reactors": reactors}

    def reactions(self, content: str | None = None, **page: Any) -> dict[str, Any]:
        nodes = [reaction_node(self, each) for each in self.reaction_records]
        return connection([node for node in nodes if content in (None, node["content"])], **page)


def reaction_node(subject: ReactableNode, reaction: Reaction) -> dict[str, Any]:
    """Return a reaction."""
    return {
        "typename": "Reaction",
        "id": node_id("REA", reaction.id),
        "database_id": reaction.id,
        "content": REACTION_NAMES[reaction.content],
        "created_at": timestamp(reaction.created_at),
        "user": actor(subject.call, reaction.author, as_user=True),
    }


class ConversationNode(ReactableNode):
    """Shared fields of issues and pull requests."""

    def __init__(self, repository: RepositoryNode, conversation: Conversation) -> None:
        super().__init__(repository, conversation.reactions)
        self._conversation = conversation
        self.id = conversation_node_id(conversation)
        self.database_id = conversation.id
        self.number = conversation.number
        self.title, self.body = conversation.title, conversation.body or ""
        self.closed = conversation.state == "closed"
        self.created_at, self.updated_at = timestamp(conversation.created_at), timestamp(conversation.updated_at)
        self.closed_at = timestamp(conversation.closed_at)
        self.author_association = association(conversation.repository, conversation.author)
        self.url = conversation_page(repository.call.world, conversation)

    @property
    def author(self) -> dict[str, Any] | None:
        return actor(self.call, self._conversation.author)

    @property
    def label_names(self) -> set[str]:
        return {item.name for item in self._conversation.labels}

    def comments(self, **page: Any) -> dict[str, Any]:
        return connection([CommentNode(self.repository, each) for each in self._conversation.comments], **page)

    def labels(self, **page: Any) -> dict[str, Any]:
        return connection([label_node(item) for item in self._conversation.labels], **page)

    def assignees(self, **page: Any) -> dict[str, Any]:
        return connection([actor(self.call, each, as_user=True) for each in self._conversation.assignees], **page)


class IssueNode(ConversationNode):
    """An issue."""

    typename = "Issue"

    def __init__(self, repository: RepositoryNode, issue: Issue) -> None:
        super().__init__(repository, issue)
        self.issue = issue
        self.state = issue.state.upper()
        self.state_reason = issue.state_reason.upper() if issue.state_reason else None


def label_node(label: Label) -> dict[str, Any]:
    """Return a label."""
    node = {"typename": "Label", "id": node_id("LA", label.id), "name": label.name}
    return {**node, "color": label.color, "description": label.description}


class CommentNode(ReactableNode):
    """A comment on an issue or pull request."""

    typename = "IssueComment"

    def __init__(self, repository: RepositoryNode, comment: Comment) -> None:
        super().__init__(repository, comment.reactions)
        self.comment = comment
        self.id = node_id("IC", comment.id)
        self.database_id = comment.id
        self.body = comment.body
        self.author = actor(self.call, comment.author)
        self.author_association = association(repository.record, comment.author)
        self.created_at, self.updated_at = timestamp(comment.created_at), timestamp(comment.updated_at)
        self.url = comment_page(self.call.world, comment)
        self.is_minimized, self.minimized_reason = comment.minimized is not None, comment.minimized
        self.viewer_did_author = comment.author is self.call.principal.account
