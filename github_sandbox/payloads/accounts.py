"""JSON of accounts, Apps and installations."""

from __future__ import annotations

from typing import Any

from github_sandbox.state import Account, App, Installation, InstallationToken, Repository, World, node_id, timestamp
from github_sandbox.subscriptions import list_events

_USER_LINKS = {
    "followers_url": "/followers",
    "following_url": "/following{/other_user}",
    "gists_url": "/gists{/gist_id}",
    "starred_url": "/starred{/owner}{/repo}",
    "subscriptions_url": "/subscriptions",
    "organizations_url": "/orgs",
    "repos_url": "/repos",
    "events_url": "/events{/privacy}",
    "received_events_url": "/received_events",
}
_USER_PREFIX = {"User": "U", "Organization": "O", "Bot": "BOT"}


def user_node_id(account: Account) -> str:
    """Return the node id of an account."""
    return node_id(_USER_PREFIX[account.kind], account.id)


def user(world: World, account: Account) -> dict[str, Any]:
    """Return a simple user."""
    url = f"{world.api_url}/users/{account.login.replace('[', '%5B').replace(']', '%5D')}"
    page = f"github-apps/{account.login.removesuffix('[bot]')}" if account.kind == "Bot" else account.login
    return {
        "login": account.login,
        "id": account.id,
        "node_id": user_node_id(account),
        "avatar_url": f"{world.url}/avatars/u/{account.id}",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{world.url}/{page}",
        **{name: url + path for name, path in _USER_LINKS.items()},
        "type": account.kind,
        "site_admin": False,
    }


def organization(world: World, account: Account) -> dict[str, Any]:
    """Return an organization as in webhooks."""
    url = f"{world.api_url}/orgs/{account.login}"
    links = ("repos", "events", "hooks", "issues")
    return {
        "login": account.login,
        "id": account.id,
        "node_id": user_node_id(account),
        "url": url,
        **{f"{name}_url": f"{url}/{name}" for name in links},
        "members_url": f"{url}/members{{/member}}",
        "public_members_url": f"{url}/public_members{{/member}}",
        "avatar_url": f"{world.url}/avatars/u/{account.id}",
        "description": None,
    }


def app(world: World, app: App) -> dict[str, Any]:
    """Return an App as others see it."""
    return {
        "id": app.id,
        "slug": app.slug,
        "node_id": node_id("A", app.id),
        "owner": user(world, app.owner),
        "name": app.name,
        "description": "",
        "external_url": app.external_url,
        "html_url": f"{world.url}/github-apps/{app.slug}",
        "created_at": timestamp(app.created_at),
        "updated_at": timestamp(app.created_at),
        "permissions": {"metadata": "read", **app.permissions},
        "events": list(app.events),
    }


def installation(world: World, installation: Installation) -> dict[str, Any]:
    """Return a full installation."""
    url = f"{world.api_url}/app/installations/{installation.id}"
    return {
        "id": installation.id,
        "account": user(world, installation.account),
        "repository_selection": "selected",
        "access_tokens_url": f"{url}/access_tokens",
        "repositories_url": f"{world.api_url}/installation/repositories",
        "html_url": f"{world.url}/settings/installations/{installation.id}",
        "app_id": installation.app.id,
        "app_slug": installation.app.slug,
        "target_id": installation.account.id,
        "target_type": installation.account.kind,
        "permissions": {"metadata": "read", **installation.permissions},
        "events": list_events(installation),
        "created_at": timestamp(installation.created_at),
        "updated_at": timestamp(installation.suspended_at or installation.created_at),
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": [],
        "suspended_by": user(world, installation.suspended_by) if installation.suspended_by else None,
        "suspended_at": timestamp(installation.suspended_at),
    }


def installation_repository(repository: Repository) -> dict[str, Any]:
    """Return a repository as in installation events."""
    return {
        "id": repository.id,
        "node_id": node_id("R", repository.id),
        "name": repository.name,
        "full_name": repository.full_name,
        "private": repository.private,
    }


def token(token: InstallationToken, repositories: list[dict[str, Any]] | None) -> dict[str, Any]:
    """Return a new installation token, with its repositories if it was limited to some."""
    body: dict[str, Any] = {
        "token": token.value,
        "expires_at": timestamp(token.expires_at),
        "permissions": token.permissions,
        "repository_selection": "selected",
    }
    return body | ({} if repositories is None else {"repositories": repositories})
