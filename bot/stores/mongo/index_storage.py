"""The indexes in MongoDB: what they hold, and which branches they are of."""

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
"""Names in one call."""
_MAX_VALUE_BYTES = 15 << 20
"""Bytes of a value; a document may have 16 MiB."""


class MongoIndexStorage:
    """`bot.index.Shelf` in MongoDB, by its driver that waits.

    Raises:
        RemoteError: the server failed.
    """

    def __init__(self, url: str, tenant: Tenant) -> None:
        self._collection, self._tenant = _collection(url), asdict(tenant)

    def load(self, names: Collection[str]) -> dict[str, bytes]:
        """See `Shelf.find`."""
        found: dict[str, bytes] = {}
        with _translate_errors():
            for some in batches(names, _BATCH_SIZE):
                those = self._collection.find(
                    {**self._tenant, "name": {"$in": some}}, {"_id": 0, "name": 1, "value": 1}
                )
                found |= {each["name"]: each["value"] for each in those}
        return found

    def list_names(self, prefix: str) -> set[str]:
        """See `Shelf.names`."""
        those = {**self._tenant, "name": {"$gte": prefix, "$lt": prefix_end(prefix)}}
        with _translate_errors():
            return {each["name"] for each in self._collection.find(those, {"_id": 0, "name": 1})}

    def save(self, values: Mapping[str, bytes]) -> None:
        """See `Shelf.keep`.

        Raises:
            UserError: one is larger than a document may be: the repository has too many files.
        """
        if any(len(value) > _MAX_VALUE_BYTES for value in values.values()):
            raise UserError("The repository has too many files for an index in MongoDB.", "Keep the store elsewhere.")
        keys = ({**self._tenant, "name": name} for name in values)
        writes = [ReplaceOne(key, {**key, "value": values[key["name"]]}, upsert=True) for key in keys]
        if writes:
            with _translate_errors():
                self._collection.bulk_write(writes, ordered=True)

    def delete(self, names: Collection[str]) -> None:
        """See `Shelf.drop`."""
        with _translate_errors():
            for some in batches(names, _BATCH_SIZE):
                self._collection.delete_many({**self._tenant, "name": {"$in": some}})

    def clear(self) -> None:
        """See `Shelf.clear`."""
        with _translate_errors():
            self._collection.delete_many(self._tenant)


@contextmanager
def _translate_errors() -> Iterator[None]:
    """Makes each fault one that is retried and can go from one process to another; its words may hold documents."""
    try:
        yield
    except PyMongoError as error:
        raise RemoteError(f"The index cannot be read or written: {type(error).__name__}.") from None


@cache
def _collection(url: str) -> Documents[Document]:
    """Connected to once in a process, and until it ends: a child's has nothing else to close."""
    client: MongoClient[Document] = MongoClient(url, **timeout_options(url))
    return client.get_default_database(DEFAULT_DATABASE, **CONCERNS)[INDEX]


class MongoIndexCatalog:
    """`bot.ports.IndexCatalog` in MongoDB."""

    def __init__(self, database: Database) -> None:
        self._branches: AsyncIOMotorCollection[Document] = database[INDEXED]

    async def list_all(self) -> list[IndexStatus]:
        """See `IndexCatalog.everything`."""
        return await self._find({})

    async def list_for_installation(self, installation_id: int) -> list[IndexStatus]:
        """See `IndexCatalog.within`."""
        return await self._find({"installation_id": installation_id})

    async def list_for_tenant(self, tenant: Tenant) -> list[IndexStatus]:
        """See `IndexCatalog.of`."""
        return await self._find(asdict(tenant))

    async def record(self, status: IndexStatus, *, seq: int, create: bool = False) -> bool:
        """See `IndexCatalog.note`."""
        row = branch_to_row(status, seq)
        key = {name: row.pop(name) for name in (*TENANT_FIELDS, "branch")}
        earlier = {**key, "seq": {"$lte": seq}}
        with translate_connection_errors():
            try:
                await self._branches.update_one(earlier, {"$set": row}, upsert=create)
            except DuplicateKeyError:  # a later job's stands, or another made it at this moment
                await self._branches.update_one(earlier, {"$set": row})
            stands = await self._branches.find_one(key)
        return stands is not None and stands["seq"] == seq

    async def delete(self, tenant: Tenant, branch: str, *, seq: int) -> bool:
        """See `IndexCatalog.drop`."""
        key = {**asdict(tenant), "branch": branch}
        with translate_connection_errors():
            await self._branches.delete_many({**key, "seq": {"$lte": seq}})
            return await self._branches.find_one(key) is None

    async def _find(self, query: Mapping[str, Any]) -> list[IndexStatus]:
        with translate_connection_errors():
            rows = await self._branches.find(query).sort([("at", -1), ("branch", 1)]).to_list(None)
        return [branch_from_row(row) for row in rows]
