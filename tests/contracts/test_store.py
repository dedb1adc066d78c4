"""Contract of every `Store`."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.audit import GENESIS_HASH, find_problems, next_record, verify
from bot.domain import Memory, Tenant
from bot.domain.audit import AuditEntry, AuditRecord
from bot.errors import Bug, UserError
from bot.ports import Store
from bot.stores.database import connect
from bot.stores.factory import ManagedStore
from bot.stores.mongo.store import MongoStore
from bot.stores.records import PURGE_DETAIL, record_to_row
from bot.stores.sql.schema import AUDIT, HEADS, MIGRATIONS
from bot.stores.sql.store import SqlStore

OURS = Tenant(1, 10)
NEIGHBOURS = (Tenant(1, 11), Tenant(2, 10))
EVERYTHING = b"\x00\xff any bytes \n" * 1000


SET, WHERE = "UPDATE store_audit_log SET", "WHERE number"
TAMPERINGS = {
    "a detail is changed": [f"{SET} detail = 'by nobody' {WHERE} = 2"],
    "an action is changed": [f"{SET} action = 'other' {WHERE} = 3"],
    "a time is changed": [f"{SET} at = at - 1 {WHERE} = 1"],
    "one is taken out": [f"DELETE FROM store_audit_log {WHERE} = 2"],
    "one is taken out, and the others move up": [
        f"DELETE FROM store_audit_log {WHERE} = 1",
        f"{SET} number = number - 1 {WHERE} = 2",
        f"{SET} number = number - 1 {WHERE} = 3",
    ],
    "two change places": [
        f"{SET} number = 9 {WHERE} = 1",
        f"{SET} number = 1 {WHERE} = 2",
        f"{SET} number = 2 {WHERE} = 9",
    ],
    "the end is cut off": [f"DELETE FROM store_audit_log {WHERE} = 3"],
    "the end is cut off, and the head moved": [
        f"DELETE FROM store_audit_log {WHERE} = 3",
        "UPDATE store_audit_head SET number = 2, hash = (SELECT hash FROM store_audit_log WHERE number = 2)",
    ],
    "all of it is taken away": ["DELETE FROM store_audit_log"],
    "the head is taken away": ["DELETE FROM store_audit_head"],
    "one is added, with a head": [],
}


async def _problems(store: SqlStore) -> list[str]:
    return find_problems(
        OURS, await store.get_audit_log(OURS), await store.get_audit_head(OURS), ["the key of this test"]
    )


def _forge(connection: sa.Connection, last: AuditRecord) -> None:
    """Add a fourth, consistent record and a head for it, without the key."""
    record = next_record(last, last.at + 1, entry("four", detail="by a stranger"), "salt")
    connection.execute(sa.insert(AUDIT).values(record_to_row(OURS, record)))
    head = {"number": record.number, "hash": record.hash, "seal": "f" * 64}
    connection.execute(sa.update(HEADS).values(head))


def entry(name: str, phase: str = "intent", detail: str = "") -> AuditEntry:
    return AuditEntry(f"job/{name}/{phase}", "job", name, phase, detail)


@pytest.fixture(params=["sqlite", "postgresql", "mongodb"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[ManagedStore]:
    """A store on an empty database, for each database."""
    if request.param == "mongodb":
        fresh: ManagedStore = MongoStore(request.getfixturevalue("mongodb_url"))
    else:
        sqlite = f"sqlite:///{request.getfixturevalue('tmp_path')}/mas.db"
        fresh = SqlStore(connect(sqlite if request.param == "sqlite" else request.getfixturevalue("postgres_url")))
    await fresh.open()
    yield fresh
    await fresh.close()


@pytest.fixture
async def sql_store(database: sa.Engine) -> SqlStore:
    """A store on SQLite and on PostgreSQL; `database` is its engine."""
    fresh = SqlStore(database)
    await fresh.open()
    return fresh


class TestBlobs:
    async def test_a_blob_is_returned_by_its_digest(self, store: Store) -> None:
        digest = await store.put_blob(OURS, EVERYTHING)

        assert digest == hashlib.sha256(EVERYTHING).hexdigest()
        assert await store.get_blob(OURS, digest) == EVERYTHING

    async def test_equal_blobs_are_stored_once(self, store: ManagedStore) -> None:
        assert await store.put_blob(OURS, b"same") == await store.put_blob(OURS, b"same")

        assert await store.expire_blobs(time.time() + 1) == 1

    async def test_a_missing_blob_is_a_bug(self, store: Store) -> None:
        with pytest.raises(Bug, match="No blob"):
            await store.get_blob(OURS, "0" * 64)

    async def test_blobs_put_before_a_time_expire(self, store: ManagedStore) -> None:
        old, renewed = await store.put_blob(OURS, b"old"), await store.put_blob(OURS, b"renewed")
        between = time.time()
        while time.time() <= between:  # wait for the clock's resolution, nanoseconds to milliseconds
            pass
        young, _ = await store.put_blob(OURS, b"young"), await store.put_blob(OURS, b"renewed")

        assert await store.expire_blobs(before=between) == 1
        assert [await store.get_blob(OURS, digest) for digest in (young, renewed)] == [b"young", b"renewed"]
        with pytest.raises(Bug):
            await store.get_blob(OURS, old)


class TestMemory:
    async def test_the_memory_of_a_new_branch_is_empty(self, store: Store) -> None:
        assert await store.get_memory(OURS, "main") == Memory()

    async def test_a_baseline_belongs_to_its_branch(self, store: Store) -> None:
        assert await store.advance_baseline(OURS, "main", "aaa", seq=1)

        assert await store.get_memory(OURS, "main") == Memory(baseline="aaa")
        assert await store.get_memory(OURS, "next") == Memory()

    async def test_a_later_job_advances_the_baseline(self, store: Store) -> None:
        await store.advance_baseline(OURS, "main", "aaa", seq=1)

        assert await store.advance_baseline(OURS, "main", "bbb", seq=2)
        assert (await store.get_memory(OURS, "main")).baseline == "bbb"

    async def test_a_late_earlier_job_changes_nothing_and_returns_false(self, store: Store) -> None:
        await store.advance_baseline(OURS, "main", "bbb", seq=2)

        assert not await store.advance_baseline(OURS, "main", "aaa", seq=1)
        assert not await store.advance_baseline(OURS, "main", "aaa", seq=1, only_if_unset=True)
        assert (await store.get_memory(OURS, "main")).baseline == "bbb"

    async def test_a_job_that_runs_again_returns_true_again(self, store: Store) -> None:
        await store.advance_baseline(OURS, "main", "aaa", seq=1, only_if_unset=True)

        assert await store.advance_baseline(OURS, "main", "aaa", seq=1, only_if_unset=True)
        assert await store.advance_baseline(OURS, "main", "bbb", seq=1)
        assert await store.advance_baseline(OURS, "main", "bbb", seq=1)
        assert (await store.get_memory(OURS, "main")).baseline == "bbb"

    async def test_only_if_unset_keeps_an_existing_baseline(self, store: Store) -> None:
        await store.advance_baseline(OURS, "main", "aaa", seq=1)

        assert not await store.advance_baseline(OURS, "main", "bbb", seq=2, only_if_unset=True)
        assert (await store.get_memory(OURS, "main")).baseline == "aaa"

    async def test_of_concurrent_jobs_the_last_in_order_wins(self, store: Store) -> None:
        await asyncio.gather(
            *(store.advance_baseline(OURS, "main", f"commit {seq}", seq=seq) for seq in (3, 9, 1, 7, 5, 8))
        )

        assert (await store.get_memory(OURS, "main")).baseline == "commit 9"

    async def test_rejected_edits_accumulate_and_apply_to_every_branch(self, store: Store) -> None:
        await store.reject_edits(OURS, frozenset({"1:a", "1:b"}), why="closed unmerged")
        await store.reject_edits(OURS, frozenset({"1:b", "1:c"}), why="NUL \0 and half a pair \udcff")
        await store.reject_edits(OURS, frozenset(), why="nothing")

        assert (await store.get_memory(OURS, "main")).rejected == {"1:a", "1:b", "1:c"}
        assert (await store.get_memory(OURS, "next")).rejected == {"1:a", "1:b", "1:c"}


class TestAudit:
    async def test_the_log_has_all_entries_oldest_first_and_its_chain_is_valid(self, store: Store) -> None:
        entries = [entry("open"), entry("open", "done", "pull request 7"), entry("comment", "failed", "502 — später")]
        for each in entries:
            await store.append_audit_entry(OURS, each)

        records = await store.get_audit_log(OURS)
        assert [record.entry for record in records] == entries
        assert [record.number for record in records] == [1, 2, 3]
        assert [records[0].previous, records[1].previous] == [GENESIS_HASH, records[0].hash]
        assert verify(records) is None

    async def test_a_replayed_entry_adds_nothing(self, store: Store) -> None:
        await store.append_audit_entry(OURS, entry("open", detail="first"))
        before = await store.get_audit_log(OURS)
        await store.append_audit_entry(OURS, entry("open", detail="again"))

        assert await store.get_audit_log(OURS) == before

    async def test_concurrent_appends_make_one_chain(self, store: Store) -> None:
        await asyncio.gather(*(store.append_audit_entry(OURS, entry(f"action {n}")) for n in range(12)))

        records = await store.get_audit_log(OURS)
        assert [record.number for record in records] == list(range(1, 13))
        assert verify(records) is None

    async def test_a_detail_with_hostile_characters_is_stored_and_the_chain_is_valid(self, store: Store) -> None:
        await store.append_audit_entry(
            OURS, entry("open", "failed", "NUL \0, half a pair \udcff, '; DROP TABLE store_audit; --")
        )

        records = await store.get_audit_log(OURS)
        assert records[0].entry.detail
        assert records[0].entry.detail.endswith("'; DROP TABLE store_audit; --")
        assert verify(records) is None

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE store_audit_log SET detail = 'nothing'",
            "UPDATE store_audit_log SET detail = NULL, salt = NULL",
            "DELETE FROM store_audit_log",
        ],
    )
    async def test_the_database_rejects_changes_of_the_log(
        self, sql_store: SqlStore, database: sa.Engine, statement: str
    ) -> None:
        await sql_store.append_audit_entry(OURS, entry("open"))

        with pytest.raises(sa.exc.DBAPIError, match="append-only"), database.begin() as connection:
            connection.exec_driver_sql(statement)
        assert len(await sql_store.get_audit_log(OURS)) == 1

    async def test_verify_names_a_record_changed_without_the_triggers(
        self, sql_store: SqlStore, database: sa.Engine
    ) -> None:
        for name in ("one", "two", "three"):
            await sql_store.append_audit_entry(OURS, entry(name))
        with database.begin() as connection:
            _drop_triggers(connection)
            connection.exec_driver_sql("UPDATE store_audit_log SET detail = 'forged' WHERE number = 2")

        assert verify(await sql_store.get_audit_log(OURS)) == 2

    async def test_a_record_removed_from_the_middle_is_detected(self, store: Store) -> None:
        for name in ("one", "two", "three"):
            await store.append_audit_entry(OURS, entry(name))
        first, _, third = await store.get_audit_log(OURS)

        assert verify([first, third]) == 3
        assert verify([first, replace(third, number=2, previous=first.hash)]) == 2

    async def test_the_head_has_the_last_record(self, store: Store) -> None:
        assert await store.get_audit_head(OURS) is None
        for name in ("one", "two"):
            await store.append_audit_entry(OURS, entry(name))

        last = (await store.get_audit_log(OURS))[-1]
        head = await store.get_audit_head(OURS)
        assert head and (head.number, head.hash) == (2, last.hash)
        assert await store.list_audited_tenants() == {OURS}

    @pytest.mark.parametrize("tampering", TAMPERINGS)
    async def test_any_tampering_is_detected(self, database: sa.Engine, tampering: str) -> None:
        store = SqlStore(database, ["the key of this test"])
        await store.open()
        for name in ("one", "two", "three"):
            await store.append_audit_entry(OURS, entry(name, detail=f"by {name}"))
        assert await _problems(store) == []
        last = (await store.get_audit_log(OURS))[-1]  # before the tables are locked
        with database.begin() as connection:
            _drop_triggers(connection)
            for statement in TAMPERINGS[tampering]:
                connection.exec_driver_sql(statement)
            if tampering == "one is added, with a head":
                _forge(connection, last)

        assert await _problems(store) != []


class TestTenants:
    async def test_tenants_are_isolated(self, store: Store) -> None:
        digest = await store.put_blob(OURS, b"secret")
        await store.advance_baseline(OURS, "main", "aaa", seq=9)
        await store.reject_edits(OURS, frozenset({"1:a"}), why="no")
        await store.append_audit_entry(OURS, entry("open"))

        for neighbour in NEIGHBOURS:
            with pytest.raises(Bug):
                await store.get_blob(neighbour, digest)
            assert await store.get_memory(neighbour, "main") == Memory()
            assert await store.get_audit_log(neighbour) == []

    async def test_tenants_can_use_the_same_names(self, store: Store) -> None:
        for seq, tenant in enumerate((OURS, *NEIGHBOURS), start=1):
            await store.append_audit_entry(tenant, entry("open", detail=str(tenant)))
            assert await store.advance_baseline(tenant, "main", f"commit {seq}", seq=10 - seq)

        for seq, tenant in enumerate((OURS, *NEIGHBOURS), start=1):
            assert (await store.get_memory(tenant, "main")).baseline == f"commit {seq}"
            assert [(r.number, r.entry.detail) for r in await store.get_audit_log(tenant)] == [(1, str(tenant))]

    async def test_tenant_ids_may_exceed_32_bits(self, store: Store) -> None:
        vast = Tenant(2**40, 2**41)
        await store.append_audit_entry(vast, entry("open"))
        assert await store.advance_baseline(vast, "main", "aaa", seq=2**50)

        assert verify(await store.get_audit_log(vast)) is None


class TestPurge:
    async def test_a_purge_leaves_only_the_audit_chain_without_details(self, store: Store) -> None:
        digest = await store.put_blob(OURS, b"secret")
        await store.advance_baseline(OURS, "main", "aaa", seq=9)
        await store.reject_edits(OURS, frozenset({"1:a"}), why="no")
        await store.append_audit_entry(OURS, entry("open", detail="by octocat"))

        await store.purge(OURS)

        with pytest.raises(Bug):
            await store.get_blob(OURS, digest)
        assert await store.get_memory(OURS, "main") == Memory()
        records = await store.get_audit_log(OURS)
        assert [(r.number, r.entry.action, r.entry.detail, r.salt is None) for r in records] == [
            (1, "open", None, True),
            (2, "purge", PURGE_DETAIL, False),
        ]
        assert find_problems(OURS, records, await store.get_audit_head(OURS)) == []

    async def test_the_tenants_of_an_installation_are_those_with_data(self, store: Store) -> None:
        body, settled, rejection, audit = (Tenant(5, number) for number in (1, 2, 3, 4))
        await store.put_blob(body, b"a body")
        await store.advance_baseline(settled, "main", "aaa", seq=9)
        await store.reject_edits(rejection, frozenset({"1:a"}), why="no")
        await store.append_audit_entry(audit, entry("open"))
        await store.put_blob(Tenant(6, 1), b"a neighbour's")

        assert await store.list_tenants(5) == {body, settled, rejection, audit}
        assert await store.list_tenants(7) == frozenset()

    async def test_a_purge_affects_no_other_tenant(self, store: Store) -> None:
        digests = {}
        for neighbour in NEIGHBOURS:
            digests[neighbour] = await store.put_blob(neighbour, b"theirs")
            await store.advance_baseline(neighbour, "main", "aaa", seq=9)
            await store.append_audit_entry(neighbour, entry("open"))

        await store.purge(OURS)

        for neighbour in NEIGHBOURS:
            assert await store.get_blob(neighbour, digests[neighbour]) == b"theirs"
            assert (await store.get_memory(neighbour, "main")).baseline == "aaa"
            assert [r.entry.action for r in await store.get_audit_log(neighbour)] == ["open"]

    async def test_the_log_continues_after_a_purge(self, store: Store) -> None:
        await store.purge(OURS)
        await store.purge(OURS)
        await store.append_audit_entry(OURS, entry("open"))

        assert [r.entry.action for r in await store.get_audit_log(OURS)] == ["purge", "purge", "open"]
        assert verify(await store.get_audit_log(OURS)) is None

    async def test_an_append_during_a_purge_keeps_the_chain_valid(self, store: Store) -> None:
        for number in range(3):
            await store.append_audit_entry(OURS, entry(f"before {number}"))

        purges, entries = [store.purge(OURS), store.purge(OURS)], [entry(f"amid {number}") for number in range(6)]
        await asyncio.gather(*purges, *(store.append_audit_entry(OURS, each) for each in entries))

        records = await store.get_audit_log(OURS)
        assert find_problems(OURS, records, await store.get_audit_head(OURS)) == []
        assert len(records) == 3 + 2 + 6
        purged = max(record.number for record in records if record.entry.action == "purge")
        assert all(record.entry.detail is None for record in records[: purged - 1])

    async def test_after_a_purge_the_log_is_append_only_again(self, sql_store: SqlStore, database: sa.Engine) -> None:
        await sql_store.purge(OURS)

        with pytest.raises(sa.exc.DBAPIError, match="append-only"), database.begin() as connection:
            connection.exec_driver_sql("DELETE FROM store_audit_log")


class TestOpening:
    async def test_the_log_of_schema_version_2_is_migrated_completely(self, database: sa.Engine) -> None:
        with database.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE store_schema_version (version BIGINT PRIMARY KEY)")
            for version in (1, 2):
                MIGRATIONS[version - 1](connection)
                connection.exec_driver_sql(f"INSERT INTO store_schema_version VALUES ({version})")
            for number in (1, 2):
                connection.exec_driver_sql(
                    f"INSERT INTO store_audit VALUES (1, 10, {number}, 1700000000.25, 'k{number}', 'job', 'open', "
                    f"'done', 'by octocat', 'before', 'old hash {number}')"
                )

        store = SqlStore(database)
        await store.open()
        records = await store.get_audit_log(OURS)

        assert [(r.at, r.entry.key, r.entry.detail) for r in records[:2]] == [
            (1700000000.25, f"k{number}", "by octocat") for number in (1, 2)
        ]
        assert "ended with old hash 2" in (records[2].entry.detail or "")
        assert find_problems(OURS, records, await store.get_audit_head(OURS)) == []
        await store.append_audit_entry(OURS, entry("open"))
        await store.purge(OURS)
        assert find_problems(OURS, await store.get_audit_log(OURS), await store.get_audit_head(OURS)) == []
        with database.connect() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM store_audit").scalar() == 0

    async def test_opening_again_keeps_the_data(self, store: ManagedStore) -> None:
        await store.advance_baseline(OURS, "main", "aaa", seq=1)

        await asyncio.gather(store.open(), store.open())

        assert (await store.get_memory(OURS, "main")).baseline == "aaa"

    async def test_a_database_of_a_newer_mas_is_a_user_error(self, sql_store: SqlStore, database: sa.Engine) -> None:
        with database.begin() as connection:
            connection.exec_driver_sql(f"INSERT INTO store_schema_version VALUES ({len(MIGRATIONS) + 1})")

        with pytest.raises(UserError, match="newer MAS"):
            await sql_store.open()

    async def test_an_unreachable_server_is_a_user_error_without_the_password(self) -> None:
        engine = connect("postgresql://mas:hunter2hunter2@127.0.0.1:9/mas")

        with pytest.raises(UserError, match="Cannot open the database") as caught:
            await SqlStore(engine).open()
        assert "hunter2" not in str(caught.value)
        engine.dispose()

    async def test_a_file_that_is_not_a_database_is_a_user_error(self, tmp_path: Path) -> None:
        (tmp_path / "novel.db").write_text("It was a dark and stormy night. " * 100)
        engine = connect(f"sqlite:///{tmp_path}/novel.db")

        with pytest.raises(UserError, match="Cannot open the database: file is not a database"):
            await SqlStore(engine).open()
        engine.dispose()


def _drop_triggers(connection: sa.Connection) -> None:
    if connection.dialect.name == "sqlite":
        for what in ("update", "delete"):
            connection.exec_driver_sql(f"DROP TRIGGER store_audit_log_{what}")
    else:
        connection.exec_driver_sql("DROP TRIGGER store_audit_log_change ON store_audit_log")
