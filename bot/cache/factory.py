"""Open the cache that the settings name."""

from __future__ import annotations

from bot.cache.memory import MemoryCache
from bot.cache.protocol import Cache, SharedCache
from bot.errors import UserError


def create_cache(redis_url: str, private_key: str) -> Cache:
    """The cache of a Redis, or of this process where no URL is given. Raises as `create_redis_cache` does."""
    return create_redis_cache(redis_url, private_key) if redis_url else MemoryCache()


def create_redis_cache(redis_url: str, private_key: str) -> SharedCache:
    """The cache of a Redis.

    Args:
        private_key: of the App; what Redis is given is encrypted with a key derived from it.

    Raises:
        UserError: Redis's driver is not installed, or the URL is none of its.
    """
    try:
        from bot.cache.redis import RedisCache
    except ModuleNotFoundError as error:
        if str(error.name).partition(".")[0] != "redis":
            raise
        install = "Install it: pip install 'mas-docs-bot[redis]'."
        raise UserError("REDIS_URL is set, and Redis's driver is not installed.", install) from error
    return RedisCache(redis_url, private_key)
