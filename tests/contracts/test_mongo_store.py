"""The MongoDB store, beyond the contract of every store."""

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
    """The empty database, without the store's code."""
    with pymongo.MongoClient[dict[str, Any]](mongodb_url) as client:
        yield client.get_default_database()


@pytest.fixture
async def store(mongodb_url: str) -> AsyncIterator[MongoStore]:
    fresh = MongoStore(mongodb_url, audit_keys=KEYS)
    await fresh.open()
    yield fresh
    await fresh.close()


async def problems(store: MongoStore) -> list[str]:
    return find_problems(OURS, await store.get_audit_log(OURS), await store.get_audit_head(OURS), KEYS)


class TestCollections:
    async def test_a_blob_over_the_document_limit_is_returned_whole_and_expires_as_one(
        self, store: MongoStore, mongodb: Any
    ) -> None:
        vast = b"0123456789abcdef" * (17 << 16)
        digest = await store.put_blob(OURS, vast)

        assert await store.get_blob(OURS, digest) == vast
        mongodb.store_body.delete_one({"part": 1})
        with pytest.raises(Bug, match="No blob"):
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

    async def test_the_server_expires_blobs_that_nothing_else_expires(self, store: MongoStore, mongodb: Any) -> None:
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
    async def test_tampering_is_detected(
        self, store: MongoStore, mongodb: Any, tamper: Callable[[Any, Any], object]
    ) -> None:
        for name in ("one", "two", "three"):
            await store.append_audit_entry(OURS, entry(name, f"by {name}"))
        assert await problems(store) == []

        tamper(mongodb.store_audit_log, mongodb.store_audit_head)

        assert await problems(store) != []

    async def test_a_record_and_head_forged_without_the_key_are_detected(self, store: MongoStore, mongodb: Any) -> None:
        await store.append_audit_entry(OURS, entry("one"))
        (last,) = await store.get_audit_log(OURS)
        forged = next_record(last, last.at + 1, entry("two", "by a stranger"), "salt")
        mongodb.store_audit_log.insert_one(record_to_row(OURS, forged))
        mongodb.store_audit_head.update_one({}, {"$set": {"number": 2, "hash": forged.hash}})

        assert "seal is invalid" in (await problems(store))[0]

    @pytest.fixture
    async def interrupted(self, store: MongoStore, mongodb: Any) -> MongoStore:
        """A store where a process died after it wrote the head and before it wrote the log."""
        for name in ("one", "two"):
            await store.append_audit_entry(OURS, entry(name, f"by {name}"))
        mongodb.store_audit_log.delete_one({"number": 2})
        return store

    async def test_a_pending_record_is_read_from_the_head(self, interrupted: MongoStore) -> None:
        assert await problems(interrupted) == []
        assert [record.entry.action for record in await interrupted.get_audit_log(OURS)] == ["one", "two"]
        assert [row["action"] async for row in interrupted.iter_rows("store_audit_log")] == ["one", "two"]

    async def test_the_next_append_inserts_a_pending_record(self, interrupted: MongoStore) -> None:
        await interrupted.append_audit_entry(OURS, entry("two", "again"))
        await interrupted.append_audit_entry(OURS, entry("three"))

        assert [record.entry.detail for record in await interrupted.get_audit_log(OURS)] == ["by one", "by two", ""]
        assert await problems(interrupted) == []

    async def test_a_purge_strips_a_pending_record(self, interrupted: MongoStore, mongodb: Any) -> None:
        await interrupted.purge(OURS)

        assert await problems(interrupted) == []
        assert [record.entry.detail is None for record in await interrupted.get_audit_log(OURS)] == [True, True, False]
        assert "by two" not in str([*mongodb.store_audit_head.find(), *mongodb.store_audit_log.find()])


class TestOpening:
    async def test_several_processes_may_open_an_empty_database_at_once(self, mongodb_url: str) -> None:
        stores = [MongoStore(mongodb_url) for _ in range(3)]

        await asyncio.gather(*(each.open() for each in stores))

        assert await stores[0].advance_baseline(OURS, "main", "aaa", seq=1)
        for each in stores:
            await each.close()

    async def test_a_database_of_a_newer_mas_is_a_user_error(self, store: MongoStore, mongodb: Any) -> None:
        mongodb[VERSIONS].insert_one({"_id": len(MIGRATIONS) + 1})

        for operation in (store.open, store.describe):
            with pytest.raises(UserError, match="newer MAS"):
                await operation()

    async def test_an_unreachable_server_is_a_user_error_on_open_and_retried_later(self) -> None:
        store = MongoStore("mongodb://mas:hunter2hunter2@127.0.0.1:9/mas?serverSelectionTimeoutMS=50")

        with pytest.raises(UserError, match=r"Cannot open the store: .*refused") as caught:
            await store.open()
        with pytest.raises(RemoteError, match="did not respond") as later:
            await store.put_blob(OURS, b"a body")
        assert "hunter2" not in f"{caught.value}{later.value}"
        await store.close()

    @pytest.mark.parametrize(
        "url", ["mongodb://mas:hun/ter2@db/mas", "mongodb://db:hunter2/mas", "mongodb://db/a%20hunter2", "mongodb://"]
    )
    async def test_the_error_for_an_invalid_url_does_not_contain_it(self, url: str) -> None:
        with pytest.raises(UserError, match="not a valid MongoDB URL") as caught:
            MongoStore(url)
        assert "ter2" not in str(caught.value)

    async def test_a_missing_driver_is_a_user_error(self, monkeypatch: pytest.MonkeyPatch) -> None:
        modules = ("store", "audit", "rows", "schema")
        hide_package(monkeypatch, "motor", *(f"bot.stores.mongo.{name}" for name in modules))

        with pytest.raises(UserError, match=r"pip install 'mas-docs-bot\[mongodb\]'"):
            create_store("mongodb://db/mas")
