"""The environment of the demo: a project on the local GitHub, and the bot as a `mas serve` process.

The bot has its own settings, home and data folder; the user's are neither read nor changed.
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

from bot.demo.sample import Sample, build_sample
from bot.errors import UserError
from bot.github.app_manifest import load_manifest
from bot.inbox import Inbox
from bot.stores.database import connect
from github_sandbox.server import Sandbox
from github_sandbox.state import App, Repository

T = TypeVar("T")

OWNER, PROJECT, PERSON = "octo", "fetchkit", "maria"
TIMEOUT_SECONDS = 60.0
"""Timeout of each step, which normally takes one or two seconds."""

_SERVE = (sys.executable, "-m", "bot", "serve")
_LOG_LINES = 30


@dataclass(frozen=True, slots=True)
class DemoEnvironment:
    """The components of the demo. `token` is a token of the sample user, valid in the sandbox only."""

    folder: Path
    sandbox: Sandbox
    sample: Sample
    app: App
    repository: Repository
    token: str
    port: int

    @property
    def data_dir(self) -> Path:
        return self.folder / "data"

    @property
    def database_url(self) -> str:
        return f"sqlite:///{self.data_dir / 'mas.db'}"

    @property
    def log_file(self) -> Path:
        return self.folder / "bot.log"

    async def push(self, commit: str) -> None:
        """Push a commit to `main` as the sample user, over HTTP."""
        url = self.sandbox.clone_url(self.repository, self.token)
        # In a thread: the git server runs on this event loop.
        await asyncio.to_thread(
            self.sample.git.run, "push", "--quiet", url, f"{commit}:refs/heads/main", environment={"no_proxy": "*"}
        )


async def create_environment(sandbox: Sandbox, folder: Path) -> DemoEnvironment:
    """Create the project on the sandbox, without its last commit, and register the App, without installing it."""
    sample = await asyncio.to_thread(build_sample, folder / "project.git")
    repository = sandbox.create_repository(OWNER, PROJECT)
    token = sandbox.add_user(PERSON, {repository.full_name: "write"})
    manifest, port = load_manifest(), _free_port()
    app = sandbox.register_app(
        manifest.name,
        manifest.default_permissions,
        manifest.default_events,
        f"http://127.0.0.1:{port}/webhook",
        secrets.token_hex(20),
        owner=OWNER,
    )
    demo = DemoEnvironment(folder, sandbox, sample, app, repository, token, port)
    await demo.push(sample.base)
    return demo


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def start_bot(demo: DemoEnvironment) -> AsyncIterator[None]:
    """Run `mas serve` during the block, and wait until it is ready. Its output goes to the log file.

    Raises:
        UserError: the bot did not start, or a wait inside the block timed out.
    """
    environment = _bot_settings(demo)
    with demo.log_file.open("wb") as log:
        # A new session: Ctrl-C reaches only this process, which then stops the bot.
        process = await asyncio.create_subprocess_exec(
            *_SERVE, cwd=demo.folder, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        await _wait_until_ready(demo, process)
        yield
    except TimeoutError as error:
        reasons = "".join(f"{reason}\n" for reason in await _failure_reasons(demo))
        raise UserError(
            f"The bot did not finish within {TIMEOUT_SECONDS:.0f} s.\n{reasons}End of its log:\n{_log_tail(demo)}"
        ) from error
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def _bot_settings(demo: DemoEnvironment) -> dict[str, str]:
    """Return the environment variables of the bot, with only the basics inherited."""
    key = demo.folder / "app.pem"
    key.touch(mode=0o600)
    key.write_text(demo.app.private_key)
    inherited = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG", "LC_ALL", "TMPDIR")}
    return {
        **inherited,
        "HOME": str(demo.folder),
        "GITHUB_APP_ID": str(demo.app.id),
        "GITHUB_PRIVATE_KEY_FILE": str(key),
        "GITHUB_WEBHOOK_SECRET": demo.app.webhook_secret,
        "GITHUB_API_URL": demo.sandbox.api_url,
        "PORT": str(demo.port),
        "MAS_DATA_DIR": str(demo.data_dir),
        "MAS_EMBEDDER": "none",
        "MAS_WORKERS": "1",
        "DATABASE_URL": demo.database_url,
    }


async def _wait_until_ready(demo: DemoEnvironment, process: asyncio.subprocess.Process) -> None:
    async def check() -> bool:
        if process.returncode is not None:
            raise UserError(f"The bot did not start. End of its log:\n{_log_tail(demo)}")
        return await _is_ready(session, f"http://127.0.0.1:{demo.port}/ready")

    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
        await wait_for(check)


async def _is_ready(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(url) as answer:
            return answer.status == 200
    except (aiohttp.ClientConnectionError, TimeoutError):
        return False


async def _failure_reasons(demo: DemoEnvironment) -> list[str]:
    """Return the failed deliveries with their reasons, from the bot's database."""
    database = connect(demo.database_url)
    inbox = Inbox(database)
    try:
        await inbox.open()
        return [f"{failure.event} failed: {failure.reason}" for failure in await inbox.failures()]
    finally:
        await inbox.close()
        database.dispose()


def _log_tail(demo: DemoEnvironment) -> str:
    return "\n".join(demo.log_file.read_text(errors="replace").splitlines()[-_LOG_LINES:])


async def wait_for(probe: Callable[[], Awaitable[T | None]]) -> T:
    """Poll until `probe` returns a truthy value, and return it. Raises `TimeoutError`."""
    async with asyncio.timeout(TIMEOUT_SECONDS):
        while True:
            if found := await probe():
                return found
            await asyncio.sleep(0.02)
