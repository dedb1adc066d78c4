"""How a node id finds what it names."""

from __future__ import annotations

from collections.abc import Iterator

from github_sandbox.auth import accessible
from github_sandbox.graphql.base import GraphRefusal, Node
from github_sandbox.graphql.checks import CheckRunNode, CheckSuiteNode
from github_sandbox.graphql.conversations import CommentNode, ConversationNode, IssueNode, ReactableNode
from github_sandbox.graphql.pulls import PullRequestNode
from github_sandbox.graphql.repository import RepositoryNode
from github_sandbox.graphql.reviews import ReviewCommentNode, ReviewThreadNode
from github_sandbox.rest import Call
from github_sandbox.state import Repository, parse_node_id


def find_repository(call: Call, number: str) -> RepositoryNode | None:
    """A repository by its number, if the caller sees it."""
    found = call.world.numbered(number)
    return RepositoryNode(call, found) if found and accessible(call.principal, found) else None


def resolve_node(call: Call, id: str) -> Node:
    """A node by its id. Raises `GraphRefusal` for what there is not, or the caller does not see."""
    prefix, parts = parse_node_id(id)
    found = _within(call, prefix, int(parts[0]), parts[1:]) if parts and parts[0].isdecimal() else None
    if found is None:
        raise unresolved(id)
    return found


def find_comment(call: Call, id: str) -> CommentNode | ReviewCommentNode:
    """A comment, of a conversation or on a line, by node id. Raises `GraphRefusal`."""
    found = resolve_node(call, id)
    if not isinstance(found, CommentNode | ReviewCommentNode):
        raise unresolved(id)
    return found


def find_thread(call: Call, id: str) -> ReviewThreadNode:
    """A thread on a line by node id. Raises `GraphRefusal`."""
    found = resolve_node(call, id)
    if not isinstance(found, ReviewThreadNode):
        raise unresolved(id)
    return found


def find_reactable(call: Call, id: str) -> ReactableNode:
    """What can be reacted to, by node id. Raises `GraphRefusal`."""
    found = resolve_node(call, id)
    if not isinstance(found, ReactableNode):
        raise unresolved(id)
    return found


def find_pull_request(call: Call, id: str) -> PullRequestNode:
    """A pull request by node id. Raises `GraphRefusal`."""
    found = resolve_node(call, id)
    if not isinstance(found, PullRequestNode):
        raise unresolved(id)
    return found


def unresolved(id: str) -> GraphRefusal:
    """GitHub's words for a node id of nothing."""
    return GraphRefusal("NOT_FOUND", f"Could not resolve to a node with the global id of '{id}'")


def _repositories(call: Call) -> Iterator[RepositoryNode]:
    seen = (found for found in call.world.repositories.values() if accessible(call.principal, found))
    return (RepositoryNode(call, found) for found in seen)


def _within(call: Call, prefix: str, number: int, rest: list[str]) -> Node | None:
    """The node of a number: a repository's own, or the repository's that an object or reference lies in."""
    if prefix in ("R", "REF", "C", "T", "B"):
        repository = find_repository(call, str(number))
        if repository is None or prefix == "R":
            return repository
        return repository.ref(*rest) if prefix == "REF" else repository.object(oid=rest[0])
    nodes = (_numbered(node, prefix, number) for node in _repositories(call))
    return next((node for node in nodes if node is not None), None)


def _numbered(node: RepositoryNode, prefix: str, number: int) -> Node | None:
    """What of a repository has a number of its own."""
    found = node.found
    if prefix == "IC":
        comment = node.call.world.comment(found, number)
        return CommentNode(node, comment) if comment else None
    if prefix == "PRRC":
        on_line = node.call.world.review_comment(found, number)
        return ReviewCommentNode(node, on_line) if on_line else None
    if prefix == "PRRT":
        threads = (thread for pull in found.pull_requests.values() for thread in pull.threads)
        return next((ReviewThreadNode(node, each) for each in threads if each.id == number), None)
    if prefix == "CS":
        suite = next((each for each in found.check_suites.values() if each.id == number), None)
        return CheckSuiteNode(node, suite) if suite else None
    if prefix == "CR":
        run = found.check_runs.get(number)
        return CheckRunNode(CheckSuiteNode(node, run.suite), run) if run else None
    return _conversation(node, found, prefix, number)


def _conversation(node: RepositoryNode, found: Repository, prefix: str, number: int) -> ConversationNode | None:
    if prefix == "I":
        return next((IssueNode(node, each) for each in found.issues.values() if each.id == number), None)
    if prefix == "PR":
        return next((PullRequestNode(node, each) for each in found.pull_requests.values() if each.id == number), None)
    return None
