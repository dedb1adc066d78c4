"""Create the configured cache."""

from __future__ import annotations

from bot.cache.memory import MemoryCache
from bot.cache.protocol import Cache, SharedCache
from bot.errors import UserError


def create_cache(redis_url: str, private_key: str) -> Cache:
    """Return a Redis cache, or an in-process cache without a URL. Raises what `create_redis_cache` raises."""
    return create_redis_cache(redis_url, private_key) if redis_url else MemoryCache()


def create_redis_cache(redis_url: str, private_key: str) -> SharedCache:
    """Return a Redis cache.

    Args:
        private_key: the App's private key; entries are encrypted with a key derived from it.

    Raises:
        UserError: the Redis client is not installed, or the URL is invalid.
    """
    try:
        from bot.cache.redis import RedisCache
    except ModuleNotFoundError as error:
        if str(error.name).partition(".")[0] != "redis":
            raise
        install = "Install it: pip install 'mas-docs-bot[redis]'."
        raise UserError("REDIS_URL is set, but the Redis client is not installed.", install) from error
    return RedisCache(redis_url, private_key)
