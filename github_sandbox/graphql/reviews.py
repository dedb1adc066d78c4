"""Reviews and review threads in GraphQL. Attributes are the schema's fields in snake case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from github_sandbox.auth import can_push
from github_sandbox.conversations import Review, ReviewComment, ReviewThread
from github_sandbox.graphql.base import Node, actor, connection
from github_sandbox.graphql.conversations import ReactableNode
from github_sandbox.payloads.conversations import association
from github_sandbox.payloads.reviews import review_comment_page, review_page
from github_sandbox.state import node_id, timestamp

if TYPE_CHECKING:
    from github_sandbox.graphql.repository import RepositoryNode


class ReviewThreadNode(Node):
    """A review thread."""

    typename = "PullRequestReviewThread"

    def __init__(self, repository: RepositoryNode, thread: ReviewThread) -> None:
        super().__init__(repository.call)
        self.repository = repository
        self.thread = thread
        self.id = node_id("PRRT", thread.id)
        self.is_resolved, self.is_outdated = thread.resolved_by is not None, thread.current is None
        self.path, self.diff_side = thread.original.path, thread.original.side
        self.line = thread.current.line if thread.current else None
        self.start_line = thread.current.start_line if thread.current else None
        self.original_line, self.original_start_line = thread.original.line, thread.original.start_line
        self.subject_type = "FILE" if thread.is_file_level else "LINE"
        self.resolved_by = actor(self.call, thread.resolved_by, as_user=True)

    @property
    def viewer_can_resolve(self) -> bool:
        """Return whether the caller may resolve the thread, which takes write access to contents."""
        token, account = self.call.principal.token, self.call.actor
        may = token.permissions.get("contents") == "write" if token else can_push(account, self.repository.record)
        return may and not self.is_resolved

    def comments(self, **page: Any) -> dict[str, Any]:
        return connection([ReviewCommentNode(self.repository, each) for each in self.thread.comments], **page)


class ReviewCommentNode(ReactableNode):
    """A review comment."""

    typename = "PullRequestReviewComment"
    reaction_permissions = "pull_requests=write"

    def __init__(self, repository: RepositoryNode, comment: ReviewComment) -> None:
        super().__init__(repository, comment.reactions)
        self.comment = comment
        thread = comment.thread
        self.id = node_id("PRRC", comment.id)
        self.database_id = comment.id
        self.body = comment.body
        self.author = actor(self.call, comment.author)
        self.author_association = association(repository.record, comment.author)
        self.created_at, self.updated_at = timestamp(comment.created_at), timestamp(comment.updated_at)
        self.url = review_comment_page(self.call.world, comment)
        self.path, self.diff_hunk = thread.original.path, thread.original.hunk
        self.line, self.original_line = thread.current.line if thread.current else None, thread.original.line
        self.outdated = thread.current is None
        self.is_minimized, self.minimized_reason = comment.minimized is not None, comment.minimized
        self.viewer_did_author = comment.author is self.call.principal.account

    @property
    def reply_to(self) -> ReviewCommentNode | None:
        first = self.comment.thread.comments[0]
        return None if first is self.comment else ReviewCommentNode(self.repository, first)


def review_node(repository: RepositoryNode, review: Review) -> dict[str, Any]:
    """Return a review."""
    return {
        "typename": "PullRequestReview",
        "id": node_id("PRR", review.id),
        "database_id": review.id,
        "author": actor(repository.call, review.author),
        "body": review.body,
        "state": review.state,
        "submitted_at": timestamp(review.submitted_at),
        "url": review_page(repository.call.world, review),
    }
