"""The emulator's HTTP server, assembled from its parts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from aiohttp import web

from github_sandbox import graphql
from github_sandbox.activity import Activity
from github_sandbox.call_log import ApiCall, GitFetch
from github_sandbox.conversations import Comment, PullRequest
from github_sandbox.faults import Fault, RateLimits
from github_sandbox.gateway import Exchange, Gateway
from github_sandbox.git_http import GitHttp
from github_sandbox.manifest import ManifestFlow
from github_sandbox.pages import Pages
from github_sandbox.person import Person
from github_sandbox.provisioning import Provisioning
from github_sandbox.rest import (
    apps,
    checks,
    code_scanning,
    comments,
    contents,
    git,
    issues,
    labels,
    pulls,
    reactions,
    repositories,
    review_comments,
    review_requests,
    reviews,
)
from github_sandbox.state import Repository, World
from github_sandbox.webhooks import Delivery, Webhooks

_REST_MODULES = (
    apps,
    repositories,
    contents,
    git,
    pulls,
    review_requests,
    reviews,
    review_comments,
    issues,
    labels,
    comments,
    reactions,
    checks,
    code_scanning,
)
_REPOSITORY_PATH = "/repos/{owner}/{repo}"
_MAX_BODY_BYTES = 100 * 1024 * 1024


class Sandbox(Provisioning):
    """A local GitHub, running while used as an async context manager.

    REST is at `{url}/api/v3`, GraphQL at `{url}/api/graphql`, git at `{url}/{owner}/{name}.git`.

    Args:
        root: folder for the bare repositories.
        port: port to listen on; 0 picks a free one.
        host: address to listen on.
        clock: returns the time, with a time zone.
    """

    def __init__(
        self,
        root: Path,
        port: int = 0,
        host: str = "127.0.0.1",
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        world = World(root, clock)
        self.webhooks = Webhooks(world)
        super().__init__(world, Activity(world, self.webhooks))
        self.limits = RateLimits(self.world.now)
        self.gateway = Gateway(self.world, self.activity, self.webhooks, self.limits)
        self._git = GitHttp(self.world, self.activity)
        self._host, self._port = host, port
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Sandbox:
        app = web.Application(client_max_size=_MAX_BODY_BYTES)
        app.add_subapp("/api", self._api())
        app.add_routes(self._git.routes())
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
        app = web.Application(client_max_size=_MAX_BODY_BYTES)
        for route in graphql.ROUTES:
            app.router.add_route(route.method, route.path, self.gateway.handler(route))
        for route in (route for module in _REST_MODULES for route in module.ROUTES):
            app.router.add_route(route.method, f"/v3{route.path}", self.gateway.handler(route))
            if route.path.startswith(_REPOSITORY_PATH):
                by_id = route.path.replace(_REPOSITORY_PATH, "/repositories/{repository_id}", 1)
                app.router.add_route(route.method, f"/v3{by_id}", self.gateway.handler(route))
        app.router.add_route("*", "/{path:.*}", self.gateway.not_found)
        return app

    # ------------------------------------------------------------------ addresses and records

    @property
    def url(self) -> str:
        """Return the base URL without a trailing slash. Empty until the server runs."""
        return self.world.url

    @property
    def api_url(self) -> str:
        """Return the base URL of the REST API."""
        return self.world.api_url

    @property
    def repositories(self) -> list[Repository]:
        """Return all repositories, oldest first."""
        return list(self.world.repositories.values())

    @property
    def deliveries(self) -> list[Delivery]:
        """Return all webhook deliveries, oldest first."""
        return self.webhooks.deliveries

    @property
    def calls(self) -> list[ApiCall]:
        """Return all API calls, oldest first; see `github_sandbox.call_log`."""
        return self.gateway.calls

    @property
    def fetches(self) -> list[GitFetch]:
        """Return all git fetches, oldest first."""
        return self._git.fetches

    def clone_url(self, repository: Repository, token: str | None = None) -> str:
        """Return the clone URL of a repository, with a token in it if given."""
        scheme, _, rest = self.url.partition("://")
        user = f"x-access-token:{token}@" if token else ""
        return f"{scheme}://{user}{rest}/{repository.full_name}.git"

    # ------------------------------------------------------------------ shortcuts for simulated users

    def merge(self, pull: PullRequest, by: str | None = None) -> str:
        """Merge a pull request, as the repository's owner or as `by`, and return the merge commit."""
        return self._person(pull, by).merge(pull)

    def close(self, pull: PullRequest, by: str | None = None) -> None:
        """Close a pull request without merging."""
        self._person(pull, by).close(pull)

    def comment(self, pull: PullRequest, body: str, by: str | None = None) -> Comment:
        """Comment on a pull request."""
        return self._person(pull, by).comment(pull, body)

    def _person(self, pull: PullRequest, login: str | None) -> Person:
        return self.person(login or pull.repository.owner.login)

    # ------------------------------------------------------------------ observers and faults

    def observe(self, callback: Callable[[Exchange], None]) -> None:
        """Call back with each API exchange."""
        self.gateway.observers.append(callback)

    def fault(self, path: str = "", **how: Any) -> Fault:
        """Make the next matching requests fail. See `Fault` for the options."""
        fault = Fault(path, **how)
        self.gateway.faults.append(fault)
        return fault

    def redeliver(self, guid: str) -> Delivery:
        """Redeliver the last delivery with a GUID."""
        return self.webhooks.redeliver(next(d for d in reversed(self.deliveries) if d.guid == guid))

    async def drain(self) -> None:
        """Wait until all webhooks are delivered."""
        await self.webhooks.drain()
