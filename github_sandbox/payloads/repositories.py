"""JSON of repositories."""

from __future__ import annotations

from typing import Any

from github_sandbox.payloads.accounts import user
from github_sandbox.state import Repository, World, node_id, timestamp

_LINKS = {
    "forks_url": "/forks",
    "keys_url": "/keys{/key_id}",
    "collaborators_url": "/collaborators{/collaborator}",
    "teams_url": "/teams",
    "hooks_url": "/hooks",
    "issue_events_url": "/issues/events{/number}",
    "events_url": "/events",
    "assignees_url": "/assignees{/user}",
    "branches_url": "/branches{/branch}",
    "tags_url": "/tags",
    "blobs_url": "/git/blobs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "trees_url": "/git/trees{/sha}",
    "statuses_url": "/statuses/{sha}",
    "languages_url": "/languages",
    "stargazers_url": "/stargazers",
    "contributors_url": "/contributors",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "commits_url": "/commits{/sha}",
    "git_commits_url": "/git/commits{/sha}",
    "comments_url": "/comments{/number}",
    "issue_comment_url": "/issues/comments{/number}",
    "contents_url": "/contents/{+path}",
    "compare_url": "/compare/{base}...{head}",
    "merges_url": "/merges",
    "archive_url": "/{archive_format}{/ref}",
    "downloads_url": "/downloads",
    "issues_url": "/issues{/number}",
    "pulls_url": "/pulls{/number}",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "labels_url": "/labels{/name}",
    "releases_url": "/releases{/id}",
    "deployments_url": "/deployments",
}
_UNSET = ("has_projects", "has_downloads", "has_wiki", "has_pages", "is_template", "web_commit_signoff_required")
_COUNTS = ("size", "stargazers_count", "watchers_count", "forks_count", "forks", "watchers")


def repository_url(world: World, repository: Repository) -> str:
    """Return a repository's API URL."""
    return f"{world.api_url}/repos/{repository.full_name}"


def page_url(world: World, repository: Repository) -> str:
    """Return the URL of a repository's page."""
    return f"{world.url}/{repository.full_name}"


def repository(world: World, repository: Repository) -> dict[str, Any]:
    """Return a repository as in webhooks and lists."""
    url, page = repository_url(world, repository), page_url(world, repository)
    conversations = (*repository.issues.values(), *repository.pull_requests.values())
    open_items = sum(each.state == "open" for each in conversations)
    flags = {"has_issues": True, "has_discussions": False, "disabled": False, "archived": repository.archived}
    return {
        "id": repository.id,
        "node_id": node_id("R", repository.id),
        "name": repository.name,
        "full_name": repository.full_name,
        "private": repository.private,
        "visibility": "private" if repository.private else "public",
        "owner": user(world, repository.owner),
        "html_url": page,
        "description": None,
        "fork": repository.parent is not None,
        "allow_forking": True,
        "url": url,
        **{name: url + path for name, path in _LINKS.items()},
        "created_at": timestamp(repository.created_at),
        "updated_at": timestamp(repository.pushed_at),
        "pushed_at": timestamp(repository.pushed_at),
        "git_url": f"git:{page.partition(':')[2]}.git",
        "ssh_url": f"git@{world.url.partition('://')[2].partition(':')[0]}:{repository.full_name}.git",
        "clone_url": f"{page}.git",
        "svn_url": page,
        "homepage": None,
        "language": None,
        "license": None,
        "mirror_url": None,
        "default_branch": repository.default_branch,
        "topics": [],
        "custom_properties": {},
        "open_issues": open_items,
        "open_issues_count": open_items,
        **flags,
        **dict.fromkeys(_UNSET, False),
        **dict.fromkeys(_COUNTS, 0),
    }


def full_repository(world: World, repo: Repository, permissions: dict[str, bool] | None = None) -> dict[str, Any]:
    """Return a repository as in its own endpoint."""
    body = repository(world, repo) | {"network_count": 0, "subscribers_count": 0}
    if repo.parent is not None:
        body |= dict.fromkeys(("parent", "source"), repository(world, repo.parent))
    return body if permissions is None else body | {"permissions": permissions}
