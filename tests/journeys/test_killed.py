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
    """Write an operator's `.env` for a bot that uses the sandbox, and return its path."""
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
async def running_bot(env: Path, port: int) -> AsyncIterator[None]:
    """Run the bot until it is ready; at the end, terminate it and check that it exits by itself."""
    with forked_process(killed.main, str(env), "-") as bot:
        try:
            await until(lambda: ready(port))
            yield
        finally:
            bot.terminate()
            assert await wait_for_exit(bot) == 0


async def ready(port: int) -> bool:
    try:
        async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/ready") as response:
            return response.status == 200
    except aiohttp.ClientConnectionError:
        return False


@pytest.mark.parametrize("side", ["before", "after"])
async def test_a_job_survives_the_death_of_its_process_at_any_step(tmp_path: Path, side: str) -> None:
    """Run one job in a sequence of processes, each of which dies at the next step."""
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

        async with running_bot(env, port):
            pull = await scene.pull()
            await until(lambda: push_outcomes(tmp_path) == ["done"])

        assert len(scene.repository.pull_requests) == 1
        assert pull.state == "open"
        assert scene.at(pull.head, "README.md") == GUIDE.replace("fetch_all", "fetch_many")
        assert scene.repository.git.count(f"main..{pull.head}") == 1


def push_outcomes(folder: Path) -> list[str | None]:
    """Return the outcomes of pushes in the inbox."""
    with closing(sqlite3.connect(folder / "data" / "mas.db")) as database:
        return [row[0] for row in database.execute("SELECT outcome FROM inbox WHERE kind = 'push'")]
