"""The demo's stage: a project on the local GitHub, and the bot beside it as `mas serve` in a process of its own.

The bot gets settings, a home and a data folder of its own; nothing of the user's is read or changed.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import aiohttp

from bot.demo.sample import Sample, build
from bot.errors import UserError
from bot.github.app_manifest import declared
from bot.inbox import Inbox
from bot.stores.database import connect
from github_sandbox.server import Sandbox
from github_sandbox.state import App, Repository

T = TypeVar("T")

OWNER, PROJECT, PERSON = "octo", "fetchkit", "maria"
PATIENCE = 60.0
"""Seconds for each thing that is waited for; it takes one or two."""

_SERVE = (sys.executable, "-m", "bot", "serve")
_LOG_LINES = 30


@dataclass(frozen=True, slots=True)
class Scene:
    """What the demo acts on; `token` is the person's, a secret that ends with the sandbox."""

    folder: Path
    sandbox: Sandbox
    sample: Sample
    app: App
    repository: Repository
    token: str
    port: int

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def database_url(self) -> str:
        return f"sqlite:///{self.data / 'mas.db'}"

    @property
    def log(self) -> Path:
        return self.folder / "bot.log"

    async def push(self, commit: str) -> None:
        """Push a commit to `main` as the person, with git over HTTP."""
        url = self.sandbox.clone_url(self.repository, self.token)
        # In a thread: the server that git talks to runs on this event loop.
        await asyncio.to_thread(
            self.sample.git.run, "push", "--quiet", url, f"{commit}:refs/heads/main", environment={"no_proxy": "*"}
        )


async def staged(sandbox: Sandbox, folder: Path) -> Scene:
    """The project on the sandbox as it was before the last commit, and the App, not yet installed."""
    sample = await asyncio.to_thread(build, folder / "project.git")
    repository = sandbox.create_repository(OWNER, PROJECT)
    token = sandbox.add_user(PERSON, {repository.full_name: "write"})
    manifest, port = declared(), _free_port()
    app = sandbox.register_app(
        manifest.name,
        manifest.default_permissions,
        manifest.default_events,
        f"http://127.0.0.1:{port}/webhook",
        secrets.token_hex(20),
        owner=OWNER,
    )
    scene = Scene(folder, sandbox, sample, app, repository, token, port)
    await scene.push(sample.base)
    return scene


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def bot_beside(scene: Scene) -> AsyncIterator[None]:
    """`mas serve` while it lasts, ready for work; what it says goes into the scene's log."""
    environment = _environment(scene)
    with scene.log.open("wb") as log:
        # A session of its own: Ctrl-C is for us, and we stop the bot ourselves.
        process = await asyncio.create_subprocess_exec(
            *_SERVE, cwd=scene.folder, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        await _ready(scene, process)
        yield
    except TimeoutError as error:
        reasons = "".join(f"{reason}\n" for reason in await _failures(scene))
        words = f"Nothing came of it within {PATIENCE:.0f} s.\n{reasons}The bot's last words:\n{_tail(scene)}"
        raise UserError(words) from error
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def _environment(scene: Scene) -> dict[str, str]:
    """The operator's settings for this bot; of ours only what a process needs to run."""
    key = scene.folder / "app.pem"
    key.touch(mode=0o600)
    key.write_text(scene.app.private_key)
    inherited = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG", "LC_ALL", "TMPDIR")}
    return {
        **inherited,
        "HOME": str(scene.folder),
        "GITHUB_APP_ID": str(scene.app.id),
        "GITHUB_PRIVATE_KEY_FILE": str(key),
        "GITHUB_WEBHOOK_SECRET": scene.app.webhook_secret,
        "GITHUB_API_URL": scene.sandbox.api_url,
        "PORT": str(scene.port),
        "MAS_DATA_DIR": str(scene.data),
        "MAS_EMBEDDER": "none",
        "MAS_WORKERS": "1",
        "DATABASE_URL": scene.database_url,
    }


async def _ready(scene: Scene, process: asyncio.subprocess.Process) -> None:
    async def look() -> bool:
        if process.returncode is not None:
            raise UserError(f"The bot did not start. Its last words:\n{_tail(scene)}")
        return await _answers(session, f"http://127.0.0.1:{scene.port}/ready")

    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
        await wait(look)


async def _answers(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(url) as answer:
            return answer.status == 200
    except (aiohttp.ClientConnectionError, TimeoutError):
        return False


async def _failures(scene: Scene) -> list[str]:
    """Why deliveries ended failed, as the bot has it on record."""
    database = connect(scene.database_url)
    inbox = Inbox(database)
    try:
        await inbox.open()
        return [f"{failure.event} failed: {failure.reason}" for failure in await inbox.failed()]
    finally:
        await inbox.close()
        database.dispose()


def _tail(scene: Scene) -> str:
    return "\n".join(scene.log.read_text(errors="replace").splitlines()[-_LOG_LINES:])


async def wait(look: Callable[[], Awaitable[T | None]]) -> T:
    """What `look` finds, once it finds something. Raises `TimeoutError`."""
    async with asyncio.timeout(PATIENCE):
        while True:
            if found := await look():
                return found
            await asyncio.sleep(0.02)
