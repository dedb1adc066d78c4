"""What this machine has: room in the data folder, git, the scanners, an embedder, a free port."""

from __future__ import annotations

import asyncio
import errno
import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

import aiohttp

from bot.agents.security_review.scanners import Scanner
from bot.analysis.scanner_lookup import InstalledScanner, locate
from bot.errors import UserError
from bot.ops.doctor.check import CheckResult
from bot.search.embedders.factory import open_embedder, select_embedder
from bot.settings.model import Settings

MIN_GIT_VERSION = (2, 36)
"""The oldest git that will do: `cat-file --batch-command` came with it."""

_LOW_SPACE_BYTES, _MIN_SPACE_BYTES = 1 << 30, 100 << 20  # bytes free in the data folder
_EXTRAS_HINT = "They are extras: docs/security-review.md says how to add one."


def data_folder(folder: Path) -> list[CheckResult]:
    """Whether it can be written and has room, and whether others can read it."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            free = shutil.disk_usage(folder).free
            shared = folder.stat().st_mode & 0o077
    except OSError as error:
        return [
            CheckResult("data folder", "wrong", f"{folder}: {error.strerror}", "Let MAS_DATA_DIR be a folder of yours.")
        ]
    said = f"{folder}, {free / (1 << 30):.1f} GiB free"
    if free < _LOW_SPACE_BYTES:
        state: Literal["wrong", "note"] = "wrong" if free < _MIN_SPACE_BYTES else "note"
        checks = [CheckResult("data folder", state, said, "Mirrors of repositories need room: free some, or move it.")]
    else:
        checks = [CheckResult("data folder", "ok", said)]
    if shared:
        checks.append(CheckResult("data folder", "note", "other users can look into it", f"chmod 700 {folder}"))
    return checks


async def git() -> CheckResult:
    """Whether it is there and new enough."""
    lacking = f"Install git {MIN_GIT_VERSION[0]}.{MIN_GIT_VERSION[1]} or newer."
    try:
        process = await asyncio.create_subprocess_exec("git", "--version", stdout=asyncio.subprocess.PIPE)
    except OSError:
        return CheckResult("git", "wrong", "not found", lacking)
    said = (await process.communicate())[0].decode(errors="replace").strip()
    version = re.search(r"(\d+)\.(\d+)", said)
    if not version:
        return CheckResult("git", "wrong", f"`git --version` said: {said[:80]}", lacking)
    if (int(version[1]), int(version[2])) < MIN_GIT_VERSION:
        return CheckResult("git", "wrong", f"{said} is too old", lacking)
    return CheckResult("git", "ok", said)


def scanners(scanners: Iterable[Scanner], environment: Mapping[str, str]) -> CheckResult:
    """Which scanners there are for security reviews; a review without one that comes with MAS says so itself."""
    there, gaps, apart = [], [], []
    for scanner in scanners:
        installed = locate(scanner, environment)
        if isinstance(installed, InstalledScanner):
            there.append(f"{scanner.name} {installed.version}".strip())
        elif scanner.extra:
            apart.append(f"{scanner.name} ({installed})")
        else:
            gaps.append(scanner.name)
    said = ", ".join(there)
    if gaps:
        missing = f"no {', '.join(gaps)}; there are {said or 'none'}"
        return CheckResult("scanners", "note", missing, "pip install 'mas-docs-bot[scanners]'")
    if apart:
        return CheckResult("scanners", "ok", f"{said}; not used: {', '.join(apart)}", _EXTRAS_HINT)
    return CheckResult("scanners", "ok", said)


def embedder(settings: Settings) -> CheckResult:
    """What makes the index's vectors, opened as the bot opens it; no provider is asked, for each answer costs."""
    embedder = select_embedder(settings.embedder_environment)
    if embedder is None:
        return CheckResult("embedder", "ok", "none, as MAS_EMBEDDER says: words alone are searched")
    try:
        # By its name: what the operator did not name may be missing, and its remedy is to be told all the same.
        with open_embedder(settings.embedder_environment | {"MAS_EMBEDDER": embedder.name}, settings.mas_data_dir):
            said = f"{embedder.name}: {embedder.model}, {embedder.dimensions} dimensions"
            return CheckResult(
                "embedder", "ok", f"{said}; its provider was not asked" if embedder.dollars_per_million_tokens else said
            )
    except UserError as error:
        if settings.mas_embedder:
            return CheckResult("embedder", "wrong", f"{embedder.name} does not open: {error.message}", error.hint)
        said = f"none is named, and {embedder.name} does not open, so words alone are searched: {error.message}"
        return CheckResult("embedder", "note", said, error.hint)
    except OSError as error:
        remedy = "See that its files can be read and MAS_DATA_DIR be written, and that there is room."
        return CheckResult("embedder", "wrong", f"{embedder.name} does not open: {error}", remedy)


async def port(settings: Settings) -> CheckResult:
    """Whether the bot can listen, or does so already."""
    host, port = settings.host, settings.port
    where = f"{port} at {host}"
    try:
        server = await asyncio.get_running_loop().create_server(asyncio.Protocol, host, port)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            return CheckResult(
                "port", "wrong", f"{where}: {error.strerror}", "Set HOST and PORT to an address of this machine."
            )
        if await _is_serving(f"http://{host}:{port}/health"):
            return CheckResult("port", "ok", f"a bot serves {where}")
        return CheckResult("port", "wrong", f"{where} is taken by another program", "Stop it, or set PORT.")
    server.close()
    await server.wait_closed()
    return CheckResult("port", "ok", f"{where} is free")


async def _is_serving(url: str) -> bool:
    timeout = aiohttp.ClientTimeout(total=5)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url) as response:
            return response.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False
