"""Index storage and index catalog in MongoDB."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from functools import cache
from typing import Any

from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo import MongoClient, ReplaceOne
from pymongo.collection import Collection as Documents
from pymongo.errors import DuplicateKeyError, PyMongoError

from bot.domain import IndexStatus, Tenant
from bot.errors import RemoteError, UserError
from bot.stores.mongo.client import CONCERNS, DEFAULT_DATABASE, timeout_options, translate_connection_errors
from bot.stores.mongo.schema import INDEX, INDEXED, TENANT_FIELDS, Database, Document
from bot.stores.records import batches, branch_from_row, branch_to_row, prefix_end

_BATCH_SIZE = 1_000
"""Maximum number of names in one call."""
_MAX_VALUE_BYTES = 15 << 20
"""Maximum size of a value, in bytes; MongoDB's limit is 16 MiB per document."""


class MongoIndexStorage:
    """`bot.ports.IndexStorage` in MongoDB, with the synchronous driver.

    Raises:
        RemoteError: the server failed.
    """

    def __init__(self, url: str, tenant: Tenant) -> None:
        self._collection, self._tenant = _collection(url), asdict(tenant)

    def load(self, names: Collection[str]) -> dict[str, bytes]:
        """See `IndexStorage.load`."""
        values: dict[str, bytes] = {}
        with _translate_errors():
            for batch in batches(names, _BATCH_SIZE):
                query, fields = {**self._tenant, "name": {"$in": batch}}, {"_id": 0, "name": 1, "value": 1}
                values |= {each["name"]: each["value"] for each in self._collection.find(query, fields)}
        return values

    def list_names(self, prefix: str) -> set[str]:
        """See `IndexStorage.list_names`."""
        query = {**self._tenant, "name": {"$gte": prefix, "$lt": prefix_end(prefix)}}
        with _translate_errors():
            return {each["name"] for each in self._collection.find(query, {"_id": 0, "name": 1})}

    def save(self, values: Mapping[str, bytes]) -> None:
        """See `IndexStorage.save`.

        Raises:
            UserError: a value exceeds the document limit: the repository has too many files.
        """
        if any(len(value) > _MAX_VALUE_BYTES for value in values.values()):
            raise UserError(
                "The repository has too many files for an index in MongoDB.", "Use a PostgreSQL or SQLite store."
            )
        keys = ({**self._tenant, "name": name} for name in values)
        writes = [ReplaceOne(key, {**key, "value": values[key["name"]]}, upsert=True) for key in keys]
        if writes:
            with _translate_errors():
                self._collection.bulk_write(writes, ordered=True)

    def delete(self, names: Collection[str]) -> None:
        """See `IndexStorage.delete`."""
        with _translate_errors():
            for batch in batches(names, _BATCH_SIZE):
                self._collection.delete_many({**self._tenant, "name": {"$in": batch}})

    def clear(self) -> None:
        """See `IndexStorage.clear`."""
        with _translate_errors():
            self._collection.delete_many(self._tenant)


@contextmanager
def _translate_errors() -> Iterator[None]:
    """Translate driver errors to `RemoteError`, which is retried and can be pickled.

    The driver's messages are left out: they may contain documents.
    """
    try:
        yield
    except PyMongoError as error:
        raise RemoteError(f"Cannot read or write the index: {type(error).__name__}.") from None


@cache
def _collection(url: str) -> Documents[Document]:
    """Connect once per process; the connection is closed when the child process ends."""
    client: MongoClient[Document] = MongoClient(url, **timeout_options(url))
    return client.get_default_database(DEFAULT_DATABASE, **CONCERNS)[INDEX]


class MongoIndexCatalog:
    """`bot.ports.IndexCatalog` in MongoDB."""

    def __init__(self, database: Database) -> None:
        self._branches: AsyncIOMotorCollection[Document] = database[INDEXED]

    async def list_all(self) -> list[IndexStatus]:
        """See `IndexCatalog.list_all`."""
        return await self._find({})

    async def list_for_installation(self, installation_id: int) -> list[IndexStatus]:
        """See `IndexCatalog.list_for_installation`."""
        return await self._find({"installation_id": installation_id})

    async def list_for_tenant(self, tenant: Tenant) -> list[IndexStatus]:
        """See `IndexCatalog.list_for_tenant`."""
        return await self._find(asdict(tenant))

    async def record(self, status: IndexStatus, *, seq: int, create: bool = False) -> bool:
        """See `IndexCatalog.record`."""
        row = branch_to_row(status, seq)
        key = {name: row.pop(name) for name in (*TENANT_FIELDS, "branch")}
        earlier = {**key, "seq": {"$lte": seq}}
        with translate_connection_errors():
            try:
                await self._branches.update_one(earlier, {"$set": row}, upsert=create)
            except DuplicateKeyError:  # a later job's row exists, or another process has just inserted one
                await self._branches.update_one(earlier, {"$set": row})
            current = await self._branches.find_one(key)
        return current is not None and current["seq"] == seq

    async def delete(self, tenant: Tenant, branch: str, *, seq: int) -> bool:
        """See `IndexCatalog.delete`."""
        key = {**asdict(tenant), "branch": branch}
        with translate_connection_errors():
            await self._branches.delete_many({**key, "seq": {"$lte": seq}})
            return await self._branches.find_one(key) is None

    async def _find(self, query: Mapping[str, Any]) -> list[IndexStatus]:
        with translate_connection_errors():
            rows = await self._branches.find(query).sort([("at", -1), ("branch", 1)]).to_list(None)
        return [branch_from_row(row) for row in rows]
