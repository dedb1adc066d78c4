"""A scene in the sandbox: a repository, an App installed on it, a bot that listens, and judges for all that is said."""

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
class Answer:
    """What an API call came to; `body` is parsed JSON, or text."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def message(self) -> str:
        return str(self.body["message"])


@dataclass(frozen=True)
class Received:
    """A webhook as the bot got it."""

    event: str
    headers: Mapping[str, str]
    raw: bytes

    @property
    def payload(self) -> Any:
        return json.loads(self.raw)


class Clock:
    """A time that a test moves."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)


async def git(*args: str, cwd: Path | None = None) -> str:
    """What a git command prints. Raises `RuntimeError` with its complaint."""
    nobody = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"}
    who = {f"GIT_{role}_{what}": "maria" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(
        "git", *args, cwd=cwd, env={**os.environ, **nobody, **who}, stdout=pipe, stderr=pipe
    )
    out, err = await child.communicate()
    if child.returncode:
        raise RuntimeError(err.decode())
    return out.decode().strip()


async def commit(folder: Path, files: Mapping[str, str], message: str = "change") -> str:
    """Write files and commit them; returns the commit."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    await git("add", "--all", cwd=folder)
    await git("commit", "--quiet", "--message", message, cwd=folder)
    return await git("rev-parse", "HEAD", cwd=folder)


@dataclass
class Scene:
    """What the tests act on. `token` is the installation's own; `maria` may push."""

    sandbox: Sandbox
    clock: Clock
    folder: Path
    session: aiohttp.ClientSession
    repository: Repository
    app: App
    installation: int
    maria: str
    received: list[Received]
    exchanges: list[Exchange] = field(default_factory=list)
    token: str = ""

    def jwt(self, *, key: str | None = None, algorithm: str = "RS256", **claims: Any) -> str:
        """The App's own token, with claims of one's choice."""
        now = int(self.clock().timestamp())
        right = {"iss": str(self.app.id), "iat": now - 60, "exp": now + 540}
        return jwt.encode({**right, **claims}, key or self.app.private_key, algorithm)

    async def api(
        self, method: str, path: str, body: Any = None, *, token: str | None = None, **headers: str
    ) -> Answer:
        """Call the API: with the installation's token, another, or none (an empty string)."""
        credential = self.token if token is None else token
        sent = {"User-Agent": "tests", **{name.replace("_", "-"): value for name, value in headers.items()}}
        sent |= {"Authorization": f"Bearer {credential}"} if credential else {}
        url = path if path.startswith("http") else self.sandbox.api_url + path
        async with self.session.request(method, url, json=body, headers=sent) as answer:
            text = await answer.text()
            is_json = "json" in answer.headers.get("Content-Type", "")
            return Answer(answer.status, answer.headers, json.loads(text) if is_json else text)

    async def graphql(self, query: str, *, token: str | None = None, **variables: Any) -> Any:
        """Run a GraphQL operation; the whole answer."""
        asked = {"query": query, "variables": variables}
        return (await self.api("POST", f"{self.sandbox.url}/api/graphql", asked, token=token)).body

    async def new_token(self, **narrowed: Any) -> str:
        """An installation token."""
        path = f"/app/installations/{self.installation}/access_tokens"
        return str((await self.api("POST", path, narrowed or None, token=self.jwt())).body["token"])

    async def clone(self, *options: str, token: str | None = None) -> Path:
        """A clone with a work tree; Maria's unless another token is given."""
        target = self.folder / f"clone-{len(list(self.folder.glob('clone-*')))}"
        url = self.sandbox.clone_url(self.repository, self.maria if token is None else token)
        await git("clone", "--quiet", *options, url, str(target))
        return target

    async def branch(self, name: str = "docs", files: Mapping[str, str] | None = None) -> str:
        """A branch with one commit upon main, made through the API; returns that commit."""
        head = self.repository.announced_refs["refs/heads/main"]
        entries = [
            {"path": p, "mode": "100644", "type": "blob", "content": c} for p, c in (files or {"a.md": "A\n"}).items()
        ]
        tree = (await self.api("POST", f"{REPO}/git/trees", {"base_tree": head, "tree": entries})).body["sha"]
        made = {"message": f"On {name}", "tree": tree, "parents": [head]}
        oid = (await self.api("POST", f"{REPO}/git/commits", made)).body["sha"]
        await self.api("POST", f"{REPO}/git/refs", {"ref": f"refs/heads/{name}", "sha": oid})
        return str(oid)

    async def pull(self, name: str = "docs") -> PullRequest:
        """A pull request of such a branch."""
        await self.branch(name)
        opened = {"title": "Docs", "head": name, "base": "main", "body": "Because."}
        number = (await self.api("POST", f"{REPO}/pulls", opened)).body["number"]
        return self.repository.pull_requests[number]

    async def events(self) -> list[str]:
        """What the bot was told so far, as `event` or `event action`, in the order of sending."""
        await self.sandbox.drain()
        return [" ".join(filter(None, (d.event, d.action))) for d in self.sandbox.deliveries if d.status_code == 202]

    async def last(self, event: str) -> Any:
        """The payload that was sent last of an event."""
        await self.sandbox.drain()
        return [json.loads(d.payload) for d in self.sandbox.deliveries if d.event == event][-1]


@asynccontextmanager
async def scene(folder: Path) -> AsyncIterator[Scene]:
    """Set the scene; at its end, everything that was said must be as GitHub publishes it."""
    received: list[Received] = []

    async def listen(request: web.Request) -> web.Response:
        received.append(Received(request.headers["X-GitHub-Event"], request.headers, await request.read()))
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
            installed = sandbox.install(app, "octo", [repository])
            made = Scene(sandbox, clock, folder, session, repository, app, installed, maria, received)
            sandbox.observe(made.exchanges.append)
            made.token = create_installation_token(
                sandbox.world, sandbox.world.installations[installed], None, None
            ).value
            yield made
            await sandbox.drain()
    finally:
        await runner.cleanup()
    said = [reason for exchange in made.exchanges for reason in exchange_errors(exchange)]
    told = [reason for each in received for reason in webhook_errors(each.event, each.payload)]
    if said + told:
        raise AssertionError("\n".join(said + told))
