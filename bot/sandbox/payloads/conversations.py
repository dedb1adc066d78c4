"""Pull requests, their comments and labels, in GitHub's JSON."""

from __future__ import annotations

from collections import Counter
from typing import Any
from urllib.parse import quote

from bot.sandbox.diff import files
from bot.sandbox.payloads.accounts import app, user
from bot.sandbox.payloads.repositories import page_url, repository, repository_url
from bot.sandbox.state import Account, Comment, Label, PullRequest, Reaction, Repository, World, node_id, timestamp

_REACTIONS = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")
_ASSOCIATIONS = {"admin": "COLLABORATOR", "maintain": "COLLABORATOR", "write": "COLLABORATOR", "triage": "COLLABORATOR"}


def association(found: Repository, account: Account) -> str:
    """How an author is tied to a repository; `NONE` for Apps, as on GitHub."""
    if account is found.owner:
        return "OWNER"
    return _ASSOCIATIONS.get(found.role(account), "NONE")


def label(world: World, found: Repository, label: Label) -> dict[str, Any]:
    """A label."""
    return {
        "id": label.id,
        "node_id": node_id("LA", label.id),
        "url": f"{repository_url(world, found)}/labels/{quote(label.name, safe='')}",
        "name": label.name,
        "color": label.color,
        "default": False,
        "description": label.description,
    }


def pull_request_simple(world: World, pull: PullRequest) -> dict[str, Any]:
    """A pull request as lists give it."""
    found = pull.repository
    url, page = f"{repository_url(world, found)}/pulls/{pull.number}", page_url(world, found)
    issue, here = f"{repository_url(world, found)}/issues/{pull.number}", f"{page}/pull/{pull.number}"
    links = {
        "self": url,
        "html": here,
        "issue": issue,
        "comments": f"{issue}/comments",
        "review_comments": f"{url}/comments",
        "review_comment": f"{repository_url(world, found)}/pulls/comments{{/number}}",
        "commits": f"{url}/commits",
        "statuses": f"{repository_url(world, found)}/statuses/{pull.head_oid}",
    }
    return {
        "url": url,
        "id": pull.id,
        "node_id": node_id("PR", pull.id),
        "html_url": here,
        "diff_url": f"{here}.diff",
        "patch_url": f"{here}.patch",
        **{f"{name}_url": href for name, href in links.items() if name not in ("self", "html")},
        "number": pull.number,
        "state": pull.state,
        "locked": False,
        "title": pull.title,
        "user": user(world, pull.author),
        "body": pull.body,
        "created_at": timestamp(pull.created_at),
        "updated_at": timestamp(pull.updated_at),
        "closed_at": timestamp(pull.closed_at),
        "merged_at": timestamp(pull.closed_at) if pull.merged else None,
        "merge_commit_sha": pull.merge_oid,
        "assignee": None,
        "assignees": [],
        "requested_reviewers": [user(world, account) for account in pull.reviewers],
        "requested_teams": [],
        "labels": [label(world, found, item) for item in pull.labels],
        "milestone": None,
        "head": _end(world, found, pull.head, pull.head_oid),
        "base": _end(world, found, pull.base, pull.base_oid),
        "_links": {name: {"href": href} for name, href in links.items()},
        "author_association": association(found, pull.author),
        "auto_merge": None,
        "active_lock_reason": None,
        "draft": pull.draft,
    }


def pull_request(world: World, pull: PullRequest) -> dict[str, Any]:
    """A pull request in full."""
    git = pull.repository.git
    fork = git.merge_base(pull.base_oid, pull.head_oid)
    changed = files(git, fork, pull.head_oid)
    return pull_request_simple(world, pull) | {
        "merged": pull.merged,
        "mergeable": None,
        "rebaseable": None,
        "mergeable_state": "unknown",
        "merged_by": user(world, pull.merged_by) if pull.merged_by else None,
        "comments": len(pull.comments),
        "review_comments": 0,
        "maintainer_can_modify": False,
        "commits": git.count(pull.head_oid, f"^{fork}") if fork else git.count(pull.head_oid),
        "additions": sum(file.additions for file in changed),
        "deletions": sum(file.deletions for file in changed),
        "changed_files": len(changed),
    }


def issue(world: World, pull: PullRequest) -> dict[str, Any]:
    """The issue that a pull request is, too."""
    simple = pull_request_simple(world, pull)
    url = simple["issue_url"]
    links = {name: simple[name] for name in ("html_url", "diff_url", "patch_url")}
    shared = ("id", "node_id", "number", "title", "user", "labels", "state", "locked", "assignee", "assignees")
    more = ("milestone", "created_at", "updated_at", "closed_at", "author_association", "active_lock_reason", "body")
    return {
        **{name: simple[name] for name in (*shared, *more, "comments_url", "html_url", "draft")},
        "url": url,
        "repository_url": repository_url(world, pull.repository),
        "labels_url": f"{url}/labels{{/name}}",
        "events_url": f"{url}/events",
        "timeline_url": f"{url}/timeline",
        "comments": len(pull.comments),
        "performed_via_github_app": None,
        "state_reason": None,
        "pull_request": {"url": simple["url"], **links},
        "reactions": _reactions(url, []),
    }


def comment(world: World, pull: PullRequest, comment: Comment) -> dict[str, Any]:
    """A comment of a conversation."""
    url = f"{repository_url(world, pull.repository)}/issues"
    return {
        "url": f"{url}/comments/{comment.id}",
        "html_url": comment_page(world, pull, comment),
        "issue_url": f"{url}/{pull.number}",
        "id": comment.id,
        "node_id": node_id("IC", comment.id),
        "user": user(world, comment.author),
        "created_at": timestamp(comment.created_at),
        "updated_at": timestamp(comment.updated_at),
        "author_association": association(pull.repository, comment.author),
        "body": comment.body,
        "reactions": _reactions(f"{url}/comments/{comment.id}", comment.reactions),
        "performed_via_github_app": app(world, comment.app) if comment.app else None,
    }


def comment_page(world: World, pull: PullRequest, comment: Comment) -> str:
    """Where a person reads it."""
    return f"{page_url(world, pull.repository)}/pull/{pull.number}#issuecomment-{comment.id}"


def reaction(world: World, reaction: Reaction) -> dict[str, Any]:
    """A reaction to a comment."""
    return {
        "id": reaction.id,
        "node_id": node_id("REA", reaction.id),
        "user": user(world, reaction.author),
        "content": reaction.content,
        "created_at": timestamp(reaction.created_at),
    }


def _reactions(url: str, given: list[Reaction]) -> dict[str, Any]:
    counts = Counter(reaction.content for reaction in given)
    return {
        "url": f"{url}/reactions",
        "total_count": len(given),
        **{content: counts[content] for content in _REACTIONS},
    }


def _end(world: World, found: Repository, branch: str, oid: str) -> dict[str, Any]:
    return {
        "label": f"{found.owner.login}:{branch}",
        "ref": branch,
        "sha": oid,
        "user": user(world, found.owner),
        "repo": repository(world, found),
    }
