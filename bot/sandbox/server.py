"""The sandbox's servers put together, and the hand that sets its scene."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from aiohttp import web

from bot.sandbox import graphql, rest_apps, rest_checks, rest_git, rest_issues, rest_pulls, rest_repositories
from bot.sandbox.activity import Activity
from bot.sandbox.faults import Fault, RateLimits
from bot.sandbox.gateway import Exchange, Gateway
from bot.sandbox.git import GitRepository
from bot.sandbox.git_http import GitHttp
from bot.sandbox.manifest import ManifestFlow
from bot.sandbox.pages import Pages
from bot.sandbox.payloads import accounts
from bot.sandbox.state import Account, App, Comment, Installation, PullRequest, Repository, World
from bot.sandbox.webhooks import Delivery, Webhooks

_REST = (rest_apps, rest_repositories, rest_git, rest_pulls, rest_issues, rest_checks)
_LARGEST_BODY = 100 * 1024 * 1024


class Sandbox:
    """A GitHub on this machine, while used as an async context.

    REST stands at `{url}/api/v3`, GraphQL at `{url}/api/graphql`, git at `{url}/{owner}/{name}.git`.

    Args:
        root: a folder for the bare repositories.
        port: 0 takes a free one.
        host: the address to listen on.
        clock: gives the time, with a zone.
    """

    def __init__(
        self,
        root: Path,
        port: int = 0,
        host: str = "127.0.0.1",
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.world = World(root, clock)
        self.webhooks = Webhooks(self.world)
        self.activity = Activity(self.world, self.webhooks)
        self.limits = RateLimits(self.world.now)
        self.gateway = Gateway(self.world, self.activity, self.webhooks, self.limits)
        self._host, self._port = host, port
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Sandbox:
        app = web.Application(client_max_size=_LARGEST_BODY)
        app.add_subapp("/api", self._api())
        app.add_routes(GitHttp(self.world, self.activity).routes())
        app.add_routes(ManifestFlow(self.world, self.register_app).routes())
        app.add_routes(Pages(self.world, self.webhooks).routes())
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port).start()
        port = self._runner.addresses[0][1]
        self.world.url = f"http://{self._host}:{port}"
        await self.webhooks.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.webhooks.close()
        if self._runner is not None:
            await self._runner.cleanup()

    def _api(self) -> web.Application:
        app = web.Application(client_max_size=_LARGEST_BODY)
        for route in graphql.ROUTES:
            app.router.add_route(route.method, route.path, self.gateway.handler(route))
        for route in (route for module in _REST for route in module.ROUTES):
            app.router.add_route(route.method, f"/v3{route.path}", self.gateway.handler(route))
        app.router.add_route("*", "/{path:.*}", self.gateway.unknown)
        return app

    # ------------------------------------------------------------------ where and what

    @property
    def url(self) -> str:
        """Its root, without a trailing slash; known once it runs."""
        return self.world.url

    @property
    def api_url(self) -> str:
        """The root of its REST API."""
        return self.world.api_url

    @property
    def repositories(self) -> list[Repository]:
        """All repositories, oldest first."""
        return list(self.world.repositories.values())

    @property
    def deliveries(self) -> list[Delivery]:
        """All webhook deliveries, oldest first."""
        return self.webhooks.deliveries

    def clone_url(self, repository: Repository, token: str | None = None) -> str:
        """Where git finds a repository, with a token in it when one is given."""
        scheme, _, rest = self.url.partition("://")
        user = f"x-access-token:{token}@" if token else ""
        return f"{scheme}://{user}{rest}/{repository.full_name}.git"

    # ------------------------------------------------------------------ setting the scene

    def register_app(
        self,
        slug: str,
        permissions: Mapping[str, str],
        events: Sequence[str],
        webhook_url: str | None = None,
        webhook_secret: str = "",
        *,
        name: str | None = None,
        owner: str = "octo",
        external_url: str = "",
    ) -> App:
        """A new GitHub App with its own key; without a webhook URL it is sent nothing."""
        app = App(
            id=self.world.new_id(),
            slug=slug,
            name=name or slug,
            owner=self.world.account(owner),
            bot=self.world.account(f"{slug}[bot]", "Bot"),
            permissions=dict(permissions),
            events=tuple(events),
            webhook_secret=webhook_secret,
            client_secret=secrets.token_hex(20),
            webhook_url=webhook_url,
            external_url=external_url or f"{self.url}/github-apps/{slug}",
            created_at=self.world.now(),
        )
        self.world.apps[app.id] = app
        return app

    def set_webhook_url(self, app: App, url: str) -> None:
        """Where the App's events go from now on."""
        app.webhook_url = url

    def create_repository(
        self,
        owner: str,
        name: str,
        source: Path | None = None,
        *,
        private: bool = True,
        default_branch: str = "main",
    ) -> Repository:
        """A repository, with the branches and tags of a local one when given."""
        now, account = self.world.now(), self.world.account(owner)
        git = GitRepository.create(self.world.root.resolve() / owner / f"{name}.git", source, default_branch)
        made = Repository(self.world.new_id(), account, name, private, default_branch, git, now, now)
        made.announced = {n: o for n, o in git.refs().items() if n.startswith(("refs/heads/", "refs/tags/"))}
        self.world.repositories[made.full_name.lower()] = made
        return made

    def add_user(self, login: str, roles: Mapping[str, str] | None = None) -> str:
        """A user with roles by repository (`{"octo/sample": "write"}`); returns a token for git and the API."""
        account = self.world.account(login)
        for full_name, role in (roles or {}).items():
            self.world.repositories[full_name.lower()].collaborators[login] = role
        token = f"ghp_{secrets.token_urlsafe(27)}"
        self.world.user_tokens[token] = account
        return token

    def install(self, app: App, owner: str, repositories: Sequence[Repository]) -> int:
        """Install an App on an account's repositories; tells it so and returns the installation's number."""
        account = self.world.account(owner)
        made = Installation(self.world.new_id(), app, account, list(repositories), self.world.now())
        self.world.installations[made.id] = made
        self._tell_installation(made, "created")
        return made.id

    def uninstall(self, installation_id: int) -> None:
        """Take an installation away; its tokens end with it."""
        self._tell_installation(self.world.installations.pop(installation_id), "deleted")

    def _tell_installation(self, installation: Installation, action: str) -> None:
        told = {
            "action": action,
            "installation": accounts.installation(self.world, installation),
            "repositories": [accounts.installed_repository(r) for r in installation.repositories],
        }
        self.webhooks.installation_event("installation", installation, installation.account, told)

    def change_repositories(
        self, installation_id: int, added: Sequence[Repository] = (), removed: Sequence[Repository] = ()
    ) -> None:
        """Give an installation repositories, or take them away; tells the App of each."""
        installation = self.world.installations[installation_id]
        kept = [r for r in installation.repositories if r not in removed]
        installation.repositories[:] = [*kept, *(r for r in added if r not in kept)]
        lists = {"added": added, "removed": removed}
        for action in (action for action, changed in lists.items() if changed):
            told = {
                "action": action,
                "installation": accounts.installation(self.world, installation),
                "repository_selection": "selected",
                "requester": None,
                **{
                    f"repositories_{kind}": [accounts.installed_repository(r) for r in changed if kind == action]
                    for kind, changed in lists.items()
                },
            }
            self.webhooks.installation_event("installation_repositories", installation, installation.account, told)

    # ------------------------------------------------------------------ a person's hand

    def merge(self, pull: PullRequest, by: str | None = None) -> str:
        """Merge a pull request, as its repository's owner or another; returns the merge commit."""
        return self.activity.merge(pull, self._person(pull.repository, by))

    def close(self, pull: PullRequest, by: str | None = None) -> None:
        """Close a pull request unmerged."""
        self.activity.close(pull, self._person(pull.repository, by))

    def comment(self, pull: PullRequest, body: str, by: str | None = None) -> Comment:
        """Comment on a pull request."""
        return self.activity.comment(pull, body, self._person(pull.repository, by))

    def _person(self, repository: Repository, login: str | None) -> Account:
        return self.world.account(login) if login else repository.owner

    # ------------------------------------------------------------------ watching and disturbing

    def observe(self, callback: Callable[[Exchange], None]) -> None:
        """Have each API exchange told."""
        self.gateway.observers.append(callback)

    def fault(self, path: str = "", **how: Any) -> Fault:
        """Make the next matching request fail; see `Fault` for how."""
        fault = Fault(path, **how)
        self.gateway.faults.append(fault)
        return fault

    def redeliver(self, guid: str) -> Delivery:
        """Deliver again what was last sent under a guid."""
        return self.webhooks.redeliver(next(d for d in reversed(self.deliveries) if d.guid == guid))

    async def drained(self) -> None:
        """Until no webhook is under way."""
        await self.webhooks.drained()
