"""Checks of this machine: data folder, git, scanners, embedder and port."""

from __future__ import annotations

import asyncio
import errno
import os
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
"""The first version of git with `cat-file --batch-command`."""

_LOW_SPACE_BYTES, _MIN_SPACE_BYTES = 1 << 30, 100 << 20  # free space in the data folder
_EXTRAS_HINT = "These scanners are optional. docs/security-review.md describes how to install them."


def data_folder(folder: Path) -> list[CheckResult]:
    """Check that the data folder is writable, has free space, and is private."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            free = shutil.disk_usage(folder).free
            shared = folder.stat().st_mode & 0o077
    except OSError as error:
        hint = "Set MAS_DATA_DIR to a folder that this user can write to."
        return [CheckResult("data folder", "wrong", f"{folder}: {error.strerror}", hint)]
    message = f"{folder}, {free / (1 << 30):.1f} GiB free"
    if free < _LOW_SPACE_BYTES:
        state: Literal["wrong", "note"] = "wrong" if free < _MIN_SPACE_BYTES else "note"
        hint = "Repository mirrors need more space. Free some, or move the folder with MAS_DATA_DIR."
        checks = [CheckResult("data folder", state, message, hint)]
    else:
        checks = [CheckResult("data folder", "ok", message)]
    if shared:
        checks.append(CheckResult("data folder", "note", "other users can read it", f"Run: chmod 700 {folder}"))
    return checks


async def git() -> CheckResult:
    """Check that git is installed and recent enough."""
    hint = f"Install git {MIN_GIT_VERSION[0]}.{MIN_GIT_VERSION[1]} or newer."
    try:
        process = await asyncio.create_subprocess_exec("git", "--version", stdout=asyncio.subprocess.PIPE)
    except OSError:
        return CheckResult("git", "wrong", "not found", hint)
    output = (await process.communicate())[0].decode(errors="replace").strip()
    version = re.search(r"(\d+)\.(\d+)", output)
    if not version:
        return CheckResult("git", "wrong", f"`git --version` printed: {output[:80]}", hint)
    if (int(version[1]), int(version[2])) < MIN_GIT_VERSION:
        return CheckResult("git", "wrong", f"{output} is too old", hint)
    return CheckResult("git", "ok", output)


def scanners(scanners: Iterable[Scanner], environment: Mapping[str, str]) -> CheckResult:
    """Check which scanners are installed. Only a note: a security review lists missing scanners itself."""
    found, missing, optional = [], [], []
    for scanner in scanners:
        installed = locate(scanner, environment)
        if isinstance(installed, InstalledScanner):
            found.append(f"{scanner.name} {installed.version}".strip())
        elif scanner.extra:
            optional.append(f"{scanner.name} ({installed})")
        else:
            missing.append(scanner.name)
    message = ", ".join(found)
    if missing:
        message = f"missing: {', '.join(missing)}; found: {message or 'none'}"
        return CheckResult("scanners", "note", message, "Install them: pip install 'mas-docs-bot[scanners]'")
    if optional:
        return CheckResult("scanners", "ok", f"{message}; not used: {', '.join(optional)}", _EXTRAS_HINT)
    return CheckResult("scanners", "ok", message)


def embedder(settings: Settings) -> CheckResult:
    """Check that the embedder opens as it does in the bot. Sends no request to a provider, because requests cost."""
    embedder = select_embedder(settings.embedder_environment)
    if embedder is None:
        return CheckResult("embedder", "ok", "disabled by MAS_EMBEDDER=none; search uses keywords only")
    try:
        # By name: the default embedder falls back silently, and its error is wanted here.
        with open_embedder(settings.embedder_environment | {"MAS_EMBEDDER": embedder.name}, settings.mas_data_dir):
            message = f"{embedder.name}: {embedder.model}, {embedder.dimensions} dimensions"
            paid = embedder.dollars_per_million_tokens
            return CheckResult("embedder", "ok", f"{message}; the API key was not tested" if paid else message)
    except UserError as error:
        if settings.mas_embedder:
            return CheckResult("embedder", "wrong", f"cannot open {embedder.name}: {error.message}", error.hint)
        message = f"cannot open {embedder.name}, the default, so search uses keywords only: {error.message}"
        return CheckResult("embedder", "note", message, error.hint)
    except OSError as error:
        hint = "Check that MAS_DATA_DIR is writable and has free space, and that the files of the model are readable."
        return CheckResult("embedder", "wrong", f"cannot open {embedder.name}: {error}", hint)


async def port(settings: Settings) -> CheckResult:
    """Check that the bot can listen on its port, or already does."""
    host, port = settings.host, settings.port
    address = f"{port} on {host}"
    try:
        server = await asyncio.get_running_loop().create_server(asyncio.Protocol, host, port)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            hint = "Set HOST and PORT to an address of this machine."
            return CheckResult("port", "wrong", f"{address}: {_reason(error)}", hint)
        if await _is_serving(f"http://{host}:{port}/health"):
            return CheckResult("port", "ok", f"{address} is served by a running bot")
        hint = "Stop that program, or set PORT to another port."
        return CheckResult("port", "wrong", f"{address} is in use by another program", hint)
    server.close()
    await server.wait_closed()
    return CheckResult("port", "ok", f"{address} is free")


def _reason(error: OSError) -> str:
    """Return the system's message: that of asyncio repeats the address."""
    return os.strerror(error.errno) if error.errno and error.errno > 0 else str(error.strerror)


async def _is_serving(url: str) -> bool:
    timeout = aiohttp.ClientTimeout(total=5)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url) as response:
            return response.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False
