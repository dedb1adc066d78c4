"""A sandbox with a repository, an App and a webhook receiver, checked against GitHub's schemas."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import jwt
from aiohttp import web

from github_sandbox import App, Exchange, PullRequest, Repository, Sandbox
from github_sandbox.auth import create_installation_token
from tests.github_schemas import exchange_errors, webhook_errors
from tests.sandboxes import KEY

PERMISSIONS = {"contents": "write", "pull_requests": "write", "issues": "write", "checks": "write"}
EVENTS = ("push", "pull_request", "issue_comment", "check_run")
SECRET = "It's a Secret to Everybody"
REPO = "/repos/octo/sample"


@dataclass(frozen=True)
class Response:
    """Response of an API call. `body` is parsed JSON, or text."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def message(self) -> str:
        return str(self.body["message"])


@dataclass(frozen=True)
class ReceivedWebhook:
    """A webhook as the bot received it."""

    event: str
    headers: Mapping[str, str]
    raw: bytes

    @property
    def payload(self) -> Any:
        return json.loads(self.raw)


class Clock:
    """A clock that tests can advance."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> None:
        self.now += timedelta(**span)


async def git(*args: str, cwd: Path | None = None) -> str:
    """Run git and return its output. Raises `RuntimeError` with its standard error."""
    git_environment = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"}
    who = {f"GIT_{role}_{what}": "maria" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(
        "git", *args, cwd=cwd, env={**os.environ, **git_environment, **who}, stdout=pipe, stderr=pipe
    )
    out, err = await child.communicate()
    if child.returncode:
        raise RuntimeError(err.decode())
    return out.decode().strip()


async def commit(folder: Path, files: Mapping[str, str], message: str = "change") -> str:
    """Write files, commit them, and return the commit."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    await git("add", "--all", cwd=folder)
    await git("commit", "--quiet", "--message", message, cwd=folder)
    return await git("rev-parse", "HEAD", cwd=folder)


@dataclass
class Scene:
    """Everything that the tests use. `token` is the installation's, `maria` that of a user with write access."""

    sandbox: Sandbox
    clock: Clock
    folder: Path
    session: aiohttp.ClientSession
    repository: Repository
    app: App
    installation: int
    maria: str
    received: list[ReceivedWebhook]
    exchanges: list[Exchange] = field(default_factory=list)
    token: str = ""

    def jwt(self, *, key: str | None = None, algorithm: str = "RS256", **claims: Any) -> str:
        """Return a JWT of the App, with the given claims replaced."""
        now = int(self.clock().timestamp())
        valid = {"iss": str(self.app.id), "iat": now - 60, "exp": now + 540}
        return jwt.encode({**valid, **claims}, key or self.app.private_key, algorithm)

    async def api(
        self, method: str, path: str, body: Any = None, *, token: str | None = None, **headers: str
    ) -> Response:
        """Call the API with the installation's token, another token, or none (an empty string)."""
        credential = self.token if token is None else token
        sent = {"User-Agent": "tests", **{name.replace("_", "-"): value for name, value in headers.items()}}
        sent |= {"Authorization": f"Bearer {credential}"} if credential else {}
        url = path if path.startswith("http") else self.sandbox.api_url + path
        async with self.session.request(method, url, json=body, headers=sent) as response:
            text = await response.text()
            is_json = "json" in response.headers.get("Content-Type", "")
            return Response(response.status, response.headers, json.loads(text) if is_json else text)

    async def graphql(self, query: str, *, token: str | None = None, **variables: Any) -> Any:
        """Run a GraphQL operation and return the whole response body."""
        body = {"query": query, "variables": variables}
        return (await self.api("POST", f"{self.sandbox.url}/api/graphql", body, token=token)).body

    async def new_token(self, **limits: Any) -> str:
        """Create an installation token."""
        path = f"/app/installations/{self.installation}/access_tokens"
        return str((await self.api("POST", path, limits or None, token=self.jwt())).body["token"])

    async def clone(self, *options: str, token: str | None = None) -> Path:
        """Clone the repository with a work tree, with Maria's token unless another is given."""
        target = self.folder / f"clone-{len(list(self.folder.glob('clone-*')))}"
        url = self.sandbox.clone_url(self.repository, self.maria if token is None else token)
        await git("clone", "--quiet", *options, url, str(target))
        return target

    async def branch(self, name: str = "docs", files: Mapping[str, str] | None = None) -> str:
        """Create a branch with one commit on top of main through the API, and return the commit."""
        head = self.repository.announced_refs["refs/heads/main"]
        entries = [
            {"path": p, "mode": "100644", "type": "blob", "content": c} for p, c in (files or {"a.md": "A\n"}).items()
        ]
        tree = (await self.api("POST", f"{REPO}/git/trees", {"base_tree": head, "tree": entries})).body["sha"]
        commit_body = {"message": f"On {name}", "tree": tree, "parents": [head]}
        oid = (await self.api("POST", f"{REPO}/git/commits", commit_body)).body["sha"]
        await self.api("POST", f"{REPO}/git/refs", {"ref": f"refs/heads/{name}", "sha": oid})
        return str(oid)

    async def pull(self, name: str = "docs") -> PullRequest:
        """Open a pull request from such a branch."""
        await self.branch(name)
        request = {"title": "Docs", "head": name, "base": "main", "body": "Because."}
        number = (await self.api("POST", f"{REPO}/pulls", request)).body["number"]
        return self.repository.pull_requests[number]

    async def events(self) -> list[str]:
        """Return the events delivered so far, as `event` or `event action`, in order."""
        await self.sandbox.drain()
        return [" ".join(filter(None, (d.event, d.action))) for d in self.sandbox.deliveries if d.status_code == 202]

    async def last_payload(self, event: str) -> Any:
        """Return the last payload of an event."""
        await self.sandbox.drain()
        return [json.loads(d.payload) for d in self.sandbox.deliveries if d.event == event][-1]


@asynccontextmanager
async def running_scene(folder: Path) -> AsyncIterator[Scene]:
    """Start the scene. On exit, fail if any request, response or webhook does not match GitHub's schemas."""
    received: list[ReceivedWebhook] = []

    async def listen(request: web.Request) -> web.Response:
        received.append(ReceivedWebhook(request.headers["X-GitHub-Event"], request.headers, await request.read()))
        return web.Response(status=202)

    source = folder / "source"
    source.mkdir()
    await git("init", "--quiet", "--initial-branch=main", cwd=source)
    await commit(source, {"README.md": "# Sample\n", "src/app.py": "def old() -> None: ...\n"}, "Begin")
    bot = web.Application()
    bot.router.add_post("/webhook", listen)
    runner, clock = web.AppRunner(bot), Clock()
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/webhook"
    try:
        async with Sandbox(folder / "github", clock=clock) as sandbox, aiohttp.ClientSession() as session:
            repository = sandbox.create_repository("octo", "sample", source)
            app = sandbox.register_app("mas", PERMISSIONS, EVENTS, url, SECRET)
            app.key = KEY
            maria = sandbox.add_user("maria", {"octo/sample": "write"})
            installation = sandbox.install(app, "octo", [repository])
            running = Scene(sandbox, clock, folder, session, repository, app, installation, maria, received)
            sandbox.observe(running.exchanges.append)
            running.token = create_installation_token(
                sandbox.world, sandbox.world.installations[installation], None, None
            ).value
            yield running
            await sandbox.drain()
    finally:
        await runner.cleanup()
    errors = [reason for exchange in running.exchanges for reason in exchange_errors(exchange)]
    errors += [reason for each in received for reason in webhook_errors(each.event, each.payload)]
    if errors:
        raise AssertionError("\n".join(errors))
