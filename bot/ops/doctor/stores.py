"""Where the bot keeps what it knows: the database, a store beside it, a shared cache."""

from __future__ import annotations

import sqlalchemy as sa

from bot.cache.factory import shared_at
from bot.errors import UserError
from bot.ops.doctor.check import Check
from bot.settings.model import Settings
from bot.stores.database import connect, described
from bot.stores.factory import at


def database(settings: Settings) -> Check:
    """Where deliveries and jobs lie."""
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


async def store(settings: Settings) -> list[Check]:
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


async def cache(settings: Settings) -> list[Check]:
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
