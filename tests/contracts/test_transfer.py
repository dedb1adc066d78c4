"""Transfers copy all data of all tenants between any two stores."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pymongo
import pytest
from typer.testing import CliRunner

from bot.audit import OPERATOR, find_problems, next_record
from bot.cli.main import app
from bot.domain import Memory, Tenant
from bot.domain.audit import AuditEntry
from bot.errors import UserError
from bot.stores.factory import ManagedStore, create_store
from bot.stores.records import Row, record_to_row
from bot.stores.sql.schema import AUDIT, SETTLED
from bot.stores.transfer import require_complete_transfer, transfer

OURS, PURGED, VAST = Tenant(1, 10), Tenant(1, 11), Tenant(2**40, 2**41)
KEYS = ["the key of this test"]
BODIES = [b"", b"\x00\xff any bytes", b"more" * 1000]
Open = Callable[[str], Awaitable[ManagedStore]]


@pytest.fixture
async def open_store() -> AsyncIterator[Open]:
    """Open the store of a URL until the test ends."""
    async with AsyncExitStack() as stack:

        async def open_url(url: str) -> ManagedStore:
            store = create_store(url, audit_keys=KEYS)
            stack.push_async_callback(store.close)
            await store.open()
            return store

        yield open_url


@pytest.fixture
async def source(open_store: Open, tmp_path: Path) -> ManagedStore:
    """A SQLite store with data of every kind."""
    store = await open_store(f"sqlite:///{tmp_path}/source.db")
    for tenant in (OURS, PURGED, VAST):
        for body in BODIES:
            await store.put_blob(tenant, body)
        await store.advance_baseline(tenant, "main", "aaa", seq=2**50)
        await store.advance_baseline(tenant, "über/ß", "bbb", seq=2)
        await store.reject_edits(tenant, frozenset(f"1:{number}" for number in range(5)), why="closed \0 by ü")
        await store.set_state(tenant, "settings", "{}", seq=3)
        await store.append_audit_entry(tenant, AuditEntry("job", "job", "open", "done", "said"))
    (last,), rows = await store.get_audit_log(VAST), []
    for number in range(249):  # more than one batch
        last = next_record(last, 1.1 + number, AuditEntry(f"job/{number}", "job", "open", "done", "said"), "salt")
        rows.append(record_to_row(VAST, last))
    await store.insert_rows(AUDIT.name, rows)
    await store.append_audit_entry(VAST, AuditEntry("last", "job", "close", "done", ""))
    await store.append_audit_entry(OPERATOR, AuditEntry("deployed", "deployment", "deploy", "done", "by the operator"))
    await store.purge(PURGED)
    return store


async def read_all(store: ManagedStore) -> list[object]:
    """Return all that a job could read."""
    found: list[object] = []
    for tenant in (OURS, PURGED, VAST, OPERATOR):
        records, head = await store.get_audit_log(tenant), await store.get_audit_head(tenant)
        assert find_problems(tenant, records, head, KEYS) == []
        found += [head, await store.get_state(tenant, "settings")]
        found += [*records, await store.get_memory(tenant, "main"), await store.get_memory(tenant, "über/ß")]
        if tenant in (OURS, VAST):
            found += [await store.get_blob(tenant, await store.put_blob(tenant, body)) for body in BODIES]
    return [*found, await store.list_tenants(1), await store.list_tenants(VAST.installation_id)]


async def test_a_transfer_through_every_database_changes_nothing(
    source: ManagedStore, open_store: Open, tmp_path: Path, mongodb_url: str, postgres_url: str
) -> None:
    reports: list[str] = []
    last = source
    for url in (mongodb_url, postgres_url, f"sqlite:///{tmp_path}/again.db"):
        target = await open_store(url)
        result = await transfer(last, target, url, reports.append)
        assert result.counts == {
            "body": 6,
            "settled": 4,
            "rejection": 10,
            "state": 2,
            "audit_log": 255,
            "audit_head": 4,
        }
        assert result.audit_problems == {}
        last = target

    assert await read_all(last) == await read_all(source)
    assert reports[:6] == reports[6:12] == reports[12:]  # the same checksums each time, including timestamps


async def test_a_target_with_data_is_rejected_and_not_changed(
    source: ManagedStore, open_store: Open, mongodb_url: str
) -> None:
    target = await open_store(mongodb_url)
    await target.advance_baseline(OURS, "main", "theirs", seq=1)

    with pytest.raises(UserError, match="already contains data"):
        await transfer(source, target, "it")
    assert await target.get_memory(OURS, "main") == Memory("theirs")
    await require_complete_transfer(target)


class Failing:
    """A target whose connection fails after some writes."""

    def __init__(self, store: ManagedStore, writes: int) -> None:
        self._store, self._writes = store, writes

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    async def insert_rows(self, kind: str, rows: Sequence[Row]) -> None:
        self._writes -= 1
        if self._writes < 0:
            raise ConnectionError
        await self._store.insert_rows(kind, rows)


@pytest.mark.parametrize("writes", [0, 3, 6])
async def test_an_interrupted_transfer_is_incomplete_until_it_is_repeated(
    source: ManagedStore, open_store: Open, mongodb_url: str, writes: int
) -> None:
    target = await open_store(mongodb_url)
    with pytest.raises(ConnectionError):
        await transfer(source, Failing(target, writes), "it")  # type: ignore[arg-type]

    with pytest.raises(UserError, match="is incomplete"):
        await require_complete_transfer(target)
    if writes:
        with pytest.raises(UserError, match="already contains data"):
            await transfer(source, target, "another")
    await transfer(source, target, "it")
    await require_complete_transfer(target)
    assert await read_all(target) == await read_all(source)


async def test_writes_to_the_source_during_a_transfer_are_detected(
    source: ManagedStore, open_store: Open, tmp_path: Path
) -> None:
    target = await open_store(f"sqlite:///{tmp_path}/target.db")

    class Busy(Failing):
        async def insert_rows(self, kind: str, rows: Sequence[Row]) -> None:
            await self._store.insert_rows(kind, rows)
            if kind == SETTLED.name:
                await source.advance_baseline(OURS, "main", "ccc", seq=2**51)

    with pytest.raises(UserError, match="settled rows differ: 4 in the source, 4 in the target") as caught:
        await transfer(source, Busy(target, 0), "it")  # type: ignore[arg-type]
    assert "Stop every bot" in caught.value.hint


def test_the_command_reports_row_counts_and_invalid_chains(
    mongodb_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path}/mas.db"
    with pymongo.MongoClient[Row](mongodb_url) as client:
        filled = CliRunner().invoke(app, ["store", "migrate", "--from", url, "--to", mongodb_url])
        assert (filled.exit_code, filled.output.splitlines()[-1].startswith("All data was copied.")) == (0, True)
        forged = replace(next_record(None, 1.5, AuditEntry("1", "job", "open", "done", ""), "salt"), hash="forged")
        client.get_default_database()["store_audit_log"].insert_one(record_to_row(OURS, forged))

    monkeypatch.setenv("STORE_FROM", mongodb_url)
    monkeypatch.setenv("STORE_TO", f"sqlite:///{tmp_path}/target.db")
    moved = CliRunner().invoke(app, ["store", "migrate"])
    assert moved.exit_code == 1
    assert "       1 audit_log, " in moved.output
    assert "installation 1, repository 10, in both stores: Record 1 does not follow" in moved.output
