"""Contract of every index storage and every index catalog."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from pymongo import MongoClient
from pymongo.errors import BulkWriteError

from bot.domain import IndexStatus, Tenant
from bot.errors import RemoteError, UserError
from bot.ports import IndexCatalog
from bot.search.index import EmbeddingModel, Index, IndexStorage
from bot.stores import factory
from bot.stores.database import connect
from bot.stores.factory import ManagedStore
from bot.stores.local_index import open_index_file
from bot.stores.mongo import index_storage
from bot.stores.mongo.index_storage import MongoIndexStorage
from bot.stores.sql.index_storage import SqlIndexStorage
from bot.stores.sql.schema import create_index_table
from tests.contracts.test_index import CLIENT, TIMEOUTS, FakeEmbedding, contents, push

OURS = Tenant(1, 10)
NEIGHBOURS = (Tenant(1, 11), Tenant(2, 10))
MAIN = IndexStatus(OURS, "octo/sample", "main", "a" * 40, "model@1", 1700000000.5, 7, 9)


@pytest.fixture(params=["sqlite", "postgresql", "mongodb"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty store, for each database."""
    urls = {"postgresql": "postgres_url", "mongodb": "mongodb_url"}
    return request.getfixturevalue(urls[request.param]) if request.param in urls else f"sqlite:///{tmp_path}/mas.db"


@pytest.fixture(autouse=True)
def connections() -> Iterator[None]:
    """Close the connections at the end of the test; in production, they end with the child process."""
    clients: list[MongoClient[dict[str, object]]] = []
    original = index_storage.MongoClient

    def connect_client(*args: object, **options: object) -> MongoClient[dict[str, object]]:
        clients.append(original(*args, **options))
        return clients[-1]

    index_storage.MongoClient = connect_client  # type: ignore[misc, assignment]
    yield
    index_storage.MongoClient = original  # type: ignore[misc]
    index_storage._collection.cache_clear()
    for client in clients:
        client.close()


@pytest.fixture
async def store(url: str) -> AsyncIterator[ManagedStore]:
    fresh = factory.create_store(url)
    await fresh.open()
    yield fresh
    await fresh.close()


@pytest.fixture
def storage(store: ManagedStore, url: str) -> IndexStorage:
    return factory.create_index_storage(url, OURS)


@pytest.fixture
def catalog(store: ManagedStore) -> IndexCatalog:
    return store.index_catalog


class TestIndexStorage:
    def test_values_are_loaded_by_name(self, storage: IndexStorage) -> None:
        storage.save({"chunks/a": b"\0\xff", "chunks/b": b"", "vector/m/c": b"c" * 100_000})

        assert storage.load(["chunks/a", "chunks/b", "chunks/none", "vector/m/c"]) == {
            "chunks/a": b"\0\xff",
            "chunks/b": b"",
            "vector/m/c": b"c" * 100_000,
        }
        assert storage.load([]) == {}

    def test_equal_names_replace_each_other(self, storage: IndexStorage) -> None:
        storage.save({"head/m/main": b"old"})
        storage.save({"head/m/main": b"new"})

        assert storage.load(["head/m/main"]) == {"head/m/main": b"new"}

    def test_names_are_listed_by_case_sensitive_prefix(self, storage: IndexStorage) -> None:
        storage.save(dict.fromkeys(("head/m/main", "head/m/Ünicode %_", "head/M/main", "head/m2/main", "heads"), b""))

        assert storage.list_names("head/m/") == {"head/m/main", "head/m/Ünicode %_"}
        assert storage.list_names("head/") == {"head/m/main", "head/m/Ünicode %_", "head/M/main", "head/m2/main"}

    def test_more_names_than_fit_in_one_call_are_saved_loaded_and_deleted(self, storage: IndexStorage) -> None:
        values = {f"vector/m/{number:05}": str(number).encode() for number in range(1_100)}
        storage.save(values)

        assert storage.load(values) == values
        storage.delete([*list(values)[1:], "vector/m/none"])
        assert storage.list_names("vector/") == {"vector/m/00000"}

    def test_a_storage_is_cleared(self, storage: IndexStorage) -> None:
        storage.save(dict.fromkeys(("chunks/a", "head/m/main"), b""))
        storage.clear()

        assert storage.list_names("chunks/") == storage.list_names("head/") == set()

    def test_tenants_are_isolated(self, store: ManagedStore, url: str) -> None:
        storages = {tenant: factory.create_index_storage(url, tenant) for tenant in (OURS, *NEIGHBOURS)}
        for tenant, storage in storages.items():
            storage.save({"chunks/a": str(tenant).encode()})

        storages[OURS].delete(["chunks/a"])

        assert storages[OURS].list_names("chunks/") == set()
        for tenant in NEIGHBOURS:
            assert storages[tenant].load(["chunks/a"]) == {"chunks/a": str(tenant).encode()}

    async def test_a_purge_deletes_the_index_of_its_tenant_only(self, store: ManagedStore, url: str) -> None:
        for tenant in (OURS, NEIGHBOURS[0]):
            factory.create_index_storage(url, tenant).save({f"chunks/{number}": b"secret" for number in range(700)})
            await store.index_catalog.record(replace(MAIN, tenant=tenant), seq=1, create=True)
        assert await store.list_tenants(1) == {OURS, NEIGHBOURS[0]}

        await store.purge(OURS)

        assert factory.create_index_storage(url, OURS).list_names("chunks/") == set()
        assert len(factory.create_index_storage(url, NEIGHBOURS[0]).list_names("chunks/")) == 700
        assert [each.tenant for each in await store.index_catalog.list_all()] == [NEIGHBOURS[0]]

    def test_the_error_of_a_failed_database_contains_no_data(self, database: sa.Engine) -> None:
        with pytest.raises(RemoteError, match="Cannot read or write the index") as failed:
            SqlIndexStorage(database, OURS).save({"chunks/secret": b"secret"})

        assert "secret" not in str(failed.value)

    def test_the_error_for_a_file_that_is_not_a_database_has_a_hint(self, tmp_path: Path) -> None:
        (tmp_path / "index.db").write_bytes(b"no database" * 1000)

        with pytest.raises(UserError, match="Delete it"), open_index_file(tmp_path / "index.db"):
            pass

    def test_the_error_of_a_rejected_write_in_mongodb_contains_no_data(
        self, mongodb_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        storage = MongoIndexStorage(mongodb_url, OURS)

        def reject(*_: object, **__: object) -> None:
            raise BulkWriteError({"writeErrors": [{"code": 11000, "op": {"value": b"secret"}}]})

        monkeypatch.setattr(storage, "_collection", SimpleNamespace(bulk_write=reject))
        with pytest.raises(RemoteError) as failed:
            storage.save({"chunks/a": b"secret"})
        assert str(failed.value) == "Cannot read or write the index: BulkWriteError."

    def test_a_value_over_the_document_limit_is_a_user_error(self, mongodb_url: str) -> None:
        with pytest.raises(UserError, match="too many files"):
            MongoIndexStorage(mongodb_url, OURS).save({"head/m/main": bytes(16 << 20)})


class TestLocalIndexStorage:
    @pytest.fixture
    def storage(self, tmp_path: Path) -> Iterator[IndexStorage]:
        with open_index_file(tmp_path / "index.db") as file:
            yield file

    test_values_are_loaded_by_name = TestIndexStorage.test_values_are_loaded_by_name
    test_equal_names_replace_each_other = TestIndexStorage.test_equal_names_replace_each_other
    test_names_are_listed_by_prefix = TestIndexStorage.test_names_are_listed_by_case_sensitive_prefix
    test_more_names_than_fit_in_one_call = (
        TestIndexStorage.test_more_names_than_fit_in_one_call_are_saved_loaded_and_deleted
    )
    test_it_is_cleared = TestIndexStorage.test_a_storage_is_cleared

    def test_others_cannot_read_the_file(self, tmp_path: Path, storage: IndexStorage) -> None:
        assert (tmp_path / "index.db").stat().st_mode & 0o777 == 0o600

    def test_a_file_written_by_the_sql_store_is_read(self, tmp_path: Path) -> None:
        database = connect(f"sqlite:///{tmp_path / 'old.db'}")
        with database.begin() as connection:
            create_index_table(connection)
        SqlIndexStorage(database, Tenant(0, 0)).save({"chunks/a": b"a"})
        database.dispose()

        with open_index_file(tmp_path / "old.db") as storage:
            assert storage.load(["chunks/a"]) == {"chunks/a": b"a"}


def test_an_index_is_the_same_in_every_storage(storage: IndexStorage, tmp_path: Path) -> None:
    with open_index_file(tmp_path / "index.db") as file:
        indexes = [
            Index(tmp_path / name, each, EmbeddingModel("test", 8, FakeEmbedding()))
            for name, each in (("a", storage), ("b", file))
        ]
        for index in indexes:
            push(index, {"docs/guide.md": TIMEOUTS, "src/client.py": CLIENT})
            push(index, {"docs/guide.md": TIMEOUTS.replace("five", "six")}, "next")
            index.drop_branch("main")

        assert contents(storage) == contents(file)
        assert indexes[0].search("next", "timeouts") == indexes[1].search("next", "timeouts") != []


class TestIndexCatalog:
    async def test_a_recorded_branch_is_returned_unchanged(self, catalog: IndexCatalog) -> None:
        assert await catalog.record(MAIN, seq=1, create=True)

        assert await catalog.list_for_tenant(OURS) == await catalog.list_all() == [MAIN]
        assert [await catalog.list_for_tenant(each) for each in NEIGHBOURS] == [[], []]

    async def test_the_newest_branches_are_first(self, catalog: IndexCatalog) -> None:
        for number, branch in enumerate(("old", "new", "middle")):
            await catalog.record(replace(MAIN, branch=branch, at=(1.0, 3.0, 2.0)[number]), seq=number, create=True)

        assert [each.branch for each in await catalog.list_for_tenant(OURS)] == ["new", "middle", "old"]

    async def test_a_later_job_overwrites_an_earlier_one_but_not_the_reverse(self, catalog: IndexCatalog) -> None:
        later = replace(MAIN, commit="b" * 40)
        assert await catalog.record(MAIN, seq=1, create=True)
        assert await catalog.record(MAIN, seq=1, create=True)  # a step that runs twice
        assert await catalog.record(later, seq=2, create=True)

        assert not await catalog.record(MAIN, seq=1)
        assert not await catalog.record(MAIN, seq=1, create=True)
        assert not await catalog.delete(OURS, "main", seq=1)
        assert await catalog.list_for_tenant(OURS) == [later]

    async def test_a_job_does_not_recreate_a_branch_that_was_purged_in_the_meantime(
        self, store: ManagedStore, catalog: IndexCatalog
    ) -> None:
        await catalog.record(MAIN, seq=1, create=True)
        assert await catalog.record(replace(MAIN, done=8), seq=1)
        await store.purge(OURS)

        assert not await catalog.record(replace(MAIN, done=9), seq=1)
        assert await catalog.list_all() == []

    async def test_branches_are_listed_by_installation(self, catalog: IndexCatalog) -> None:
        for tenant in (OURS, *NEIGHBOURS):
            await catalog.record(replace(MAIN, tenant=tenant), seq=1, create=True)

        assert {each.tenant for each in await catalog.list_for_installation(1)} == {OURS, NEIGHBOURS[0]}

    async def test_only_the_deleted_branch_is_removed(self, catalog: IndexCatalog) -> None:
        for each in (MAIN, replace(MAIN, branch="next"), replace(MAIN, tenant=NEIGHBOURS[0])):
            await catalog.record(each, seq=1, create=True)

        assert await catalog.delete(OURS, "main", seq=1)
        assert await catalog.delete(OURS, "main", seq=1)
        assert [each.branch for each in await catalog.list_for_tenant(OURS)] == ["next"]
        assert len(await catalog.list_for_tenant(NEIGHBOURS[0])) == 1
