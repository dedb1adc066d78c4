"""JSON of issues, comments, labels and reactions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from github_sandbox.conversations import REACTIONS, Comment, Conversation, Issue, Label, PullRequest, Reaction
from github_sandbox.payloads.accounts import app, user
from github_sandbox.payloads.repositories import page_url, repository_url
from github_sandbox.state import Account, Repository, World, node_id, timestamp

_COLLABORATORS = ("triage", "write", "maintain", "admin")


def association(repo: Repository, account: Account) -> str:
    """Return the author association of an account; `NONE` for Apps, as on GitHub."""
    if account is repo.owner:
        return "OWNER"
    if repo.role(account) not in _COLLABORATORS:
        return "NONE"
    return "MEMBER" if repo.owner.kind == "Organization" else "COLLABORATOR"


def label(world: World, repo: Repository, label: Label) -> dict[str, Any]:
    """Return a label."""
    return {
        "id": label.id,
        "node_id": node_id("LA", label.id),
        "url": f"{repository_url(world, repo)}/labels/{quote(label.name, safe='')}",
        "name": label.name,
        "color": label.color,
        "default": False,
        "description": label.description,
    }


def conversation_node_id(conversation: Conversation) -> str:
    """Return the node id of an issue or pull request."""
    return node_id("PR" if isinstance(conversation, PullRequest) else "I", conversation.id)


def conversation_page(world: World, conversation: Conversation) -> str:
    """Return the URL of an issue's or pull request's page."""
    kind = "pull" if isinstance(conversation, PullRequest) else "issues"
    return f"{page_url(world, conversation.repository)}/{kind}/{conversation.number}"


def issue(world: World, conversation: Conversation) -> dict[str, Any]:
    """Return an issue, or a pull request in the form of an issue."""
    repo, url = conversation.repository, issue_url(world, conversation)
    assignees = [user(world, account) for account in conversation.assignees]
    body = {
        "url": url,
        "repository_url": repository_url(world, repo),
        **{f"{name}_url": f"{url}/{name}" for name in ("comments", "events", "timeline")},
        "labels_url": f"{url}/labels{{/name}}",
        "html_url": conversation_page(world, conversation),
        "id": conversation.id,
        "node_id": conversation_node_id(conversation),
        "number": conversation.number,
        "title": conversation.title,
        "user": user(world, conversation.author),
        "labels": [label(world, repo, item) for item in conversation.labels],
        "state": conversation.state,
        "state_reason": conversation.state_reason if isinstance(conversation, Issue) else None,
        "locked": False,
        "assignee": next(iter(assignees), None),
        "assignees": assignees,
        "milestone": None,
        "comments": len(conversation.comments),
        "created_at": timestamp(conversation.created_at),
        "updated_at": timestamp(conversation.updated_at),
        "closed_at": timestamp(conversation.closed_at),
        "author_association": association(repo, conversation.author),
        "active_lock_reason": None,
        "body": conversation.body,
        "reactions": reactions(url, conversation.reactions),
        "performed_via_github_app": app(world, conversation.app) if conversation.app else None,
    }
    return body | (_pull_request_fields(world, conversation) if isinstance(conversation, PullRequest) else {})


def _pull_request_fields(world: World, pull: PullRequest) -> dict[str, Any]:
    page = conversation_page(world, pull)
    links = {
        "url": f"{repository_url(world, pull.repository)}/pulls/{pull.number}",
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "merged_at": timestamp(pull.closed_at) if pull.merged else None,
    }
    return {"draft": pull.draft, "pull_request": links}


def issue_url(world: World, conversation: Conversation) -> str:
    """Return the API URL of an issue or pull request under `/issues`."""
    return f"{repository_url(world, conversation.repository)}/issues/{conversation.number}"


def comment(world: World, comment: Comment) -> dict[str, Any]:
    """Return a comment on an issue or pull request."""
    conversation = comment.conversation
    url = f"{repository_url(world, conversation.repository)}/issues/comments/{comment.id}"
    return {
        "url": url,
        "html_url": comment_page(world, comment),
        "issue_url": issue_url(world, conversation),
        "id": comment.id,
        "node_id": node_id("IC", comment.id),
        "user": user(world, comment.author),
        "created_at": timestamp(comment.created_at),
        "updated_at": timestamp(comment.updated_at),
        "author_association": association(conversation.repository, comment.author),
        "body": comment.body,
        "reactions": reactions(url, comment.reactions),
        "performed_via_github_app": app(world, comment.app) if comment.app else None,
    }


def comment_page(world: World, comment: Comment) -> str:
    """Return the URL of a comment on its page."""
    return f"{conversation_page(world, comment.conversation)}#issuecomment-{comment.id}"


def reaction(world: World, reaction: Reaction) -> dict[str, Any]:
    """Return a reaction."""
    return {
        "id": reaction.id,
        "node_id": node_id("REA", reaction.id),
        "user": user(world, reaction.author),
        "content": reaction.content,
        "created_at": timestamp(reaction.created_at),
    }


def reactions(url: str, items: Sequence[Reaction]) -> dict[str, Any]:
    """Return the reaction counts of the object with an API URL."""
    counts = Counter(reaction.content for reaction in items)
    return {"url": f"{url}/reactions", "total_count": len(items), **{each: counts[each] for each in REACTIONS}}
