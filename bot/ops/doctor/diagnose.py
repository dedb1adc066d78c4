"""`mas doctor`: check the set-up.

Writes only a temporary file in the data folder and, if missing, an empty SQLite file and the embedded model.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.agents.security_review.scanners import SCANNERS
from bot.ops.doctor import github, machine, stores
from bot.ops.doctor.check import CheckResult, show
from bot.settings.model import Settings, SettingsError

__all__ = ["CheckResult", "diagnose", "show"]


async def diagnose(settings: Settings | SettingsError, env_file: Path = Path(".env")) -> list[CheckResult]:
    """Check everything that `mas serve` needs, in the order in which to fix problems.

    Args:
        settings: the settings, or the error from loading them.
        env_file: the file that they were loaded from; it may not exist.
    """
    if isinstance(settings, SettingsError):
        return [
            *(CheckResult("settings", "wrong", problem) for problem in settings.problems),
            await machine.git(),
            CheckResult("other checks", "note", "skipped until the settings are valid", settings.hint),
        ]
    folder = machine.data_folder(settings.mas_data_dir)  # before other checks write into it
    git, embedder = await asyncio.gather(machine.git(), asyncio.to_thread(machine.embedder, settings))
    database, store, cache, app, port = await asyncio.gather(
        asyncio.to_thread(stores.database, settings),
        stores.store(settings),
        stores.cache(settings),
        github.app(settings),
        machine.port(settings),
    )
    return [
        *_settings(settings),
        *_secret_files(env_file, settings.github_private_key_file),
        *folder,
        git,
        machine.scanners(SCANNERS, settings.scanner_environment),
        embedder,
        database,
        *store,
        *cache,
        *app,
        port,
    ]


def _settings(settings: Settings) -> list[CheckResult]:
    secrets = len(settings.github_webhook_secret)
    rotation = CheckResult(
        "webhook secret",
        "note",
        f"{secrets} secrets are accepted",
        "Remove the old one from GITHUB_WEBHOOK_SECRET once GitHub signs with the new one.",
    )
    return [
        CheckResult("settings", "ok", f"complete, for App {settings.github_app_id}; the private key is an RSA key"),
        rotation if secrets > 1 else CheckResult("webhook secret", "ok", "set"),
    ]


def _secret_files(*files: Path | None) -> list[CheckResult]:
    return [
        CheckResult("secrets", "note", f"other users can read {file}", f"Run: chmod 600 {file}")
        for file in files
        if file and file.exists() and file.stat().st_mode & 0o077
    ]
