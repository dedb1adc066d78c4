"""Checks of the database, the store and the shared cache."""

from __future__ import annotations

import sqlalchemy as sa

from bot.cache.factory import create_redis_cache
from bot.errors import UserError
from bot.ops.doctor.check import CheckResult
from bot.settings.model import Settings
from bot.stores.database import connect, describe_database
from bot.stores.factory import create_store


def database(settings: Settings) -> CheckResult:
    """Check the database of deliveries and jobs."""
    hint = "Check DATABASE_URL, and that the database is running."
    try:
        engine = connect(settings.database_url.get_secret_value())
    except UserError as error:
        return CheckResult("database", "wrong", error.message, error.hint)
    except OSError as error:
        return CheckResult("database", "wrong", f"{error.filename}: {error.strerror}", hint)
    try:
        return CheckResult("database", "ok", describe_database(engine))
    except sa.exc.DBAPIError as error:
        return CheckResult("database", "wrong", str(error.orig).strip(), hint)
    finally:
        engine.dispose()


async def store(settings: Settings) -> list[CheckResult]:
    """Check the store, if it is not the database."""
    url = settings.store_url.get_secret_value()
    if url == settings.database_url.get_secret_value():
        return []
    try:
        store = create_store(url)
        try:
            return [CheckResult("store", "ok", await store.describe())]
        finally:
            await store.close()
    except UserError as error:
        return [CheckResult("store", "wrong", error.message, error.hint)]


async def cache(settings: Settings) -> list[CheckResult]:
    """Check the shared cache, if configured. Only a note: the bot works without it."""
    url = settings.redis_url.get_secret_value()
    if not url:
        return []
    try:
        cache = create_redis_cache(url, settings.github_private_key.get_secret_value())
    except UserError as error:
        return [CheckResult("cache", "wrong", error.message, error.hint)]
    try:
        return [CheckResult("cache", "ok", await cache.describe())]
    except UserError as error:
        return [CheckResult("cache", "note", f"{error.message} Each process uses a local cache instead.", error.hint)]
    finally:
        await cache.close()
