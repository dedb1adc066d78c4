"""Killed with SIGKILL at any step, the bot finishes the job after a restart: one pull request, not two."""

from __future__ import annotations

import signal
import socket
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import aiohttp
import pytest

from tests.journeys import killed
from tests.journeys.scene import GUIDE, RENAMED, SECRET, Scene, project, until
from tests.processes import forked_process, wait_for_exit

pytestmark = pytest.mark.journey

STEPS = (
    "hand on",
    "fetch",
    "read settings",
    "settings",
    "analyse",
    "plan",
    "publish-branch",
    "open-pull-request",
    "settle",
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def configured(scene: Scene, folder: Path, port: int) -> Path:
    """An operator's `.env` for a bot beside the sandbox."""
    key = folder / "key.pem"
    key.write_text(scene.app.private_key)
    env = folder / "bot.env"
    env.write_text(
        f"GITHUB_APP_ID={scene.app.id}\nGITHUB_PRIVATE_KEY_FILE={key}\nGITHUB_WEBHOOK_SECRET={SECRET}\n"
        f"GITHUB_API_URL={scene.sandbox.api_url}\nMAS_DATA_DIR={folder / 'data'}\nPORT={port}\n"
        "MAS_WORKERS=1\nMAS_EMBEDDER=none\n"
    )
    return env


@asynccontextmanager
async def living(env: Path, port: int) -> AsyncIterator[None]:
    """The bot, ready; told to stop at the end, which it does by itself."""
    with forked_process(killed.main, str(env), "-") as bot:
        try:
            await until(lambda: ready(port))
            yield
        finally:
            bot.terminate()
            assert await wait_for_exit(bot) == 0


async def ready(port: int) -> bool:
    try:
        async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/ready") as answer:
            return answer.status == 200
    except aiohttp.ClientConnectionError:
        return False


@pytest.mark.parametrize("side", ["before", "after"])
async def test_a_job_outlives_the_process_whatever_step_it_dies_at(tmp_path: Path, side: str) -> None:
    """One job, and a process that dies at its every step, one after the other."""
    async with project(tmp_path) as scene:
        port = free_port()
        env = configured(scene, tmp_path, port)
        scene.sandbox.set_webhook_url(scene.app, f"http://127.0.0.1:{port}/webhook")

        with forked_process(killed.main, str(env), f"{side}:1") as bot:
            await until(lambda: ready(port))
            scene.sandbox.install(scene.app, "octo", [scene.repository])
            await scene.push(RENAMED)
            assert await wait_for_exit(bot) == -signal.SIGKILL
        for step in range(2, len(STEPS) + 1):
            with forked_process(killed.main, str(env), f"{side}:{step}") as bot:
                assert await wait_for_exit(bot) == -signal.SIGKILL

        async with living(env, port):
            pull = await scene.pull()
            await until(lambda: recorded(tmp_path) == ["done"])

        assert len(scene.repository.pull_requests) == 1
        assert pull.state == "open"
        assert scene.at(pull.head, "README.md") == GUIDE.replace("fetch_all", "fetch_many")
        assert scene.repository.git.count(f"main..{pull.head}") == 1


def recorded(folder: Path) -> list[str | None]:
    """What came of the pushes to `main`, as the inbox has it."""
    with closing(sqlite3.connect(folder / "data" / "mas.db")) as database:
        return [row[0] for row in database.execute("SELECT outcome FROM inbox WHERE kind = 'push'")]
