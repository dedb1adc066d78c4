"""The texts that operators and API users read, beside `--help`: doctor, settings errors, commands, API, set-up page."""

from __future__ import annotations

import io
import json
import os
import re
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from rich.console import Console
from typer.testing import CliRunner

from bot.analysis.scanner_lookup import InstalledScanner
from bot.cli.main import app
from bot.errors import RemoteError, UserError
from bot.github.app_manifest import load_manifest
from bot.github.errors import Unauthorised
from bot.github.urls import GitHubUrls
from bot.ops.doctor import diagnose as diagnosis
from bot.ops.doctor import github, machine, stores
from bot.ops.doctor.check import CheckResult, show
from bot.server.web import setup
from bot.server.web.access import Access
from bot.server.web.api import metrics_middleware
from bot.server.web.openapi import DOCUMENT
from bot.server.web.search import search_routes
from bot.settings.api_tokens import parse_tokens
from bot.settings.model import Settings, SettingsError
from bot.telemetry.metrics import Metrics
from tests.text_snapshots import assert_snapshot, plain_terminal

SECRET = "0123456789abcdef-secret"


def to_pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()


PEM = to_pem(rsa.generate_private_key(public_exponent=65537, key_size=2048))
EC_PEM = to_pem(ec.generate_private_key(ec.SECP256R1()))
VALID = {"GITHUB_APP_ID": "42", "GITHUB_PRIVATE_KEY": PEM, "GITHUB_WEBHOOK_SECRET": SECRET}
INVALID_SETTINGS: list[dict[str, str | None]] = [
    {"GITHUB_APP_ID": None, "GITHUB_PRIVATE_KEY": None, "GITHUB_WEBHOOK_SECRET": None},
    {"GITHUB_APP_ID": "my-app"},
    {"GITHUB_APP_ID": "0"},
    {"GITHUB_PRIVATE_KEY": "not a key"},
    {"GITHUB_PRIVATE_KEY": EC_PEM},
    {"GITHUB_PRIVATE_KEY": None, "GITHUB_PRIVATE_KEY_FILE": "missing.pem"},
    {"GITHUB_PRIVATE_KEY_FILE": "key.pem"},
    {"GITHUB_WEBHOOK_SECRET": "short"},
    {"GITHUB_WEBHOOK_SECRET": f"{SECRET},"},
    {"GITHUB_API_URL": "ftp://example.com"},
    {"GITHUB_API_URL": "http://api.github.com"},
    {"GITHUB_API_URL": "https://github.com"},
    {"GITHUB_API_URL": "https://user:password@github.example.com/api/v3"},
    {"PORT": "eighty"},
    {"PORT": "99999"},
    {"MAS_DATA_DIR": "file/data"},
    {"DATABASE_URL": "mysql://db/mas"},
    {"DATABASE_URL": "mongodb://db/mas"},
    {"DATABASE_URL": "sqlite:///"},
    {"DATABASE_URL": "postgresql://db:none/mas"},
    {"STORE_URL": "mysql://db/mas"},
    {"MONGODB_URI": "http://db/mas"},
    {"REDIS_URL": "http://db"},
    {"MAS_WORKERS": "0"},
    {"MAS_WORKERS": "many"},
    {"MAS_QUIET_SECONDS": "-1"},
    {"MAS_QUIET_SECONDS": "900"},
    {"MAS_API_TOKENS": "short=*"},
    {"MAS_API_TOKENS": "a" * 32},
    {"MAS_API_TOKENS": f"{'a' * 32}=octo"},
    {"MAS_AUDIT_KEY": "short"},
    {"MAS_AUDIT_KEY": f"{SECRET},"},
    {"MAS_BACKUP_KEY": "short"},
    {"AWS_ENDPOINT_URL": "s3.example.org"},
    {"AWS_ENDPOINT_URL": "https://s3.example.org/bucket"},
    {"MAS_EMBEDDER": "bert"},
    {"MAS_OSV_DIR": "osv.zip"},
    {"LOG_LEVEL": "loud"},
    {"LOG_FORMAT": "xml"},
    {"OTEL_EXPORTER_OTLP_ENDPOINT": "localhost:4318"},
    {"MAS_DATADIR": "/srv/mas"},
    {"GITHUB_WEBHOOK_SECRETS": SECRET, "GITHUB_WEBHOOK_SECRET": None},
]


def shorten(value: str | None) -> str:
    """Return a value for the snapshot, without generated keys."""
    if value is None:
        return "(not set)"
    return "(an EC key)" if value == EC_PEM else value


def test_settings_errors(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    lines = []
    for variables in INVALID_SETTINGS:
        with monkeypatch.context() as patch:
            for name in os.environ:
                patch.delenv(name)
            patch.setenv("HOME", str(tmp_path))
            for name, value in {**VALID, **variables}.items():
                if value is not None:
                    patch.setenv(name, value)
            with pytest.raises(SettingsError) as caught:
                Settings.load()
        lines += [f"$ {' '.join(f'{name}={shorten(value)}' for name, value in variables.items())}"]
        lines += [*caught.value.problems, ""]
    lines += ["$ (the message as a whole)", *str(SettingsError(("PORT is invalid.", "HOST is invalid."))).splitlines()]
    assert_snapshot("cli/settings-errors.txt", "\n".join(lines).replace(str(tmp_path), "/work"))


# ------------------------------------------------------------------ doctor


class Checks:
    """Collects check results."""

    def __init__(self) -> None:
        self.results: list[CheckResult] = []

    def add(self, *results: CheckResult) -> None:
        self.results += results


def local_settings(tmp_path: Path, **changes: object) -> Settings:
    values: dict[str, object] = {
        "github_app_id": 42,
        "github_private_key": PEM,
        "github_webhook_secret": SECRET,
        "mas_data_dir": tmp_path,
        "mas_embedder": "none",
    }
    return Settings(_env_file=None, **{**values, **changes})  # type: ignore[arg-type]


async def test_doctor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    checks = Checks()
    await add_settings_checks(checks, tmp_path)
    add_folder_checks(checks, monkeypatch, tmp_path)
    await add_git_checks(checks, monkeypatch, tmp_path)
    add_scanner_checks(checks, monkeypatch)
    add_embedder_checks(checks, tmp_path)
    await add_port_checks(checks, tmp_path)
    await add_store_checks(checks, tmp_path)
    await add_github_checks(checks, monkeypatch, tmp_path)

    stream = io.StringIO()
    show(checks.results, Console(file=stream, width=1000))
    text = re.sub(r"\d+\.\d GiB free", "N GiB free", stream.getvalue().replace(str(tmp_path), "/data"))
    text = re.sub(r"SQLite [\d.]+", "SQLite N", re.sub(r"git version [\d.]+", "git version N", text))
    assert_snapshot("cli/doctor.txt", re.sub(r"\b\d{5} on", "8000 on", text))


async def add_settings_checks(checks: Checks, tmp_path: Path) -> None:
    checks.add(*await diagnosis.diagnose(SettingsError(("PORT is invalid. Set it to a port from 1 to 65535.",))))
    checks.add(*diagnosis._settings(local_settings(tmp_path)))
    checks.add(*diagnosis._settings(local_settings(tmp_path, github_webhook_secret=f"{SECRET},{SECRET}-new")))
    (tmp_path / "bot.env").touch(mode=0o644)
    checks.add(*diagnosis._secret_files(tmp_path / "bot.env"))


def add_folder_checks(checks: Checks, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    checks.add(*machine.data_folder(tmp_path), *machine.data_folder(tmp_path / "missing"))
    for limit in ("_LOW_SPACE_BYTES", "_MIN_SPACE_BYTES"):
        monkeypatch.setattr(machine, limit, 1 << 80)
        checks.add(*machine.data_folder(tmp_path))
    monkeypatch.undo()
    tmp_path.chmod(0o755)
    checks.add(machine.data_folder(tmp_path)[-1])


async def add_git_checks(checks: Checks, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    checks.add(await machine.git())
    for output in ("git version 2.20.1", "gut"):
        program = tmp_path / "bin" / "git"
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!{sys.executable}\nprint({output!r})\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(program.parent))
        checks.add(await machine.git())
    monkeypatch.setenv("PATH", str(tmp_path / "missing"))
    checks.add(await machine.git())
    monkeypatch.undo()


def add_scanner_checks(checks: Checks, monkeypatch: pytest.MonkeyPatch) -> None:
    bandit = SimpleNamespace(name="bandit", extra=None)
    checkov = SimpleNamespace(name="checkov", extra="iac")
    found = InstalledScanner(("bandit",), "1.9.1")
    for installed in ({"bandit": found, "checkov": found}, {"bandit": found}, {"checkov": found}, {}):
        monkeypatch.setattr(
            machine, "locate", lambda scanner, _, here=installed: here.get(scanner.name, "it is not installed")
        )
        checks.add(machine.scanners([bandit, checkov], {}))  # type: ignore[list-item]
    monkeypatch.undo()


def add_embedder_checks(checks: Checks, tmp_path: Path) -> None:
    empty = tmp_path / "weights"
    empty.mkdir()
    for changes in (
        {"mas_embedder": "none"},
        {"mas_embedder": "minilm", "mas_embedder_weights": empty},
        {"mas_embedder": "", "mas_embedder_weights": empty},
        {"mas_embedder": "openai"},
        {"mas_embedder": "openai", "openai_api_key": SECRET},
    ):
        checks.add(machine.embedder(local_settings(tmp_path, **changes)))


async def add_port_checks(checks: Checks, tmp_path: Path) -> None:
    async def health(_: web.Request) -> web.Response:
        return web.Response(text="ok")

    checks.add(await machine.port(local_settings(tmp_path, port=0)))
    checks.add(await machine.port(local_settings(tmp_path, host="192.0.2.1")))
    bot = web.Application()
    bot.router.add_get("/health", health)
    for server_app in (web.Application(), bot):
        async with TestServer(server_app) as server:
            checks.add(await machine.port(local_settings(tmp_path, port=server.port)))


async def add_store_checks(checks: Checks, tmp_path: Path) -> None:
    (tmp_path / "novel.db").write_text("It was a dark and stormy night. " * 100)
    for url in (f"sqlite:///{tmp_path}/mas.db", f"sqlite:///{tmp_path}/novel.db", "sqlite:////dev/null/mas.db"):
        checks.add(stores.database(local_settings(tmp_path, database_url=url)))
    checks.add(*await stores.cache(local_settings(tmp_path, redis_url="redis://127.0.0.1:9/0")))


async def add_github_checks(checks: Checks, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    manifest = load_manifest()
    complete = {
        "name": "our-docs",
        "html_url": "https://github.com/apps/our-docs",
        "permissions": manifest.default_permissions,
        "events": manifest.default_events,
        "installations_count": 3,
    }
    lacking = {**complete, "permissions": {"metadata": "read"}, "events": ["push"], "installations_count": 0}
    answers: list[object] = [complete, lacking, {"hello": "world"}]
    answers += [Unauthorised("github.com rejected the App's key."), RemoteError("github.com does not respond.")]
    for answer in answers:

        async def rest(*_: object, result: object = answer) -> object:
            if isinstance(result, Exception):
                raise result
            return result

        monkeypatch.setattr(github.GitHubApp, "rest", rest)
        checks.add(*await github.app(local_settings(tmp_path)))


# ------------------------------------------------------------------ commands


def test_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    plain_terminal(monkeypatch)
    Path("bot.env").write_text(f"MAS_DATA_DIR={tmp_path}/data\n")
    Path("new.env").write_text(f"MAS_DATA_DIR={tmp_path}/new\n")
    Path("valid.yml").write_text("docs:\n  exclude: [old/**]\n")
    Path("file").touch()
    deployment = "audit record-deployment --environment production --deployment-id 7 --version 1 --commit c --deployer"
    lines = []
    for command in (
        "migrate", "failed", "retry 1", "backup backups", "backup file", "backup s3://b", "backup s3://bucket/mas",
        "restore file", "restore file --env-file new.env", "restore missing.backup --env-file new.env",
        "restore s3://bucket", f"{deployment} maria", f"{deployment} paul", "audit verify",
        "audit verify --against bot.env", "audit export --output log.jsonl", "config check missing.yml",
        "config check valid.yml", "check nowhere", "preview --json --patch", "review --json --sarif", "search",
        "search x --kind song", "search x --queries file", "store migrate --from sqlite:///a.db --to sqlite:///a.db",
        "preview missing", "index missing",
    ):  # fmt: skip
        own_settings = command.startswith(("migrate", "failed", "retry", "backup", "restore", "audit"))
        arguments = [
            *command.split(),
            *(["--env-file", "bot.env"] if own_settings and "--env-file" not in command else []),
        ]
        result = CliRunner().invoke(app, arguments)
        error = result.exception
        message = "" if isinstance(error, SystemExit | None) else f"{error}\n"
        code = 2 if isinstance(error, UserError | RemoteError) else result.exit_code
        lines += [f"$ mas {command}\n{result.output.lstrip()}{message}[exit code {code}]\n"]
    text = "\n".join(lines).replace(str(tmp_path), "/work")
    for pattern, name in (
        (r"mas-\d{8}T\d{6}Z", "mas-20260131T020000Z"), (r"\(\d+ bytes", "(N bytes"), (r"hash [0-9a-f]{64}", "hash H"),
    ):  # fmt: skip
        text = re.sub(pattern, name, text)
    assert_snapshot("cli/commands.txt", text)


# ------------------------------------------------------------------ API


async def test_api_problems(tmp_path: Path) -> None:
    token, scoped = "a" * 32, "b" * 32
    lines: list[str] = []
    for tokens in (f"{token}=*;{scoped}=octo/docs", ""):
        application = web.Application(middlewares=[metrics_middleware(Metrics())])
        access = Access(parse_tokens(tokens))
        catalog = SimpleNamespace(list_all=no_indexes)
        search = SimpleNamespace(index_catalog=catalog)
        application.add_routes(search_routes(search, access, "https://github.com"))  # type: ignore[arg-type]
        application.add_routes([web.get("/api/all", access.require_token(fail(None), all_repositories=True))])
        application.add_routes([web.get("/api/broken", access.require_token(fail(ZeroDivisionError())))])
        async with TestClient(TestServer(application)) as client:
            for request in API_REQUESTS if tokens else API_REQUESTS[:1]:
                lines += await describe_response(client, token, scoped, *request)
    assert_snapshot("api/problems.txt", "\n".join(lines))


API_REQUESTS: list[tuple[str, str, str, object]] = [
    ("GET", "/api/all", "proxied", None),
    ("GET", "/api/all", "scoped", None),
    ("GET", "/api/broken", "token", None),
    ("GET", "/api/missing", "token", None),
    ("DELETE", "/api/docs/search", "token", None),
    ("GET", "/api/docs/search?repo=octo/other", "token", None),
    ("GET", "/api/docs/search?limit=900", "token", None),
    ("GET", "/api/docs/search?page=x", "token", None),
    ("GET", "/api/docs/search?kind=song", "token", None),
    ("GET", f"/api/docs/search?{'&'.join(['path=x'] * 11)}", "token", None),
    ("GET", f"/api/docs/search?q={'x' * 501}", "token", None),
    ("POST", "/api/docs/ask", "token", "no JSON"),
    ("POST", "/api/docs/ask", "token", "[]"),
    ("POST", "/api/docs/ask", "token", "{}"),
    ("POST", "/api/docs/ask", "token", '{"question": "x", "repo": 7}'),
]


async def no_indexes() -> list[object]:
    return []


def fail(error: Exception | None) -> Callable[[web.Request], Any]:
    async def handle(_request: web.Request) -> web.Response:
        raise error or AssertionError("must not be reached")

    return handle


async def describe_response(
    client: TestClient[web.Request, web.Application],
    token: str,
    scoped: str,
    method: str,
    path: str,
    who: str,
    body: Any,
) -> list[str]:
    """Return a request and its problem as lines."""
    headers = {
        "proxied": {"X-Forwarded-For": "192.0.2.7"},
        "token": {"Authorization": f"Bearer {token}"},
        "scoped": {"Authorization": f"Bearer {scoped}"},
    }[who]
    async with client.request(method, path, headers=headers, data=body) as response:
        problem = json.loads(await response.text())
    shown = f"{path[:60]}…" if len(path) > 60 else path
    request = f"$ {method} {shown}{f' {body}' if body else ''} ({who})"
    return [request, f"{problem['status']} {problem['title']}: {problem['detail']}", ""]


def test_openapi_descriptions() -> None:
    lines = [DOCUMENT["info"]["description"], ""]
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            lines += [f"{method.upper()} {path}: {operation['summary']}"]
            lines += [f"  {each['name']}: {each['description']}" for each in operation.get("parameters", [])]
            lines += [f"  {status}: {each['description']}" for status, each in operation["responses"].items()]
            lines += [""]
    assert_snapshot("api/openapi.txt", "\n".join(lines))


def test_metric_descriptions() -> None:
    families = Metrics().as_json()
    lines = [f"{family['name']}: {family['help']}" for family in families if family["name"].startswith("mas_")]
    assert_snapshot("api/metrics.txt", "\n".join(lines))


# ------------------------------------------------------------------ set-up page


class VisibleText(HTMLParser):
    """Collects the visible text of a page, one line per element."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._hidden = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden = tag == "style"
        if tag in ("h1", "p", "label", "li", "button", "dt", "a", "footer", "title"):
            self.lines.append("")

    def handle_data(self, data: str) -> None:
        if not self._hidden and data.strip():
            self.lines[-1:] = [f"{self.lines[-1] if self.lines else ''} {' '.join(data.split())}"]


async def test_set_up_page(tmp_path: Path) -> None:
    page = setup.SetupPage(GitHubUrls("https://api.github.com"), tmp_path / ".env")
    invalid = setup.RegistrationForm("", "not a name", "http://x")
    valid = setup.RegistrationForm("our docs", "octo", "https://mas.example.com/webhook")
    registered = SimpleNamespace(slug="our-docs")
    errors = {**invalid.errors(local=False), "overwrite": "Select this checkbox to continue."}
    pages = [
        page._render("form", form=page._submission, errors={}, configured=False),
        page._render("form", form=invalid, errors=errors, configured=True),
        page._render("review", form=valid, app=load_manifest(), target="x", manifest="{}"),
        page._render("registered", app=registered, link="x"),
        page._render("error", message="GitHub rejected the code: it is unknown or expired. Run `mas setup` again."),
    ]
    texts = []
    for response in pages:
        reader = VisibleText()
        reader.feed(str(response.text))
        texts.append("\n".join(line.strip() for line in reader.lines if line.strip()))
    assert_snapshot("pages/setup.txt", "\n\n---\n\n".join(texts))
