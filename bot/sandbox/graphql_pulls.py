"""Pull requests and their talk as GraphQL shows them: a field each in snake case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.graphql_base import Node, actor, connection
from bot.sandbox.graphql_git import RefNode
from bot.sandbox.payloads.conversations import comment_page
from bot.sandbox.rest import Call
from bot.sandbox.state import Comment, Label, PullRequest, node_id, timestamp

if TYPE_CHECKING:
    from bot.sandbox.graphql_nodes import RepositoryNode


class PullRequestNode(Node):
    """A pull request."""

    typename = "PullRequest"

    def __init__(self, repository: RepositoryNode, pull: PullRequest) -> None:
        super().__init__(repository.call)
        self.repository = repository
        self.pull = pull
        self.id = node_id("PR", pull.id)
        self.number = pull.number
        self.title, self.body = pull.title, pull.body or ""
        self.state = "MERGED" if pull.merged else pull.state.upper()
        self.merged, self.closed, self.is_draft = pull.merged, pull.state == "closed", pull.draft
        self.head_ref_name, self.head_ref_oid = pull.head, pull.head_oid
        self.base_ref_name, self.base_ref_oid = pull.base, pull.base_oid
        self.created_at, self.updated_at = timestamp(pull.created_at), timestamp(pull.updated_at)
        self.closed_at = timestamp(pull.closed_at)
        self.merged_at = self.closed_at if pull.merged else None
        self.url = f"{repository.url}/pull/{pull.number}"

    @property
    def author(self) -> dict[str, Any] | None:
        return actor(self.call, self.pull.author)

    @property
    def merged_by(self) -> dict[str, Any] | None:
        return actor(self.call, self.pull.merged_by)

    @property
    def head_ref(self) -> RefNode | None:
        return self.repository.ref(f"refs/heads/{self.head_ref_name}")

    @property
    def base_ref(self) -> RefNode | None:
        return self.repository.ref(f"refs/heads/{self.base_ref_name}")

    def comments(self, **page: Any) -> dict[str, Any]:
        return connection([CommentNode(self.call, self.pull, c) for c in self.pull.comments], **page)

    def labels(self, **page: Any) -> dict[str, Any]:
        return connection([_label(item) for item in self.pull.labels], **page)


def _label(label: Label) -> dict[str, Any]:
    return {"typename": "Label", "id": node_id("LA", label.id), "name": label.name, "color": label.color}


class CommentNode(Node):
    """A comment of a conversation."""

    typename = "IssueComment"

    def __init__(self, call: Call, pull: PullRequest, comment: Comment) -> None:
        super().__init__(call)
        self.id = node_id("IC", comment.id)
        self.database_id = comment.id
        self.body = comment.body
        self.author = actor(call, comment.author)
        self.created_at, self.updated_at = timestamp(comment.created_at), timestamp(comment.updated_at)
        self.url = comment_page(call.world, pull, comment)
        self.is_minimized, self.minimized_reason = comment.minimized is not None, comment.minimized
        self.viewer_did_author = comment.author is call.principal.account
