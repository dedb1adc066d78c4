"""Repositories as GraphQL shows them, and how a node id finds what it names."""

from __future__ import annotations

from typing import Any

from bot.sandbox.auth import accessible
from bot.sandbox.graphql_base import GraphRefusal, Node, actor, connection
from bot.sandbox.graphql_git import ObjectNode, RefNode
from bot.sandbox.graphql_pulls import CommentNode, PullRequestNode
from bot.sandbox.payloads.repositories import page_url
from bot.sandbox.rest import Call
from bot.sandbox.state import Comment, PullRequest, Repository, node_id, parse_node_id


class RepositoryNode(Node):
    """A repository."""

    typename = "Repository"

    def __init__(self, call: Call, found: Repository) -> None:
        super().__init__(call)
        self.found = found
        self.id = node_id("R", found.id)
        self.database_id = found.id
        self.name = found.name
        self.name_with_owner = found.full_name
        self.is_private = found.private
        self.url = page_url(call.world, found)

    @property
    def owner(self) -> dict[str, Any] | None:
        return actor(self.call, self.found.owner)

    @property
    def default_branch_ref(self) -> RefNode | None:
        return self.ref(f"refs/heads/{self.found.default_branch}")

    def ref(self, qualified_name: str) -> RefNode | None:
        """By full name, or by a branch's or tag's short one."""
        self.require(self.found, "contents=read")
        refs = self.found.git.refs()
        for name in (qualified_name, f"refs/heads/{qualified_name}", f"refs/tags/{qualified_name}"):
            if name in refs:
                return RefNode(self, name, refs[name])
        return None

    def object(self, oid: str | None = None, expression: str | None = None) -> ObjectNode | None:
        self.require(self.found, "contents=read")
        found = self.found.git.resolve(oid or expression or "", "object")
        return ObjectNode(self, found) if found else None

    def pull_request(self, number: int) -> PullRequestNode:
        self.require(self.found, "pull_requests=read")
        pull = self.found.pull_requests.get(number)
        if pull is None:
            raise GraphRefusal("NOT_FOUND", f"Could not resolve to a PullRequest with the number of {number}.")
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
        """Oldest first unless `orderBy` says otherwise."""
        self.require(self.found, "pull_requests=read")
        nodes = [PullRequestNode(self, pull) for pull in self.found.pull_requests.values()]
        found = [
            n
            for n in nodes
            if (states is None or n.state in states)
            and head_ref_name in (None, n.head_ref_name)
            and base_ref_name in (None, n.base_ref_name)
            and (labels is None or {item.name for item in n.pull.labels} & set(labels))
        ]
        order = order_by or {"field": "CREATED_AT", "direction": "ASC"}
        field = {"CREATED_AT": "created_at", "UPDATED_AT": "updated_at"}.get(order["field"], "number")
        found.sort(key=lambda n: (getattr(n, field), n.number), reverse=order["direction"] == "DESC")
        return connection(found, **page)


def find_repository(call: Call, number: str) -> RepositoryNode | None:
    """A repository by its number, if the caller sees it."""
    found = next((r for r in call.world.repositories.values() if str(r.id) == number), None)
    return RepositoryNode(call, found) if found and accessible(call.principal, found) else None


def find_comment(call: Call, id: str) -> tuple[RepositoryNode, PullRequest, Comment]:
    """A comment by node id. Raises `GraphRefusal`."""
    prefix, parts = parse_node_id(id)
    for found in call.world.repositories.values():
        entry = call.world.comment(found, int(parts[0])) if prefix == "IC" and parts[0].isdecimal() else None
        if entry is not None and accessible(call.principal, found):
            return RepositoryNode(call, found), *entry
    raise unresolved(id)


def unresolved(id: str) -> GraphRefusal:
    """GitHub's words for a node id of nothing."""
    return GraphRefusal("NOT_FOUND", f"Could not resolve to a node with the global id of '{id}'")


def resolve_node(call: Call, id: str) -> Node:
    """A node by its id: a repository, reference, commit, pull request or comment. Raises `GraphRefusal`."""
    prefix, parts = parse_node_id(id)
    if prefix == "IC":
        _, pull, comment = find_comment(call, id)
        return CommentNode(call, pull, comment)
    if prefix == "PR":
        for found in call.world.repositories.values():
            for pull in found.pull_requests.values():
                if str(pull.id) == parts[0] and accessible(call.principal, found):
                    return PullRequestNode(RepositoryNode(call, found), pull)
    repository = find_repository(call, parts[0]) if parts else None
    found_node: Node | None = repository if prefix == "R" else None
    if repository is not None and prefix == "REF":
        found_node = repository.ref(parts[1])
    elif repository is not None and prefix in ("C", "T", "B"):
        found_node = repository.object(oid=parts[1])
    if found_node is None:
        raise unresolved(id)
    return found_node
