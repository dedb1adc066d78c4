"""`mas doctor`: looks at a set-up and says what is missing, a line a check, each with its remedy.

It looks only: it writes a temporary file in the data folder and, where they are not there yet, an empty SQLite file and
the embedded model.
"""

from __future__ import annotations

import asyncio
import errno
import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import aiohttp
import sqlalchemy as sa
from pydantic import BaseModel, ValidationError
from rich.console import Console
from rich.text import Text

from bot.cache import shared_at
from bot.database import connect, described
from bot.embedders.choosing import asked, opened
from bot.errors import MasError, UserError
from bot.github import faults
from bot.github.client import GitHubApp
from bot.installed import Installed, find
from bot.manifest import declared
from bot.scanners import SCANNERS, Scanner
from bot.settings import Settings, SettingsError
from bot.stores.place import at

GIT = (2, 36)
"""The oldest git that will do: `cat-file --batch-command` came with it."""

_LITTLE, _TOO_LITTLE = 1 << 30, 100 << 20  # bytes free in the data folder
_MARKS = {"ok": ("✓", "green"), "wrong": ("✗", "bold red"), "note": ("!", "yellow")}


@dataclass(frozen=True, slots=True)
class Check:
    """What was found: `ok`, `wrong` (the bot will not work), or to `note`. The remedy is one sentence."""

    name: str
    state: Literal["ok", "wrong", "note"]
    said: str
    remedy: str = ""


async def diagnose(settings: Settings | SettingsError, env_file: Path = Path(".env")) -> list[Check]:
    """Look at everything that `mas serve` needs; the order is that of the remedies.

    Args:
        settings: as loaded, or why they do not load.
        env_file: where they came from, if it is there.
    """
    if isinstance(settings, SettingsError):
        return [
            *(Check("settings", "wrong", problem) for problem in settings.problems),
            await _git(),
            Check("the rest", "note", "is looked at once the settings are right", settings.remedy),
        ]
    folder = _data_folder(settings.mas_data_dir)  # before anything is made in it
    git, embedder = await asyncio.gather(_git(), asyncio.to_thread(_embedder, settings))
    database, store, cache, github, port = await asyncio.gather(
        asyncio.to_thread(_database, settings),
        _store(settings),
        _cache(settings),
        _github(settings),
        _port(settings),
    )
    return [
        *_settings(settings),
        *_secret_files(env_file, settings.github_private_key_file),
        *folder,
        git,
        _scanners(SCANNERS, settings.of_scanners),
        embedder,
        database,
        *store,
        *cache,
        *github,
        port,
    ]


def _scanners(scanners: Iterable[Scanner], given: Mapping[str, str]) -> Check:
    """Which scanners there are for security reviews; a review without one that comes with MAS says so itself."""
    there, gaps, apart, remedies = [], [], [], []
    for scanner in scanners:
        installed = find(scanner, given)
        if isinstance(installed, Installed):
            there.append(f"{scanner.name} {installed.version}".strip())
        elif scanner.extra:
            apart.append(f"{scanner.name} ({installed})")
        else:
            gaps.append(scanner.name)
            remedies.append(scanner.distribution)
    said = ", ".join(there)
    if gaps:
        missing = f"no {', '.join(gaps)}; there are {said or 'none'}"
        return Check("scanners", "note", missing, f"pip install {' '.join(remedies)}")
    if apart:
        return Check("scanners", "ok", f"{said}; not used: {', '.join(apart)}", _EXTRAS)
    return Check("scanners", "ok", said)


_EXTRAS = "They are extras: docs/security-review.md says how to add one."


def show(checks: Iterable[Check], console: Console) -> int:
    """Print the checks; returns the exit code, 1 when something is wrong."""
    code = 0
    for check in checks:
        mark, style = _MARKS[check.state]
        code |= check.state == "wrong"
        line = Text.assemble((f"{mark} ", style), (f"{check.name}: ", "bold"), _printable(check.said))
        console.print(line, soft_wrap=True)
        if check.remedy:
            console.print(Text(f"    {_printable(check.remedy)}", style="dim"), soft_wrap=True)
    return code


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)


def _settings(settings: Settings) -> list[Check]:
    secrets = len(settings.github_webhook_secret)
    changing = Check(
        "webhook secret", "note", f"{secrets} are taken", "Take the old one out once GitHub signs with the new one."
    )
    return [
        Check("settings", "ok", f"complete, for App {settings.github_app_id}; the private key is an RSA key"),
        changing if secrets > 1 else Check("webhook secret", "ok", "set"),
    ]


def _secret_files(*files: Path | None) -> list[Check]:
    return [
        Check("secrets", "note", f"other users can read {file}", f"chmod 600 {file}")
        for file in files
        if file and file.exists() and file.stat().st_mode & 0o077
    ]


def _data_folder(folder: Path) -> list[Check]:
    try:
        with tempfile.TemporaryFile(dir=folder):
            free = shutil.disk_usage(folder).free
            shared = folder.stat().st_mode & 0o077
    except OSError as error:
        return [Check("data folder", "wrong", f"{folder}: {error.strerror}", "Let MAS_DATA_DIR be a folder of yours.")]
    said = f"{folder}, {free / (1 << 30):.1f} GiB free"
    if free < _LITTLE:
        state: Literal["wrong", "note"] = "wrong" if free < _TOO_LITTLE else "note"
        checks = [Check("data folder", state, said, "Mirrors of repositories need room: free some, or move it.")]
    else:
        checks = [Check("data folder", "ok", said)]
    if shared:
        checks.append(Check("data folder", "note", "other users can look into it", f"chmod 700 {folder}"))
    return checks


async def _git() -> Check:
    lacking = f"Install git {GIT[0]}.{GIT[1]} or newer."
    try:
        process = await asyncio.create_subprocess_exec("git", "--version", stdout=asyncio.subprocess.PIPE)
    except OSError:
        return Check("git", "wrong", "not found", lacking)
    said = (await process.communicate())[0].decode(errors="replace").strip()
    version = re.search(r"(\d+)\.(\d+)", said)
    if not version:
        return Check("git", "wrong", f"`git --version` said: {said[:80]}", lacking)
    if (int(version[1]), int(version[2])) < GIT:
        return Check("git", "wrong", f"{said} is too old", lacking)
    return Check("git", "ok", said)


def _embedder(settings: Settings) -> Check:
    """What makes the index's vectors, opened as the bot opens it; no provider is asked, for each answer costs."""
    embedder = asked(settings.of_embedder)
    if embedder is None:
        return Check("embedder", "ok", "none, as MAS_EMBEDDER says: words alone are searched")
    try:
        # By its name: what the operator did not name may be missing, and its remedy is to be told all the same.
        with opened(settings.of_embedder | {"MAS_EMBEDDER": embedder.name}, settings.mas_data_dir):
            said = f"{embedder.name}: {embedder.model}, {embedder.dimensions} dimensions"
            return Check("embedder", "ok", f"{said}; its provider was not asked" if embedder.price else said)
    except UserError as error:
        if settings.mas_embedder:
            return Check("embedder", "wrong", f"{embedder.name} does not open: {error.message}", error.remedy)
        said = f"none is named, and {embedder.name} does not open, so words alone are searched: {error.message}"
        return Check("embedder", "note", said, error.remedy)
    except OSError as error:
        remedy = "See that its files can be read and MAS_DATA_DIR be written, and that there is room."
        return Check("embedder", "wrong", f"{embedder.name} does not open: {error}", remedy)


def _database(settings: Settings) -> Check:
    remedy = "Check DATABASE_URL, and that the database runs."
    try:
        engine = connect(settings.database_url.get_secret_value())
    except UserError as error:
        return Check("database", "wrong", error.message, error.remedy)
    except OSError as error:
        return Check("database", "wrong", f"{error.filename}: {error.strerror}", remedy)
    try:
        return Check("database", "ok", described(engine))
    except sa.exc.DBAPIError as error:
        return Check("database", "wrong", str(error.orig).strip(), remedy)
    finally:
        engine.dispose()


async def _store(settings: Settings) -> list[Check]:
    """Where the product's state lies, if that is not the database."""
    url = settings.store_url.get_secret_value()
    if url == settings.database_url.get_secret_value():
        return []
    try:
        store = at(url)
        try:
            return [Check("store", "ok", await store.about())]
        finally:
            await store.close()
    except UserError as error:
        return [Check("store", "wrong", error.message, error.remedy)]


async def _cache(settings: Settings) -> list[Check]:
    """The Redis, where one is set; without it the bot works on."""
    url = settings.redis_url.get_secret_value()
    if not url:
        return []
    try:
        cache = shared_at(url, settings.github_private_key.get_secret_value())
    except UserError as error:
        return [Check("cache", "wrong", error.message, error.remedy)]
    try:
        return [Check("cache", "ok", await cache.about())]
    except UserError as error:
        return [Check("cache", "note", f"{error.message} Each process works with its own.", error.remedy)]
    finally:
        await cache.close()


class _App(BaseModel):
    """GitHub's answer to `GET /app`, as far as it is looked at."""

    name: str
    html_url: str
    permissions: dict[str, str]
    events: list[str]
    installations_count: int


async def _github(settings: Settings) -> list[Check]:
    async def at_once(_seconds: float) -> None:
        """A person is waiting: what fails is tried again without a pause."""

    async with aiohttp.ClientSession() as session:
        app = GitHubApp(
            session,
            settings.github_api_url,
            str(settings.github_app_id),
            settings.github_private_key.get_secret_value(),
            sleep=at_once,
        )
        try:
            answer = _App.model_validate(await app.rest("GET", "/app"))
        except faults.Unauthorised as error:
            remedy = "See that GITHUB_APP_ID and the private key are the same App's, and that this clock is right."
            return [Check("GitHub", "wrong", str(error), remedy)]
        except MasError as error:
            return [Check("GitHub", "wrong", str(error), "Check GITHUB_API_URL, and that this machine reaches it.")]
        except ValidationError:
            return [Check("GitHub", "wrong", f"{settings.github_api_url} is no GitHub API", "Check GITHUB_API_URL.")]
    return [
        Check("GitHub", "ok", f"{settings.github_api_url} knows us as {answer.name}"),
        _grants("permissions", declared().lacking_permissions(answer.permissions), answer.html_url),
        _grants("events", declared().lacking_events(answer.events), answer.html_url),
        _installations(answer),
    ]


def _grants(name: str, lacking: Sequence[str], page: str) -> Check:
    if not lacking:
        return Check(name, "ok", "all that app.yml names")
    remedy = f"Grant it at {page} (App settings, Permissions & events), then accept it for each installation."
    return Check(name, "wrong", f"the App lacks {', '.join(lacking)}", remedy)


def _installations(app: _App) -> Check:
    if app.installations_count:
        return Check("installations", "ok", str(app.installations_count))
    return Check("installations", "note", "installed nowhere yet", f"Install it: {app.html_url}/installations/new")


async def _port(settings: Settings) -> Check:
    host, port = settings.host, settings.port
    where = f"{port} at {host}"
    try:
        server = await asyncio.get_running_loop().create_server(asyncio.Protocol, host, port)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            return Check(
                "port", "wrong", f"{where}: {error.strerror}", "Set HOST and PORT to an address of this machine."
            )
        if await _answers(f"http://{host}:{port}/health"):
            return Check("port", "ok", f"a bot serves {where}")
        return Check("port", "wrong", f"{where} is taken by another program", "Stop it, or set PORT.")
    server.close()
    await server.wait_closed()
    return Check("port", "ok", f"{where} is free")


async def _answers(url: str) -> bool:
    timeout = aiohttp.ClientTimeout(total=5)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url) as response:
            return response.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False
