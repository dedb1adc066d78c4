"""The cache in a Redis (or Valkey), which the processes of one App share.

Losing it slows and breaks nothing: what it does not answer is as if it were not kept, and each process has its own
cache before it. It is trusted with nothing: values are encrypted and bound to their place, names are keyed hashes,
and only numbers of installations and repositories can be read there.
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

from bot.cache.memory import ProcessCache
from bot.domain import Tenant
from bot.errors import UserError

T = TypeVar("T")

_log = logging.getLogger(__name__)

PATIENCE = 0.5
"""Seconds that a call waits for an answer of Redis."""
_RESPITE = 5.0  # seconds in which it is not asked again after it gave none
_NONCE = 12
_UNTIL = struct.Struct("!d")


class RedisCache:
    """`bot.cache.Cache` in a Redis, behind a cache in this process.

    Args:
        url: `redis://…`, `rediss://…` or `unix://…`.
        private_key: of the App, PEM; its processes have the same one, so that they read each other's values.

    Raises:
        UserError: the URL is none of Redis's.
    """

    def __init__(self, url: str, private_key: str) -> None:
        try:
            self._redis = Redis.from_url(
                url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=Retry(NoBackoff(), 1)
            )
        except ValueError:  # its words may hold the password
            raise UserError(
                "REDIS_URL is no URL of Redis.", "Use redis://:PASSWORD@HOST:6379/0, or rediss://."
            ) from None
        self._near = ProcessCache()
        secret = _derived(private_key)
        self._cipher, self._naming = AESGCM(secret[:32]), secret[32:]
        self._space = self._hash("space")[:8]  # two Apps in one Redis do not meet
        self._silent_until = float("-inf")

    async def get(self, tenant: Tenant, name: str, *, near: bool = True) -> bytes | None:
        """See `Cache.get`."""
        known = await self._near.get(tenant, name)
        if known is not None and near:
            return known
        key = self._key(tenant, name)
        sealed: Any = await self._ask(lambda redis: redis.get(key))  # bytes, since decoding is not asked for
        opened = self._opened(key, sealed) if sealed else None
        if opened is None:
            return known
        seconds, value = opened
        await self._near.put(tenant, name, value, seconds)
        return value

    async def put(self, tenant: Tenant, name: str, value: bytes, seconds: float) -> None:
        """See `Cache.put`."""
        await self._near.put(tenant, name, value, seconds)
        if seconds >= 1:
            key, nonce = self._key(tenant, name), os.urandom(_NONCE)
            plain = _UNTIL.pack(time.time() + seconds) + value
            sealed = nonce + self._cipher.encrypt(nonce, plain, key.encode())
            await self._ask(lambda redis: redis.set(key, sealed, ex=int(seconds)))

    async def count(self, tenant: Tenant, name: str, seconds: float) -> int:
        """See `Cache.count`; counted here too, for the time that Redis is away."""
        near, key = await self._near.count(tenant, name, seconds), self._key(tenant, name)

        async def counted(redis: Redis) -> int:
            async with redis.pipeline() as pipeline:
                pipeline.set(key, 0, ex=int(seconds), nx=True)
                pipeline.incr(key)
                return int((await pipeline.execute())[1])

        return await self._ask(counted) or near

    async def forget(self, tenant: Tenant) -> None:
        """See `Cache.forget`; what a Redis keeps that is away just now ends by its own time, within about an hour."""
        await self._near.forget(tenant)

        async def forgotten(redis: Redis) -> bool:
            async for key in redis.scan_iter(match=f"{self._place(tenant)}*", count=1000):
                await redis.unlink(key)
            return True

        await self._ask(forgotten)

    async def close(self) -> None:
        """See `Cache.close`."""
        await self._redis.aclose()

    async def about(self) -> str:
        """See `bot.cache.SharedCache.about`."""
        try:
            server = await self._redis.info("server")
        except (RedisError, OSError, TimeoutError) as error:
            raise UserError(f"Redis does not answer ({type(error).__name__}).", "Check REDIS_URL.") from error
        return f"{server.get('server_name', 'redis')} {server.get('valkey_version') or server['redis_version']}"

    async def _ask(self, what: Callable[[Redis], Awaitable[T]]) -> T | None:
        """What Redis answers; None when it does not, and for a while after."""
        if time.monotonic() < self._silent_until:
            return None
        try:
            answer = await what(self._redis)
        except (RedisError, OSError, TimeoutError) as error:  # without its words: they may hold the URL
            _log.warning("Redis does not answer (%s): this process goes on by itself.", type(error).__name__)
            self._silent_until = time.monotonic() + _RESPITE
            return None
        return answer

    def _opened(self, key: str, sealed: bytes) -> tuple[float, bytes] | None:
        """The seconds that are left to a value, and the value; None where it was not sealed by us for this place."""
        try:
            plain = self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], key.encode())
        except (InvalidTag, ValueError):  # of an App's key before this one, or somebody else's
            return None
        seconds = _UNTIL.unpack_from(plain)[0] - time.time()
        return (seconds, plain[_UNTIL.size :]) if seconds > 0 else None

    def _key(self, tenant: Tenant, name: str) -> str:
        return self._place(tenant) + self._hash(name)

    def _place(self, tenant: Tenant) -> str:
        return f"mas:{self._space}:{tenant.installation_id}:{tenant.repository_id}:"

    def _hash(self, name: str) -> str:
        return hmac.digest(self._naming, name.encode(errors="surrogatepass"), "sha256").hex()


def _derived(private_key: str) -> bytes:
    """64 bytes that follow from the key, however its PEM is written."""
    key = load_pem_private_key(private_key.encode(), password=None)
    plain = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return HKDF(SHA256(), 64, salt=None, info=b"mas cache").derive(plain)
