"""`mas demo` runs to the end and leaves nothing behind; its project is reproducible."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from bot.analysis.docs import analyse
from bot.demo.environment import create_environment, start_bot
from bot.demo.sample import build_sample
from bot.domain import FactKind, apply_edits
from bot.errors import UserError
from github_sandbox import Sandbox

pytestmark = pytest.mark.journey

DEMO = (sys.executable, "-m", "bot", "demo")
HEAD = "a2c3833ff1f6b2ef7fabca44dd4a1652c6c73dde"
MAX_SECONDS = 120
GARBAGE = {
    "GITHUB_APP_ID": "not ours",
    "GITHUB_API_URL": "https://api.github.com",
    "DATABASE_URL": "sqlite:///elsewhere.db",
    "PORT": "80",
    "http_proxy": "http://127.0.0.1:9",
    "GIT_DIR": "/nowhere",
}


@dataclass(frozen=True)
class Folders:
    """A user's home, working directory and temporary folder, and their environment variables."""

    home: Path
    work: Path
    temporary: Path

    @classmethod
    def under(cls, folder: Path) -> Folders:
        made = cls(folder / "home", folder / "work", folder / "tmp")
        for path in (made.home, made.work, made.temporary):
            path.mkdir()
        return made

    @property
    def environment(self) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "HOME": str(self.home), "TMPDIR": str(self.temporary), "COLUMNS": "200"}


@dataclass(frozen=True)
class Output:
    """The output of a demo, and its folders."""

    code: int
    text: str
    errors: str
    folders: Folders


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Output]:
    """The demo of a user who has settings for another bot."""
    folders = Folders.under(tmp_path_factory.mktemp("demo"))
    (folders.work / ".env").write_text("GITHUB_APP_ID=also not ours\n")
    done = subprocess.run(
        DEMO,
        cwd=folders.work,
        env={**GARBAGE, **folders.environment},
        capture_output=True,
        text=True,
        timeout=MAX_SECONDS,
    )
    yield Output(done.returncode, done.stdout, done.stderr, folders)


# ------------------------------------------------------------------ the demo


def test_it_succeeds(output: Output) -> None:
    assert (output.code, output.errors) == (0, "")


@pytest.mark.parametrize(
    "expected",
    [
        "maria pushes a commit",
        "a2c3833ff Name things for what they do",
        "fetchkit/backoff.py → fetchkit/retry.py",
        "response 202 Accepted",
        "fetch_all is now fetch_many",
        "docs/reference.md  Reference › fetchkit.Client",
        "to review by hand: docs/questions.md:13",
        "#1 docs: update",
        "/octo/fetchkit/pull/1",
        "+client = Client(timeout=5, attempts=4)",
        "done     open-pull-request  #1 was opened",
        "hash chain verified",
        "make demo KEEP=--keep",
    ],
)
def test_it_prints_each_step(output: Output, expected: str) -> None:
    assert expected in output.text


def test_it_leaves_nothing_behind(output: Output) -> None:
    folders = output.folders
    left = [path.name for folder in (folders.home, folders.work, folders.temporary) for path in folder.iterdir()]
    assert left == [".env"]


def test_secrets_are_not_printed(output: Output) -> None:
    assert not re.search(r"gh[ps]_\w{10}|PRIVATE KEY|sha256=[0-9a-f]{16}", output.text)


async def test_keep_runs_until_it_is_stopped(tmp_path: Path) -> None:
    folders = Folders.under(tmp_path)
    async with running_demo(folders) as (process, printed):
        url = re.search(r"browse:\s+(\S+)", printed)
        assert url is not None
        async with aiohttp.ClientSession() as session, session.get(f"{url[1]}/pull/1") as page:
            assert page.status == 200
            assert "wants to merge 1 commit" in await page.text()
        url_match = re.search(r"git clone (\S+)", printed)
        assert url_match is not None
        await clone(url_match[1], folders)

        process.send_signal(signal.SIGINT)
        assert await process.wait() == 0

    assert (folders.work / "fetchkit" / "README.md").is_file()
    assert [path.name.startswith("mas-demo-") for path in folders.temporary.iterdir()] == [True]


@asynccontextmanager
async def running_demo(folders: Folders) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """Run `mas demo --keep` until it waits; yield the process and its output."""
    process = await asyncio.create_subprocess_exec(
        *DEMO, "--keep", cwd=folders.work, env=folders.environment, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(MAX_SECONDS):
            printed = await process.stdout.readuntil(b"files: ")
        yield process, printed.decode()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def clone(url: str, folders: Folders) -> None:
    environment = {**folders.environment, "GIT_CONFIG_NOSYSTEM": "1"}
    git = await asyncio.create_subprocess_exec("git", "clone", "--quiet", url, cwd=folders.work, env=environment)
    assert await git.wait() == 0


async def test_a_bot_that_does_not_start_is_reported_with_its_log(tmp_path: Path) -> None:
    async with Sandbox(tmp_path / "github") as sandbox:
        scene = await create_environment(sandbox, tmp_path)
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", scene.port))
            with pytest.raises(UserError, match=r"did not start. End of its log:\nmas: .*address already in use"):
                async with start_bot(scene):
                    pytest.fail("the bot must not start")


# ------------------------------------------------------------------ the sample project


def test_the_project_is_reproducible(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".gitconfig").write_text("[core]\nautocrlf = true\n[commit]\ngpgSign = true\n[user]\nname = Me\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Somebody Else")
    monkeypatch.setenv("GIT_DEFAULT_HASH", "sha256")
    sample = build_sample(tmp_path / "project.git")

    assert sample.head == HEAD
    assert sample.git.count(sample.head) == 7
    assert sample.git.commit(sample.head).parents == (sample.base,)


def test_its_last_commit_makes_three_documents_stale_and_one_notice(tmp_path: Path) -> None:
    sample = build_sample(tmp_path / "project.git")
    draft = analyse(str(sample.git.path), sample.base, sample.head)

    assert {fact.kind for fact in draft.facts} == {
        FactKind.RENAMED,
        FactKind.PARAMETER_RENAMED,
        FactKind.DEFAULT_CHANGED,
        FactKind.FILE_MOVED,
    }
    assert set(draft.documents) == {"README.md", "docs/guide.md", "docs/reference.md"}
    assert [(notice.path, notice.line) for notice in draft.notices] == [("docs/questions.md", 13)]


def test_the_edited_documents_match_the_code(tmp_path: Path) -> None:
    sample = build_sample(tmp_path / "project.git")
    draft = analyse(str(sample.git.path), sample.base, sample.head)
    after = {
        path: apply_edits(text, [e for e in draft.edits if e.path == path]) for path, text in draft.documents.items()
    }
    whole = "\n".join(after.values())

    assert not re.search(r"retries|30\.0|fetchkit.backoff|(?<!mirror\.)(?<!Mirror\.)fetch_all", whole)
    assert "mirror.fetch_all" in after["docs/guide.md"]
    assert "Mirror.fetch_all" in after["docs/reference.md"]
    assert "| `timeout`  | `10.0`  |" in after["docs/reference.md"]
