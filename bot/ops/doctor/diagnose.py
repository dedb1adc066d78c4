"""`mas doctor`: looks at a set-up and says what is missing, a line a check, each with its remedy.

It looks only: it writes a temporary file in the data folder and, where they are not there yet, an empty SQLite file and
the embedded model.
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
    """Look at everything that `mas serve` needs; the order is that of the remedies.

    Args:
        settings: as loaded, or why they do not load.
        env_file: where they came from, if it is there.
    """
    if isinstance(settings, SettingsError):
        return [
            *(CheckResult("settings", "wrong", problem) for problem in settings.problems),
            await machine.git(),
            CheckResult("the rest", "note", "is looked at once the settings are right", settings.hint),
        ]
    folder = machine.data_folder(settings.mas_data_dir)  # before anything is made in it
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
    changing = CheckResult(
        "webhook secret", "note", f"{secrets} are taken", "Take the old one out once GitHub signs with the new one."
    )
    return [
        CheckResult("settings", "ok", f"complete, for App {settings.github_app_id}; the private key is an RSA key"),
        changing if secrets > 1 else CheckResult("webhook secret", "ok", "set"),
    ]


def _secret_files(*files: Path | None) -> list[CheckResult]:
    return [
        CheckResult("secrets", "note", f"other users can read {file}", f"chmod 600 {file}")
        for file in files
        if file and file.exists() and file.stat().st_mode & 0o077
    ]
