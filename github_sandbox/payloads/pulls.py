"""JSON of pull requests."""

from __future__ import annotations

from typing import Any

from github_sandbox.conversations import PullRequest
from github_sandbox.diff import files
from github_sandbox.payloads.accounts import user
from github_sandbox.payloads.conversations import association, conversation_node_id, conversation_page, issue_url, label
from github_sandbox.payloads.repositories import repository, repository_url
from github_sandbox.state import Account, Repository, World, timestamp


def pull_request_simple(world: World, pull: PullRequest) -> dict[str, Any]:
    """Return a pull request as in lists."""
    repo, page = pull.repository, conversation_page(world, pull)
    links = _links(world, pull)
    assignees = [user(world, account) for account in pull.assignees]
    return {
        "url": links["self"],
        "id": pull.id,
        "node_id": conversation_node_id(pull),
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
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
        "assignee": next(iter(assignees), None),
        "assignees": assignees,
        "requested_reviewers": [user(world, account) for account in pull.reviewers],
        "requested_teams": [],
        "labels": [label(world, repo, item) for item in pull.labels],
        "milestone": None,
        "head": _branch_end(world, pull.head_repository, pull.head_owner, pull.head, pull.head_oid),
        "base": _branch_end(world, repo, repo.owner, pull.base, pull.base_oid),
        "_links": {name: {"href": href} for name, href in links.items()},
        "author_association": association(repo, pull.author),
        "auto_merge": None,
        "active_lock_reason": None,
        "draft": pull.draft,
    }


def _links(world: World, pull: PullRequest) -> dict[str, str]:
    api, issue = repository_url(world, pull.repository), issue_url(world, pull)
    url = f"{api}/pulls/{pull.number}"
    return {
        "self": url,
        "html": conversation_page(world, pull),
        "issue": issue,
        "comments": f"{issue}/comments",
        "review_comments": f"{url}/comments",
        "review_comment": f"{api}/pulls/comments{{/number}}",
        "commits": f"{url}/commits",
        "statuses": f"{api}/statuses/{pull.head_oid}",
    }


def _branch_end(world: World, repo: Repository | None, owner: Account, branch: str, oid: str) -> dict[str, Any]:
    return {
        "label": f"{owner.login}:{branch}",
        "ref": branch,
        "sha": oid,
        "user": user(world, owner),
        "repo": repository(world, repo) if repo else None,
    }


def pull_request(world: World, pull: PullRequest, mergeable: bool | None = None) -> dict[str, Any]:
    """Return a full pull request. `mergeable` is None in webhooks, since GitHub computes it later."""
    git = pull.repository.git
    merge_base = git.merge_base(pull.base_oid, pull.head_oid)
    changed = files(git, merge_base, pull.head_oid)
    state = {None: "unknown", True: "draft" if pull.draft else "clean", False: "dirty"}
    return pull_request_simple(world, pull) | {
        "merged": pull.merged,
        "mergeable": mergeable,
        "rebaseable": mergeable,
        "mergeable_state": state[mergeable],
        "merged_by": user(world, pull.merged_by) if pull.merged_by else None,
        "comments": len(pull.comments),
        "review_comments": len(pull.review_comments),
        "maintainer_can_modify": False,
        "commits": git.count(pull.head_oid, f"^{merge_base}") if merge_base else git.count(pull.head_oid),
        "additions": sum(file.additions for file in changed),
        "deletions": sum(file.deletions for file in changed),
        "changed_files": len(changed),
    }
