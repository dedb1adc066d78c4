"""`mas demo` tells its story to the end, and leaves nothing behind; its project is the same on every machine."""

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
class Place:
    """A user's home, working directory and temporary folder, and an environment that points at them."""

    home: Path
    work: Path
    temporary: Path

    @classmethod
    def under(cls, folder: Path) -> Place:
        made = cls(folder / "home", folder / "work", folder / "tmp")
        for path in (made.home, made.work, made.temporary):
            path.mkdir()
        return made

    @property
    def environment(self) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "HOME": str(self.home), "TMPDIR": str(self.temporary), "COLUMNS": "200"}


@dataclass(frozen=True)
class Shown:
    """A demo that has run, and the place where it did."""

    code: int
    text: str
    complaint: str
    place: Place


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    """The demo of a user who has settings of their own, for another bot."""
    place = Place.under(tmp_path_factory.mktemp("demo"))
    (place.work / ".env").write_text("GITHUB_APP_ID=also not ours\n")
    done = subprocess.run(
        DEMO, cwd=place.work, env={**GARBAGE, **place.environment}, capture_output=True, text=True, timeout=MAX_SECONDS
    )
    yield Shown(done.returncode, done.stdout, done.stderr, place)


# ------------------------------------------------------------------ the demo


def test_it_ends_well(shown: Shown) -> None:
    assert (shown.code, shown.complaint) == (0, "")


@pytest.mark.parametrize(
    "told",
    [
        "maria pushes a commit",
        "a2c3833ff Name things for what they do",
        "fetchkit/backoff.py → fetchkit/retry.py",
        "answered 202 Accepted",
        "fetch_all is now fetch_many",
        "docs/reference.md  Reference › fetchkit.Client",
        "noticed, not edited: docs/questions.md:13",
        "#1 docs: follow",
        "/octo/fetchkit/pull/1",
        "+client = Client(timeout=5, attempts=4)",
        "done     open-pull-request  #1 was opened",
        "the chain of its hashes holds",
        "make demo KEEP=--keep",
    ],
)
def test_it_tells_what_happened(shown: Shown, told: str) -> None:
    assert told in shown.text


def test_it_leaves_nothing_behind(shown: Shown) -> None:
    place = shown.place
    left = [path.name for folder in (place.home, place.work, place.temporary) for path in folder.iterdir()]
    assert left == [".env"]


def test_the_secret_of_the_webhook_and_the_tokens_are_not_told(shown: Shown) -> None:
    assert not re.search(r"gh[ps]_\w{10}|PRIVATE KEY|sha256=[0-9a-f]{16}", shown.text)


async def test_kept_it_stays_until_it_is_told_to_stop(tmp_path: Path) -> None:
    place = Place.under(tmp_path)
    async with kept(place) as (process, told):
        url = re.search(r"look:\s+(\S+)", told)
        assert url is not None
        async with aiohttp.ClientSession() as session, session.get(f"{url[1]}/pull/1") as page:
            assert page.status == 200
            assert "wants to merge 1 commit" in await page.text()
        clone = re.search(r"git clone (\S+)", told)
        assert clone is not None
        await cloned(clone[1], place)

        process.send_signal(signal.SIGINT)
        assert await process.wait() == 0

    assert (place.work / "fetchkit" / "README.md").is_file()
    assert [path.name.startswith("mas-demo-") for path in place.temporary.iterdir()] == [True]


@asynccontextmanager
async def kept(place: Place) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """`mas demo --keep` in the state of staying, and all that it has told."""
    process = await asyncio.create_subprocess_exec(
        *DEMO, "--keep", cwd=place.work, env=place.environment, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(MAX_SECONDS):
            told = await process.stdout.readuntil(b"files: ")
        yield process, told.decode()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def cloned(url: str, place: Place) -> None:
    environment = {**place.environment, "GIT_CONFIG_NOSYSTEM": "1"}
    git = await asyncio.create_subprocess_exec("git", "clone", "--quiet", url, cwd=place.work, env=environment)
    assert await git.wait() == 0


async def test_a_bot_that_does_not_start_is_told_with_its_last_words(tmp_path: Path) -> None:
    async with Sandbox(tmp_path / "github") as sandbox:
        scene = await create_environment(sandbox, tmp_path)
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", scene.port))
            with pytest.raises(UserError, match=r"did not start. Its last words:\nmas: .*address already in use"):
                async with start_bot(scene):
                    pytest.fail("it cannot have started")


# ------------------------------------------------------------------ the sample project


def test_the_project_is_the_same_on_every_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".gitconfig").write_text("[core]\nautocrlf = true\n[commit]\ngpgSign = true\n[user]\nname = Me\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Somebody Else")
    monkeypatch.setenv("GIT_DEFAULT_HASH", "sha256")
    sample = build_sample(tmp_path / "project.git")

    assert sample.head == HEAD
    assert sample.git.count(sample.head) == 7
    assert sample.git.commit(sample.head).parents == (sample.base,)


def test_its_last_commit_makes_three_documents_stale_and_one_doubtful(tmp_path: Path) -> None:
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


def test_its_documents_then_say_what_the_code_says(tmp_path: Path) -> None:
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
