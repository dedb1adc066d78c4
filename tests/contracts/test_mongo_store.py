"""What the store in MongoDB does beside what every store promises."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC
from typing import Any

import pymongo
import pytest

from bot.audit import find_problems, next_record
from bot.domain import Tenant
from bot.domain.audit import AuditEntry
from bot.errors import Bug, RemoteError, UserError
from bot.stores.factory import create_store
from bot.stores.mongo.schema import MIGRATIONS, VERSIONS
from bot.stores.mongo.store import MongoStore
from bot.stores.records import record_to_row
from tests.packages import hide_package

OURS, KEYS = Tenant(1, 10), ["the key of this test"]


def entry(name: str, detail: str = "") -> AuditEntry:
    return AuditEntry(f"job/{name}", "job", name, "done", detail)


@pytest.fixture
def mongodb(mongodb_url: str) -> Iterator[Any]:
    """The fresh database, as an administrator sees it."""
    with pymongo.MongoClient[dict[str, Any]](mongodb_url) as client:
        yield client.get_default_database()


@pytest.fixture
async def store(mongodb_url: str) -> AsyncIterator[MongoStore]:
    fresh = MongoStore(mongodb_url, audit_keys=KEYS)
    await fresh.open()
    yield fresh
    await fresh.close()


async def wrong(store: MongoStore) -> list[str]:
    return find_problems(OURS, await store.get_audit_log(OURS), await store.get_audit_head(OURS), KEYS)


class TestCollections:
    async def test_a_body_over_the_size_of_a_document_comes_back_whole_and_expires_as_one(
        self, store: MongoStore, mongodb: Any
    ) -> None:
        vast = b"0123456789abcdef" * (17 << 16)
        digest = await store.put_blob(OURS, vast)

        assert await store.get_blob(OURS, digest) == vast
        mongodb.store_body.delete_one({"part": 1})
        with pytest.raises(Bug, match="No body"):
            await store.get_blob(OURS, digest)
        assert await store.expire_blobs(time.time() + 1) == 1
        assert mongodb.store_body.count_documents({}) == 0

    async def test_the_server_refuses_what_is_no_record_of_ours(self, store: MongoStore, mongodb: Any) -> None:
        await store.append_audit_entry(OURS, entry("open"))
        record = mongodb.store_audit_log.find_one({}, {"_id": 0})

        for odd in ({**record, "number": "two"}, {**record, "number": 2, "more": 1}, {"number": 2}):
            with pytest.raises(pymongo.errors.WriteError, match="failed validation"):
                mongodb.store_audit_log.insert_one(odd)
        with pytest.raises(pymongo.errors.DuplicateKeyError):
            mongodb.store_audit_log.insert_one({**record, "key": "another"})

    async def test_bodies_that_nobody_expires_end_by_the_servers_own_clock(
        self, store: MongoStore, mongodb: Any
    ) -> None:
        before = time.time()
        await store.put_blob(OURS, b"a body")
        row = {"installation_id": 1, "repository_id": 11, "digest": "d", "body": b"came by a move", "put_at": 1.5e9}
        await store.insert_rows("store_body", [row])

        assert mongodb.store_body.index_information()["put_on_1"]["expireAfterSeconds"] == 90 * 86_400
        assert all(body["put_on"].replace(tzinfo=UTC).timestamp() > before - 1 for body in mongodb.store_body.find())


class TestAudit:
    @pytest.mark.parametrize(
        "tamper",
        [
            lambda log, _: log.update_one({"number": 2}, {"$set": {"detail": "by nobody"}}),
            lambda log, _: log.delete_one({"number": 1}),
            lambda log, _: log.delete_many({"number": {"$gt": 1}}),
            lambda _, heads: heads.delete_many({}),
            lambda _, heads: heads.update_many({}, {"$set": {"seal": "f" * 64}}),
        ],
        ids=["a detail is changed", "one is taken out", "the end is cut off", "no head", "another's head"],
    )
    async def test_tampering_is_found(
        self, store: MongoStore, mongodb: Any, tamper: Callable[[Any, Any], object]
    ) -> None:
        for name in ("one", "two", "three"):
            await store.append_audit_entry(OURS, entry(name, f"by {name}"))
        assert await wrong(store) == []

        tamper(mongodb.store_audit_log, mongodb.store_audit_head)

        assert await wrong(store) != []

    async def test_a_record_added_with_a_head_by_who_has_no_key_is_found(self, store: MongoStore, mongodb: Any) -> None:
        await store.append_audit_entry(OURS, entry("one"))
        (last,) = await store.get_audit_log(OURS)
        forged = next_record(last, last.at + 1, entry("two", "by a stranger"), "salt")
        mongodb.store_audit_log.insert_one(record_to_row(OURS, forged))
        mongodb.store_audit_head.update_one({}, {"$set": {"number": 2, "hash": forged.hash}})

        assert "seal is invalid" in (await wrong(store))[0]

    @pytest.fixture
    async def died(self, store: MongoStore, mongodb: Any) -> MongoStore:
        """A store where a process died between the head and the log."""
        for name in ("one", "two"):
            await store.append_audit_entry(OURS, entry(name, f"by {name}"))
        mongodb.store_audit_log.delete_one({"number": 2})
        return store

    async def test_a_record_whose_writer_died_is_read_from_the_head_also_by_a_move(self, died: MongoStore) -> None:
        assert await wrong(died) == []
        assert [record.entry.action for record in await died.get_audit_log(OURS)] == ["one", "two"]
        assert [row["action"] async for row in died.iter_rows("store_audit_log")] == ["one", "two"]

    async def test_the_next_to_append_puts_it_into_the_log(self, died: MongoStore) -> None:
        await died.append_audit_entry(OURS, entry("two", "again"))
        await died.append_audit_entry(OURS, entry("three"))

        assert [record.entry.detail for record in await died.get_audit_log(OURS)] == ["by one", "by two", ""]
        assert await wrong(died) == []

    async def test_a_purge_takes_its_detail_too(self, died: MongoStore, mongodb: Any) -> None:
        await died.purge(OURS)

        assert await wrong(died) == []
        assert [record.entry.detail is None for record in await died.get_audit_log(OURS)] == [True, True, False]
        assert "by two" not in str([*mongodb.store_audit_head.find(), *mongodb.store_audit_log.find()])


class TestOpening:
    async def test_several_processes_may_open_a_fresh_database_at_once(self, mongodb_url: str) -> None:
        stores = [MongoStore(mongodb_url) for _ in range(3)]

        await asyncio.gather(*(each.open() for each in stores))

        assert await stores[0].advance_baseline(OURS, "main", "aaa", seq=1)
        for each in stores:
            await each.close()

    async def test_a_database_of_a_newer_mas_is_refused_in_plain_words(self, store: MongoStore, mongodb: Any) -> None:
        mongodb[VERSIONS].insert_one({"_id": len(MIGRATIONS) + 1})

        for look in (store.open, store.describe):
            with pytest.raises(UserError, match="newer MAS"):
                await look()

    async def test_a_server_that_is_not_there_is_a_user_error_and_later_a_fault_to_retry(self) -> None:
        store = MongoStore("mongodb://mas:hunter2hunter2@127.0.0.1:9/mas?serverSelectionTimeoutMS=50")

        with pytest.raises(UserError, match=r"does not open: .*refused") as caught:
            await store.open()
        with pytest.raises(RemoteError, match="did not answer") as later:
            await store.put_blob(OURS, b"a body")
        assert "hunter2" not in f"{caught.value}{later.value}"
        await store.close()

    @pytest.mark.parametrize(
        "url", ["mongodb://mas:hun/ter2@db/mas", "mongodb://db:hunter2/mas", "mongodb://db/a%20hunter2", "mongodb://"]
    )
    async def test_a_url_that_is_none_of_mongodbs_is_told_without_its_words(self, url: str) -> None:
        with pytest.raises(UserError, match="no URL of MongoDB") as caught:
            MongoStore(url)
        assert "ter2" not in str(caught.value)

    async def test_a_driver_that_is_not_installed_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        ours = ("store", "audit", "rows", "schema")
        hide_package(monkeypatch, "motor", *(f"bot.stores.mongo.{name}" for name in ours))

        with pytest.raises(UserError, match=r"pip install 'mas-docs-bot\[mongodb\]'"):
            create_store("mongodb://db/mas")
