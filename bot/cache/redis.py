"""The shared cache in Redis or Valkey, for the processes of one App.

Losing the server costs speed only: a failed request is a miss, and each process has a local cache in front of it.
The server is not trusted: values are encrypted and bound to their key, names are keyed hashes, and only the ids of
installations and repositories are readable.
"""

from __future__ import annotations

import hmac
import logging
import os
import struct
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from bot.cache.memory import MemoryCache
from bot.domain import Tenant
from bot.errors import UserError

T = TypeVar("T")

_log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 0.5
"""Timeout of a request to Redis."""
_RETRY_AFTER_SECONDS = 5.0  # pause after a failed request
_NONCE_BYTES = 12
_EXPIRY = struct.Struct("!d")


class RedisCache:
    """`Cache` in Redis, behind an in-process cache.

    Args:
        url: `redis://…`, `rediss://…` or `unix://…`.
        private_key: the App's private key (PEM). Processes with the same key can read each other's values.

    Raises:
        UserError: the URL is invalid.
    """

    def __init__(self, url: str, private_key: str) -> None:
        try:
            self._redis = Redis.from_url(
                url, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS, retry=Retry(NoBackoff(), 1)
            )
        except ValueError:  # omit its message: it may contain the password
            raise UserError(
                "REDIS_URL is not a valid Redis URL.", "Use redis://:PASSWORD@HOST:6379/0, or rediss://… for TLS."
            ) from None
        self._local = MemoryCache()
        secret = _derive_key(private_key)
        self._cipher, self._name_key = AESGCM(secret[:32]), secret[32:]
        self._namespace = self._hash("space")[:8]  # separates Apps that share a server
        self._unavailable_until = float("-inf")

    async def get(self, tenant: Tenant, name: str, *, allow_local: bool = True) -> bytes | None:
        """See `Cache.get`."""
        known = await self._local.get(tenant, name)
        if known is not None and allow_local:
            return known
        key = self._key(tenant, name)
        sealed: Any = await self._call(lambda redis: redis.get(key))  # bytes, because response decoding is off
        opened = self._decrypt(key, sealed) if sealed else None
        if opened is None:
            return known
        seconds, value = opened
        await self._local.store(tenant, name, value, seconds)
        return value

    async def store(self, tenant: Tenant, name: str, value: bytes, ttl_seconds: float) -> None:
        """See `Cache.store`."""
        await self._local.store(tenant, name, value, ttl_seconds)
        if ttl_seconds >= 1:
            key, nonce = self._key(tenant, name), os.urandom(_NONCE_BYTES)
            plain = _EXPIRY.pack(time.time() + ttl_seconds) + value
            sealed = nonce + self._cipher.encrypt(nonce, plain, key.encode())
            await self._call(lambda redis: redis.set(key, sealed, ex=int(ttl_seconds)))

    async def increment(self, tenant: Tenant, name: str, window_seconds: float) -> int:
        """See `Cache.increment`. Also counts locally, in case Redis is unavailable."""
        local, key = await self._local.increment(tenant, name, window_seconds), self._key(tenant, name)

        async def increment_shared(redis: Redis) -> int:
            async with redis.pipeline() as pipeline:
                pipeline.set(key, 0, ex=int(window_seconds), nx=True)
                pipeline.incr(key)
                return int((await pipeline.execute())[1])

        return await self._call(increment_shared) or local

    async def clear(self, tenant: Tenant) -> None:
        """See `Cache.clear`. Entries of an unavailable server expire by themselves, within about an hour."""
        await self._local.clear(tenant)

        async def delete_keys(redis: Redis) -> bool:
            async for key in redis.scan_iter(match=f"{self._tenant_prefix(tenant)}*", count=1000):
                await redis.unlink(key)
            return True

        await self._call(delete_keys)

    async def close(self) -> None:
        """See `Cache.close`."""
        await self._redis.aclose()

    async def describe(self) -> str:
        """See `SharedCache.describe`."""
        try:
            server = await self._redis.info("server")
        except (RedisError, OSError, TimeoutError) as error:
            raise UserError(
                f"Redis does not respond ({type(error).__name__}).", "Check REDIS_URL, and that Redis is running."
            ) from error
        return f"{server.get('server_name', 'redis')} {server.get('valkey_version') or server['redis_version']}"

    async def _call(self, command: Callable[[Redis], Awaitable[T]]) -> T | None:
        """Return Redis's response, or None if it does not respond. After a failure, pause before the next request."""
        if time.monotonic() < self._unavailable_until:
            return None
        try:
            answer = await command(self._redis)
        except (RedisError, OSError, TimeoutError) as error:  # omit its message: it may contain the URL
            _log.warning("Redis does not respond (%s), using the local cache", type(error).__name__)
            self._unavailable_until = time.monotonic() + _RETRY_AFTER_SECONDS
            return None
        return answer

    def _decrypt(self, key: str, sealed: bytes) -> tuple[float, bytes] | None:
        """Return the remaining seconds of a value, and the value; None if it was not encrypted by us for this key."""
        try:
            plain = self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], key.encode())
        except (InvalidTag, ValueError):  # encrypted with an earlier or a foreign key
            return None
        seconds = _EXPIRY.unpack_from(plain)[0] - time.time()
        return (seconds, plain[_EXPIRY.size :]) if seconds > 0 else None

    def _key(self, tenant: Tenant, name: str) -> str:
        return self._tenant_prefix(tenant) + self._hash(name)

    def _tenant_prefix(self, tenant: Tenant) -> str:
        return f"mas:{self._namespace}:{tenant.installation_id}:{tenant.repository_id}:"

    def _hash(self, name: str) -> str:
        return hmac.digest(self._name_key, name.encode(errors="surrogatepass"), "sha256").hex()


def _derive_key(private_key: str) -> bytes:
    """Derive 64 bytes from the key, independent of its PEM encoding."""
    key = load_pem_private_key(private_key.encode(), password=None)
    plain = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return HKDF(SHA256(), 64, salt=None, info=b"mas cache").derive(plain)
