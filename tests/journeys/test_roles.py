"""Separate processes receive webhooks and run jobs; another worker takes over the jobs of a dead one."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
from pathlib import Path

import aiohttp
import pytest
from typer.testing import CliRunner

from bot.cli.main import app as command
from bot.errors import UserError
from bot.server.app import create_app
from bot.settings.model import AppSettings, WebhookSettings
from tests.journeys import killed
from tests.journeys.scene import RENAMED, SECRET, UPDATED_GUIDE, Scene, project, serving, until
from tests.journeys.test_killed import free_port, ready
from tests.processes import forked_process, wait_for_exit

pytestmark = pytest.mark.journey

AUDIT_KEY = "an-audit-key-that-no-log-may-hold"


def web_settings(folder: Path, database_url: str) -> WebhookSettings:
    """Return settings without the App's key."""
    return WebhookSettings(
        _env_file=None,
        github_webhook_secret=SECRET,
        mas_data_dir=folder / "web",
        database_url=database_url,
        mas_embedder="none",
    )  # type: ignore[call-arg]


def worker_env(scene: Scene, folder: Path, database_url: str) -> tuple[Path, int]:
    """Write the settings of a worker with its own data folder; return their file and the port."""
    folder.mkdir()
    port, key, env = free_port(), folder / "key.pem", folder / "bot.env"
    key.write_text(scene.app.private_key)
    env.write_text(
        f"GITHUB_APP_ID={scene.app.id}\nGITHUB_PRIVATE_KEY_FILE={key}\nGITHUB_API_URL={scene.sandbox.api_url}\n"
        f"MAS_DATA_DIR={folder / 'data'}\nDATABASE_URL={database_url}\nPORT={port}\n"
        f"LOG_FORMAT=json\nLOG_LEVEL=debug\nMAS_AUDIT_KEY={AUDIT_KEY}\nMAS_EMBEDDER=none\n"
    )
    return env, port


async def start_process(*arguments: str, log: Path | None = None) -> asyncio.subprocess.Process:
    with (log or Path(os.devnull)).open("wb") as stderr:
        return await asyncio.create_subprocess_exec(
            sys.executable, *arguments, cwd=Path(__file__).parents[2], env=dict(os.environ), stderr=stderr
        )


async def test_another_worker_with_an_empty_disk_finishes_the_job_of_a_dead_one(
    tmp_path: Path, postgres_url: str
) -> None:
    async with project(tmp_path) as scene, serving(web_settings(tmp_path, postgres_url)) as (address, service):
        scene.sandbox.set_webhook_url(scene.app, f"{address}/webhook")
        first, first_port = worker_env(scene, tmp_path / "first", postgres_url)
        other, other_port = worker_env(scene, tmp_path / "other", postgres_url)

        with forked_process(killed.main, str(first), "after:2") as dying:  # after the fetch
            await until(lambda: ready(first_port))
            scene.sandbox.install(scene.app, "octo", [scene.repository])
            await scene.push(RENAMED)
            assert await wait_for_exit(dying) == -signal.SIGKILL
        log = tmp_path / "worker.log"
        worker = await start_process("-m", "bot", "worker", "--env-file", str(other), log=log)
        try:
            pull = await scene.pull()
            await until(lambda: ready(other_port))
            assert await status(address, "/ready") == 200
            working = f"http://127.0.0.1:{other_port}"
            assert await status(working, "/webhook") == 404
            for where in (address, working):
                for path in ("/health", "/metrics", "/api/metrics", "/api/agents/status", "/api/docs/search"):
                    assert await status(where, path) == 200
            await until(lambda: has_results(address, "fetch_many"))
        finally:
            worker.send_signal(signal.SIGTERM)
            assert await worker.wait() == 0

        assert scene.at(pull.head, "README.md") == UPDATED_GUIDE
        assert len(scene.repository.pull_requests) == 1
        assert not (await service.inbox.counts())["failed"]
        check_log(log, scene)


def check_log(log: Path, scene: Scene) -> None:
    """Check a log at level debug."""
    text = log.read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    (done,) = [line for line in lines if line["message"].startswith("push done in")]
    assert done["labels"]["repository"] == "octo/sample"
    assert re.fullmatch(r"[0-9a-f-]{36}", done["labels"]["delivery"])
    assert {line["ecs.version"] for line in lines} == {"8.17.0"}
    key = "".join(scene.app.private_key.splitlines()[1:-1])
    tokens = re.findall(r"gh[a-z]_\w+", text)
    assert not [secret for secret in (AUDIT_KEY, key[:40], key[-40:], "BEGIN RSA", *tokens) if secret in text]


async def has_results(address: str, words: str) -> bool:
    """Return whether a process without a worker finds passages in the index."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{address}/api/docs/search", params={"q": words}) as answer,
    ):
        return any(words in each["text"] for each in (await answer.json())["results"])


async def status(address: str, path: str) -> int:
    async with aiohttp.ClientSession() as session, session.get(address + path) as answer:
        return answer.status


async def test_sqlite_supports_no_separate_worker(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"supports one process only.*Run `mas serve` alone, or set DATABASE_URL"):
        await create_app(web_settings(tmp_path, f"sqlite:///{tmp_path / 'mas.db'}"))


def test_a_worker_has_no_webhook_secret_and_a_web_process_no_key(tmp_path: Path) -> None:
    assert "github_webhook_secret" not in AppSettings.model_fields
    assert "github_private_key" not in WebhookSettings.model_fields
    said = CliRunner().invoke(command, ["serve", "--no-worker", "--env-file", str(tmp_path / "none")]).exception
    assert "GITHUB_WEBHOOK_SECRET is not set" in str(said)
    assert "GITHUB_APP_ID" not in str(said)
