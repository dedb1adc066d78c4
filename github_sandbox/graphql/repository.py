"""Repositories in GraphQL. Attributes are the schema's fields in snake case."""

from __future__ import annotations

from typing import Any

from github_sandbox.graphql.base import GraphQLApiError, Node, actor, connection
from github_sandbox.graphql.conversations import IssueNode, label_node
from github_sandbox.graphql.git import ObjectNode, RefNode
from github_sandbox.graphql.pulls import PullRequestNode
from github_sandbox.payloads.repositories import page_url
from github_sandbox.rest import Call
from github_sandbox.state import Repository, node_id

_FIELDS = {"CREATED_AT": "created_at", "UPDATED_AT": "updated_at"}


class RepositoryNode(Node):
    """A repository."""

    typename = "Repository"

    def __init__(self, call: Call, record: Repository) -> None:
        super().__init__(call)
        self.record = record
        self.id = node_id("R", record.id)
        self.database_id = record.id
        self.name = record.name
        self.name_with_owner = record.full_name
        self.is_private, self.is_archived, self.is_fork = record.private, record.archived, record.parent is not None
        self.url = page_url(call.world, record)

    @property
    def owner(self) -> dict[str, Any] | None:
        return actor(self.call, self.record.owner)

    @property
    def parent(self) -> RepositoryNode | None:
        return RepositoryNode(self.call, self.record.parent) if self.record.parent else None

    @property
    def default_branch_ref(self) -> RefNode | None:
        return self.ref(f"refs/heads/{self.record.default_branch}")

    def ref(self, qualified_name: str) -> RefNode | None:
        """Return a reference by its full name or by the short name of a branch or tag."""
        self.require(self.record, "contents=read")
        refs = self.record.git.refs()
        for name in (qualified_name, f"refs/heads/{qualified_name}", f"refs/tags/{qualified_name}"):
            if name in refs:
                return RefNode(self, name, refs[name])
        return None

    def object(self, oid: str | None = None, expression: str | None = None) -> ObjectNode | None:
        self.require(self.record, "contents=read")
        found = self.record.git.resolve(oid or expression or "", "object")
        return ObjectNode(self, found) if found else None

    def label(self, name: str) -> dict[str, Any] | None:
        found = self.record.labels.get(name.lower())
        return label_node(found) if found else None

    def labels(self, **page: Any) -> dict[str, Any]:
        return connection([label_node(item) for item in self.record.labels.values()], **page)

    # ------------------------------------------------------------------ issues and pull requests

    def issue(self, number: int) -> IssueNode:
        self.require(self.record, "issues=read")
        found = self.record.issues.get(number)
        if found is None:
            raise GraphQLApiError("NOT_FOUND", f"Could not resolve to an Issue with the number of {number}.")
        return IssueNode(self, found)

    def issues(
        self,
        states: list[str] | None = None,
        labels: list[str] | None = None,
        filter_by: dict[str, Any] | None = None,
        order_by: dict[str, str] | None = None,
        **page: Any,
    ) -> dict[str, Any]:
        """Return issues without pull requests, oldest first unless `orderBy` is given."""
        self.require(self.record, "issues=read")
        filters = filter_by or {}
        found = [
            node
            for node in (IssueNode(self, issue) for issue in self.record.issues.values())
            if _matches(node, filters.get("states") or states, filters.get("labels") or labels)
            and filters.get("createdBy") in (None, node.issue.author.login)
        ]
        return connection(_sort(found, order_by), **page)

    def issue_or_pull_request(self, number: int) -> IssueNode | PullRequestNode:
        return self.issue(number) if number in self.record.issues else self.pull_request(number)

    def pull_request(self, number: int) -> PullRequestNode:
        self.require(self.record, "pull_requests=read")
        pull = self.record.pull_requests.get(number)
        if pull is None:
            raise GraphQLApiError("NOT_FOUND", f"Could not resolve to a PullRequest with the number of {number}.")
        return PullRequestNode(self, pull)

    def pull_requests(
        self,
        states: list[str] | None = None,
        head_ref_name: str | None = None,
        base_ref_name: str | None = None,
        labels: list[str] | None = None,
        order_by: dict[str, str] | None = None,
        **page: Any,
    ) -> dict[str, Any]:
        """Return pull requests, oldest first unless `orderBy` is given."""
        self.require(self.record, "pull_requests=read")
        found = [
            node
            for node in (PullRequestNode(self, pull) for pull in self.record.pull_requests.values())
            if _matches(node, states, labels)
            and head_ref_name in (None, node.head_ref_name)
            and base_ref_name in (None, node.base_ref_name)
        ]
        return connection(_sort(found, order_by), **page)


def _matches(node: IssueNode | PullRequestNode, states: list[str] | None, labels: list[str] | None) -> bool:
    return (states is None or node.state in states) and (labels is None or bool(node.label_names & set(labels)))


def _sort(found: list[Any], order_by: dict[str, str] | None) -> list[Any]:
    order = order_by or {"field": "CREATED_AT", "direction": "ASC"}
    field = _FIELDS.get(order["field"], "number")
    return sorted(found, key=lambda n: (getattr(n, field), n.number), reverse=order["direction"] == "DESC")
