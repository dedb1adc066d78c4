"""Pull requests in GraphQL. Attributes are the schema's fields in snake case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from github_sandbox.activity.merging import mergeable
from github_sandbox.auth import can_read
from github_sandbox.conversations import PullRequest
from github_sandbox.diff import files
from github_sandbox.graphql.base import actor, connection
from github_sandbox.graphql.checks import rollup
from github_sandbox.graphql.conversations import ConversationNode
from github_sandbox.graphql.git import ObjectNode, RefNode
from github_sandbox.graphql.reviews import ReviewThreadNode, review_node
from github_sandbox.state import node_id

if TYPE_CHECKING:
    from github_sandbox.graphql.repository import RepositoryNode

_MERGEABLE = {None: "UNKNOWN", True: "MERGEABLE", False: "CONFLICTING"}
_CHANGE_TYPES = {"removed": "DELETED"}


class PullRequestNode(ConversationNode):
    """A pull request."""

    typename = "PullRequest"
    reaction_permissions = "pull_requests=write; issues=write"

    def __init__(self, repository: RepositoryNode, pull: PullRequest) -> None:
        super().__init__(repository, pull)
        self.pull = pull
        self.state = "MERGED" if pull.merged else pull.state.upper()
        self.merged, self.is_draft, self.is_cross_repository = pull.merged, pull.draft, pull.is_cross_repository
        self.head_ref_name, self.head_ref_oid = pull.head, pull.head_oid
        self.base_ref_name, self.base_ref_oid = pull.base, pull.base_oid
        self.merged_at = self.closed_at if pull.merged else None

    @property
    def mergeable(self) -> str:
        return _MERGEABLE[mergeable(self.pull)]

    @property
    def merged_by(self) -> dict[str, Any] | None:
        return actor(self.call, self.pull.merged_by)

    @property
    def head_ref(self) -> RefNode | None:
        source = self.head_repository
        return source.ref(f"refs/heads/{self.head_ref_name}") if source else None

    @property
    def head_repository(self) -> RepositoryNode | None:
        """Return the head repository, or None if it was deleted or the caller may not read it."""
        found = self.pull.head_repository
        seen = found is not None and can_read(self.call.principal, found)
        return type(self.repository)(self.call, found) if found and seen else None

    @property
    def head_repository_owner(self) -> dict[str, Any] | None:
        return actor(self.call, self.pull.head_owner)

    @property
    def base_ref(self) -> RefNode | None:
        return self.repository.ref(f"refs/heads/{self.base_ref_name}")

    @property
    def status_check_rollup(self) -> dict[str, Any] | None:
        self.require(self.repository.record, "checks=read")
        return rollup(self.repository, self.pull.head_oid)

    def commits(self, **page: Any) -> dict[str, Any]:
        """Return the commits, oldest first."""
        span = (self.pull.head_oid, f"^{self.pull.base_oid}")
        commits = reversed(self.repository.record.git.history(*span))
        return connection([self._commit(commit.oid) for commit in commits], **page)

    def _commit(self, oid: str) -> dict[str, Any]:
        node = {"typename": "PullRequestCommit", "id": node_id("PURC", self.pull.id, oid)}
        return node | {"commit": ObjectNode(self.repository, oid), "url": f"{self.url}/commits/{oid}"}

    def files(self, **page: Any) -> dict[str, Any]:
        git = self.repository.record.git
        changed = files(git, git.merge_base(self.pull.base_oid, self.pull.head_oid), self.pull.head_oid)
        nodes = [
            {
                "path": file.path,
                "additions": file.additions,
                "deletions": file.deletions,
                "change_type": _CHANGE_TYPES.get(file.status, file.status.upper()),
            }
            for file in changed
        ]
        return connection(nodes, **page)

    def review_requests(self, **page: Any) -> dict[str, Any]:
        nodes = [
            {
                "typename": "ReviewRequest",
                "id": node_id("RR", self.pull.id, account.id),
                "requested_reviewer": actor(self.call, account),
            }
            for account in self.pull.reviewers
        ]
        return connection(nodes, **page)

    def reviews(self, states: list[str] | None = None, author: str | None = None, **page: Any) -> dict[str, Any]:
        reviews = [each for each in self.pull.reviews if states is None or each.state in states]
        matching = [each for each in reviews if author in (None, each.author.login)]
        return connection([review_node(self.repository, each) for each in matching], **page)

    def review_threads(self, **page: Any) -> dict[str, Any]:
        return connection([ReviewThreadNode(self.repository, each) for each in self.pull.threads], **page)
