"""Lookup of objects by node id."""

from __future__ import annotations

from collections.abc import Iterator

from github_sandbox.auth import can_read
from github_sandbox.graphql.base import GraphQLApiError, Node
from github_sandbox.graphql.checks import CheckRunNode, CheckSuiteNode
from github_sandbox.graphql.conversations import CommentNode, ConversationNode, IssueNode, ReactableNode
from github_sandbox.graphql.pulls import PullRequestNode
from github_sandbox.graphql.repository import RepositoryNode
from github_sandbox.graphql.reviews import ReviewCommentNode, ReviewThreadNode
from github_sandbox.rest import Call
from github_sandbox.state import Repository, parse_node_id


def find_repository(call: Call, number: str) -> RepositoryNode | None:
    """Return a repository by id, or None if the caller may not read it."""
    found = call.world.repository_by_id(number)
    return RepositoryNode(call, found) if found and can_read(call.principal, found) else None


def resolve_node(call: Call, id: str) -> Node:
    """Return an object by node id. Raises `GraphQLApiError` if it does not exist or the caller may not read it."""
    prefix, parts = parse_node_id(id)
    found = _find_node(call, prefix, int(parts[0]), parts[1:]) if parts and parts[0].isdecimal() else None
    if found is None:
        raise node_not_found(id)
    return found


def find_comment(call: Call, id: str) -> CommentNode | ReviewCommentNode:
    """Return a comment or review comment by node id. Raises `GraphQLApiError`."""
    found = resolve_node(call, id)
    if not isinstance(found, CommentNode | ReviewCommentNode):
        raise node_not_found(id)
    return found


def find_thread(call: Call, id: str) -> ReviewThreadNode:
    """Return a review thread by node id. Raises `GraphQLApiError`."""
    found = resolve_node(call, id)
    if not isinstance(found, ReviewThreadNode):
        raise node_not_found(id)
    return found


def find_reactable(call: Call, id: str) -> ReactableNode:
    """Return an object that takes reactions, by node id. Raises `GraphQLApiError`."""
    found = resolve_node(call, id)
    if not isinstance(found, ReactableNode):
        raise node_not_found(id)
    return found


def find_pull_request(call: Call, id: str) -> PullRequestNode:
    """Return a pull request by node id. Raises `GraphQLApiError`."""
    found = resolve_node(call, id)
    if not isinstance(found, PullRequestNode):
        raise node_not_found(id)
    return found


def node_not_found(id: str) -> GraphQLApiError:
    """Return GitHub's error for an unknown node id."""
    return GraphQLApiError("NOT_FOUND", f"Could not resolve to a node with the global id of '{id}'")


def _repositories(call: Call) -> Iterator[RepositoryNode]:
    readable = (found for found in call.world.repositories.values() if can_read(call.principal, found))
    return (RepositoryNode(call, found) for found in readable)


def _find_node(call: Call, prefix: str, number: int, rest: list[str]) -> Node | None:
    """Return an object by prefix and id. Git objects and references are named by their repository's id."""
    if prefix in ("R", "REF", "C", "T", "B"):
        repository = find_repository(call, str(number))
        if repository is None or prefix == "R":
            return repository
        return repository.ref(*rest) if prefix == "REF" else repository.object(oid=rest[0])
    nodes = (_find_in_repository(node, prefix, number) for node in _repositories(call))
    return next((node for node in nodes if node is not None), None)


def _find_in_repository(node: RepositoryNode, prefix: str, number: int) -> Node | None:
    """Return an object of a repository that has an id of its own."""
    found = node.record
    if prefix == "IC":
        comment = node.call.world.comment(found, number)
        return CommentNode(node, comment) if comment else None
    if prefix == "PRRC":
        review_comment = node.call.world.review_comment(found, number)
        return ReviewCommentNode(node, review_comment) if review_comment else None
    if prefix == "PRRT":
        threads = (thread for pull in found.pull_requests.values() for thread in pull.threads)
        return next((ReviewThreadNode(node, each) for each in threads if each.id == number), None)
    if prefix == "CS":
        suite = next((each for each in found.check_suites.values() if each.id == number), None)
        return CheckSuiteNode(node, suite) if suite else None
    if prefix == "CR":
        run = found.check_runs.get(number)
        return CheckRunNode(CheckSuiteNode(node, run.suite), run) if run else None
    return _find_conversation(node, found, prefix, number)


def _find_conversation(node: RepositoryNode, found: Repository, prefix: str, number: int) -> ConversationNode | None:
    if prefix == "I":
        return next((IssueNode(node, each) for each in found.issues.values() if each.id == number), None)
    if prefix == "PR":
        return next((PullRequestNode(node, each) for each in found.pull_requests.values() if each.id == number), None)
    return None
