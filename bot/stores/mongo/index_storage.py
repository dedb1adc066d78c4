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

from bot.domain import Indexed, Tenant
from bot.errors import RemoteError, UserError
from bot.stores.mongo.client import CONCERNS, DATABASE, patience, reached
from bot.stores.mongo.schema import INDEX, INDEXED, TENANT, Database, Document
from bot.stores.records import batches, indexed_of, past, row_of_indexed

_AT_ONCE = 1_000
"""Names in one call."""
_LARGEST = 15 << 20
"""Bytes of a value; a document may have 16 MiB."""


class MongoShelf:
    """`bot.index.Shelf` in MongoDB, by its driver that waits.

    Raises:
        RemoteError: the server failed.
    """

    def __init__(self, url: str, tenant: Tenant) -> None:
        self._documents, self._tenant = _documents(url), asdict(tenant)

    def find(self, names: Collection[str]) -> dict[str, bytes]:
        """See `Shelf.find`."""
        found: dict[str, bytes] = {}
        with _told():
            for some in batches(names, _AT_ONCE):
                those = self._documents.find({**self._tenant, "name": {"$in": some}}, {"_id": 0, "name": 1, "value": 1})
                found |= {each["name"]: each["value"] for each in those}
        return found

    def names(self, prefix: str) -> set[str]:
        """See `Shelf.names`."""
        those = {**self._tenant, "name": {"$gte": prefix, "$lt": past(prefix)}}
        with _told():
            return {each["name"] for each in self._documents.find(those, {"_id": 0, "name": 1})}

    def keep(self, values: Mapping[str, bytes]) -> None:
        """See `Shelf.keep`.

        Raises:
            UserError: one is larger than a document may be: the repository has too many files.
        """
        if any(len(value) > _LARGEST for value in values.values()):
            raise UserError("The repository has too many files for an index in MongoDB.", "Keep the store elsewhere.")
        keys = ({**self._tenant, "name": name} for name in values)
        writes = [ReplaceOne(key, {**key, "value": values[key["name"]]}, upsert=True) for key in keys]
        if writes:
            with _told():
                self._documents.bulk_write(writes, ordered=True)

    def drop(self, names: Collection[str]) -> None:
        """See `Shelf.drop`."""
        with _told():
            for some in batches(names, _AT_ONCE):
                self._documents.delete_many({**self._tenant, "name": {"$in": some}})

    def clear(self) -> None:
        """See `Shelf.clear`."""
        with _told():
            self._documents.delete_many(self._tenant)


@contextmanager
def _told() -> Iterator[None]:
    """Makes each fault one that is retried and can go from one process to another; its words may hold documents."""
    try:
        yield
    except PyMongoError as error:
        raise RemoteError(f"The index cannot be read or written: {type(error).__name__}.") from None


@cache
def _documents(url: str) -> Documents[Document]:
    """Connected to once in a process, and until it ends: a child's has nothing else to close."""
    client: MongoClient[Document] = MongoClient(url, **patience(url))
    return client.get_default_database(DATABASE, **CONCERNS)[INDEX]


class MongoCatalogue:
    """`bot.ports.Catalogue` in MongoDB."""

    def __init__(self, database: Database) -> None:
        self._branches: AsyncIOMotorCollection[Document] = database[INDEXED]

    async def everything(self) -> list[Indexed]:
        """See `Catalogue.everything`."""
        return await self._found({})

    async def within(self, installation_id: int) -> list[Indexed]:
        """See `Catalogue.within`."""
        return await self._found({"installation_id": installation_id})

    async def of(self, tenant: Tenant) -> list[Indexed]:
        """See `Catalogue.of`."""
        return await self._found(asdict(tenant))

    async def note(self, indexed: Indexed, *, seq: int, begins: bool = False) -> bool:
        """See `Catalogue.note`."""
        row = row_of_indexed(indexed, seq)
        key = {name: row.pop(name) for name in (*TENANT, "branch")}
        earlier = {**key, "seq": {"$lte": seq}}
        with reached():
            try:
                await self._branches.update_one(earlier, {"$set": row}, upsert=begins)
            except DuplicateKeyError:  # a later job's stands, or another made it at this moment
                await self._branches.update_one(earlier, {"$set": row})
            stands = await self._branches.find_one(key)
        return stands is not None and stands["seq"] == seq

    async def drop(self, tenant: Tenant, branch: str, *, seq: int) -> bool:
        """See `Catalogue.drop`."""
        key = {**asdict(tenant), "branch": branch}
        with reached():
            await self._branches.delete_many({**key, "seq": {"$lte": seq}})
            return await self._branches.find_one(key) is None

    async def _found(self, those: Mapping[str, Any]) -> list[Indexed]:
        with reached():
            rows = await self._branches.find(those).sort([("at", -1), ("branch", 1)]).to_list(None)
        return [indexed_of(row) for row in rows]
