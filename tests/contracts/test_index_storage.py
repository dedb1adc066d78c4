"""What every shelf of an index and every catalogue of indexes promises, tried on each of them."""

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
from tests.contracts.test_index import CLIENT, TIMEOUTS, Embedding, contents, push

OURS = Tenant(1, 10)
NEIGHBOURS = (Tenant(1, 11), Tenant(2, 10))
MAIN = IndexStatus(OURS, "octo/sample", "main", "a" * 40, "model@1", 1700000000.5, 7, 9)


@pytest.fixture(params=["sqlite", "postgresql", "mongodb"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a fresh, empty store of each kind in turn."""
    urls = {"postgresql": "postgres_url", "mongodb": "mongodb_url"}
    return request.getfixturevalue(urls[request.param]) if request.param in urls else f"sqlite:///{tmp_path}/mas.db"


@pytest.fixture(autouse=True)
def connections() -> Iterator[None]:
    """Those of a child process end with it; these with their test."""
    clients: list[MongoClient[dict[str, object]]] = []
    opened = index_storage.MongoClient

    def counted(*args: object, **options: object) -> MongoClient[dict[str, object]]:
        clients.append(opened(*args, **options))
        return clients[-1]

    index_storage.MongoClient = counted  # type: ignore[misc, assignment]
    yield
    index_storage.MongoClient = opened  # type: ignore[misc]
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
def shelf(store: ManagedStore, url: str) -> IndexStorage:
    return factory.create_index_storage(url, OURS)


@pytest.fixture
def catalogue(store: ManagedStore) -> IndexCatalog:
    return store.index_catalog


class TestShelf:
    def test_what_is_kept_is_found_by_its_name(self, shelf: IndexStorage) -> None:
        shelf.save({"chunks/a": b"\0\xff", "chunks/b": b"", "vector/m/c": b"c" * 100_000})

        assert shelf.load(["chunks/a", "chunks/b", "chunks/none", "vector/m/c"]) == {
            "chunks/a": b"\0\xff",
            "chunks/b": b"",
            "vector/m/c": b"c" * 100_000,
        }
        assert shelf.load([]) == {}

    def test_equal_names_replace_each_other(self, shelf: IndexStorage) -> None:
        shelf.save({"head/m/main": b"old"})
        shelf.save({"head/m/main": b"new"})

        assert shelf.load(["head/m/main"]) == {"head/m/main": b"new"}

    def test_names_are_told_by_how_they_begin_to_the_letter(self, shelf: IndexStorage) -> None:
        shelf.save(dict.fromkeys(("head/m/main", "head/m/Ünicode %_", "head/M/main", "head/m2/main", "heads"), b""))

        assert shelf.list_names("head/m/") == {"head/m/main", "head/m/Ünicode %_"}
        assert shelf.list_names("head/") == {"head/m/main", "head/m/Ünicode %_", "head/M/main", "head/m2/main"}

    def test_more_names_than_one_call_takes_are_kept_found_and_dropped(self, shelf: IndexStorage) -> None:
        values = {f"vector/m/{number:05}": str(number).encode() for number in range(1_100)}
        shelf.save(values)

        assert shelf.load(values) == values
        shelf.delete([*list(values)[1:], "vector/m/none"])
        assert shelf.list_names("vector/") == {"vector/m/00000"}

    def test_a_shelf_is_cleared(self, shelf: IndexStorage) -> None:
        shelf.save(dict.fromkeys(("chunks/a", "head/m/main"), b""))
        shelf.clear()

        assert shelf.list_names("chunks/") == shelf.list_names("head/") == set()

    def test_a_tenant_sees_and_changes_nothing_of_its_neighbours(self, store: ManagedStore, url: str) -> None:
        shelves = {tenant: factory.create_index_storage(url, tenant) for tenant in (OURS, *NEIGHBOURS)}
        for tenant, shelf in shelves.items():
            shelf.save({"chunks/a": str(tenant).encode()})

        shelves[OURS].delete(["chunks/a"])

        assert shelves[OURS].list_names("chunks/") == set()
        for tenant in NEIGHBOURS:
            assert shelves[tenant].load(["chunks/a"]) == {"chunks/a": str(tenant).encode()}

    async def test_a_purge_takes_the_index_with_it_and_no_other(self, store: ManagedStore, url: str) -> None:
        for tenant in (OURS, NEIGHBOURS[0]):
            factory.create_index_storage(url, tenant).save({f"chunks/{number}": b"secret" for number in range(700)})
            await store.index_catalog.record(replace(MAIN, tenant=tenant), seq=1, create=True)
        assert await store.list_tenants(1) == {OURS, NEIGHBOURS[0]}

        await store.purge(OURS)

        assert factory.create_index_storage(url, OURS).list_names("chunks/") == set()
        assert len(factory.create_index_storage(url, NEIGHBOURS[0]).list_names("chunks/")) == 700
        assert [each.tenant for each in await store.index_catalog.list_all()] == [NEIGHBOURS[0]]

    def test_a_database_that_fails_is_told_without_what_it_holds(self, database: sa.Engine) -> None:
        with pytest.raises(RemoteError, match="cannot be read or written") as failed:
            SqlIndexStorage(database, OURS).save({"chunks/secret": b"secret"})

        assert "secret" not in str(failed.value)

    def test_a_file_that_is_no_database_is_told_with_what_to_do(self, tmp_path: Path) -> None:
        (tmp_path / "shelf.db").write_bytes(b"no database" * 1000)

        with pytest.raises(UserError, match="Delete it"), open_index_file(tmp_path / "shelf.db"):
            pass

    def test_what_mongodb_refuses_is_told_without_what_it_holds(
        self, mongodb_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shelf = MongoIndexStorage(mongodb_url, OURS)

        def refused(*_: object, **__: object) -> None:
            raise BulkWriteError({"writeErrors": [{"code": 11000, "op": {"value": b"secret"}}]})

        monkeypatch.setattr(shelf, "_collection", SimpleNamespace(bulk_write=refused))
        with pytest.raises(RemoteError) as failed:
            shelf.save({"chunks/a": b"secret"})
        assert str(failed.value) == "The index cannot be read or written: BulkWriteError."

    def test_a_value_that_no_document_can_hold_is_refused_in_plain_words(self, mongodb_url: str) -> None:
        with pytest.raises(UserError, match="too many files"):
            MongoIndexStorage(mongodb_url, OURS).save({"head/m/main": bytes(16 << 20)})


class TestLocalShelf:
    @pytest.fixture
    def shelf(self, tmp_path: Path) -> Iterator[IndexStorage]:
        with open_index_file(tmp_path / "shelf.db") as file:
            yield file

    test_what_is_kept_is_found_by_its_name = TestShelf.test_what_is_kept_is_found_by_its_name
    test_equal_names_replace_each_other = TestShelf.test_equal_names_replace_each_other
    test_names_are_told_by_how_they_begin = TestShelf.test_names_are_told_by_how_they_begin_to_the_letter
    test_more_names_than_one_call_takes = TestShelf.test_more_names_than_one_call_takes_are_kept_found_and_dropped
    test_it_is_cleared = TestShelf.test_a_shelf_is_cleared

    def test_others_cannot_read_the_file(self, tmp_path: Path, shelf: IndexStorage) -> None:
        assert (tmp_path / "shelf.db").stat().st_mode & 0o777 == 0o600

    def test_a_file_written_by_the_sql_store_is_read(self, tmp_path: Path) -> None:
        database = connect(f"sqlite:///{tmp_path / 'old.db'}")
        with database.begin() as connection:
            create_index_table(connection)
        SqlIndexStorage(database, Tenant(0, 0)).save({"chunks/a": b"a"})
        database.dispose()

        with open_index_file(tmp_path / "old.db") as shelf:
            assert shelf.load(["chunks/a"]) == {"chunks/a": b"a"}


def test_an_index_is_the_same_on_every_shelf(shelf: IndexStorage, tmp_path: Path) -> None:
    with open_index_file(tmp_path / "shelf.db") as file:
        indexes = [
            Index(tmp_path / name, each, EmbeddingModel("test", 8, Embedding()))
            for name, each in (("a", shelf), ("b", file))
        ]
        for index in indexes:
            push(index, {"docs/guide.md": TIMEOUTS, "src/client.py": CLIENT})
            push(index, {"docs/guide.md": TIMEOUTS.replace("five", "six")}, "next")
            index.drop_branch("main")

        assert contents(shelf) == contents(file)
        assert indexes[0].search("next", "timeouts") == indexes[1].search("next", "timeouts") != []


class TestCatalogue:
    async def test_a_branch_comes_back_as_it_was_noted(self, catalogue: IndexCatalog) -> None:
        assert await catalogue.record(MAIN, seq=1, create=True)

        assert await catalogue.list_for_tenant(OURS) == await catalogue.list_all() == [MAIN]
        assert [await catalogue.list_for_tenant(each) for each in NEIGHBOURS] == [[], []]

    async def test_the_newest_come_first(self, catalogue: IndexCatalog) -> None:
        for number, branch in enumerate(("old", "new", "middle")):
            await catalogue.record(replace(MAIN, branch=branch, at=(1.0, 3.0, 2.0)[number]), seq=number, create=True)

        assert [each.branch for each in await catalogue.list_for_tenant(OURS)] == ["new", "middle", "old"]

    async def test_a_later_job_notes_over_an_earlier_one_which_changes_nothing_any_more(
        self, catalogue: IndexCatalog
    ) -> None:
        later = replace(MAIN, commit="b" * 40)
        assert await catalogue.record(MAIN, seq=1, create=True)
        assert await catalogue.record(MAIN, seq=1, create=True)  # a step that runs twice
        assert await catalogue.record(later, seq=2, create=True)

        assert not await catalogue.record(MAIN, seq=1)
        assert not await catalogue.record(MAIN, seq=1, create=True)
        assert not await catalogue.delete(OURS, "main", seq=1)
        assert await catalogue.list_for_tenant(OURS) == [later]

    async def test_what_was_purged_while_a_job_worked_does_not_come_back_with_its_end(
        self, store: ManagedStore, catalogue: IndexCatalog
    ) -> None:
        await catalogue.record(MAIN, seq=1, create=True)
        assert await catalogue.record(replace(MAIN, done=8), seq=1)
        await store.purge(OURS)

        assert not await catalogue.record(replace(MAIN, done=9), seq=1)
        assert await catalogue.list_all() == []

    async def test_an_installation_sees_its_own(self, catalogue: IndexCatalog) -> None:
        for tenant in (OURS, *NEIGHBOURS):
            await catalogue.record(replace(MAIN, tenant=tenant), seq=1, create=True)

        assert {each.tenant for each in await catalogue.list_for_installation(1)} == {OURS, NEIGHBOURS[0]}

    async def test_a_branch_that_is_dropped_is_gone_alone(self, catalogue: IndexCatalog) -> None:
        for each in (MAIN, replace(MAIN, branch="next"), replace(MAIN, tenant=NEIGHBOURS[0])):
            await catalogue.record(each, seq=1, create=True)

        assert await catalogue.delete(OURS, "main", seq=1)
        assert await catalogue.delete(OURS, "main", seq=1)
        assert [each.branch for each in await catalogue.list_for_tenant(OURS)] == ["next"]
        assert len(await catalogue.list_for_tenant(NEIGHBOURS[0])) == 1
