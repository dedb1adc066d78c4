"""Rows of the store as MongoDB documents: write, iterate and copy them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo.errors import BulkWriteError

from bot.stores.mongo.schema import AUDIT, BODIES, HEADS, TENANT_FIELDS, Database, Document
from bot.stores.records import Row, tenant_from_row
from bot.stores.sql.schema import KEYS

_PART_BYTES = 8 << 20  # size of a blob's part in one document; MongoDB's limit is 16 MiB per document
_DUPLICATE_KEY = 11000
_COLUMNS = {table.name: [column.name for column in table.c] for table in KEYS}
_KEYS = {table.name: key for table, key in KEYS.items()}


def body_parts(row: Row) -> Iterator[Document]:
    """Yield the documents of a blob, with the time from which the server's TTL counts."""
    body, put_on = row["body"], datetime.now(UTC)
    pieces = [body[start : start + _PART_BYTES] for start in range(0, len(body), _PART_BYTES)] or [b""]
    for part, piece in enumerate(pieces):
        yield {**row, "body": piece, "part": part, "parts": len(pieces), "put_on": put_on}


async def insert_missing(collection: AsyncIOMotorCollection[Document], documents: Sequence[Document]) -> None:
    """Insert the documents whose key does not exist yet."""
    if not documents:
        return
    try:
        await collection.insert_many(documents, ordered=False)
    except BulkWriteError as error:
        if any(each["code"] != _DUPLICATE_KEY for each in error.details["writeErrors"]):
            raise


async def iter_rows(database: Database, kind: str) -> AsyncIterator[Row]:
    """See `ManagedStore.iter_rows`."""
    documents = {BODIES: _bodies, AUDIT: _records}.get(kind, _documents)(database, kind)
    async for document in documents:
        yield {name: document[name] for name in _COLUMNS[kind]}


async def insert_rows(database: Database, kind: str, rows_to_insert: Sequence[Row]) -> None:
    """See `ManagedStore.insert_rows`."""
    if kind == BODIES:
        for row in rows_to_insert:  # one at a time: together they may exceed the message size limit
            await insert_missing(database[kind], list(body_parts(row)))
        return
    extra: Row = {"last": None} if kind == HEADS else {}
    await insert_missing(database[kind], [{**row, **extra} for row in rows_to_insert])


async def _documents(database: Database, kind: str, then_by: tuple[str, ...] = ()) -> AsyncIterator[Document]:
    order = [(name, 1) for name in (*TENANT_FIELDS, *_KEYS[kind], *then_by)]
    async for document in database[kind].find(batch_size=100).sort(order):
        yield document


async def _bodies(database: Database, kind: str) -> AsyncIterator[Document]:
    pieces: list[bytes] = []
    async for part in _documents(database, kind, ("part",)):
        pieces = [*pieces, part["body"]] if part["part"] else [part["body"]]
        if len(pieces) == part["parts"]:
            yield {**part, "body": b"".join(pieces)}


async def _records(database: Database, kind: str) -> AsyncIterator[Document]:
    """Yield the records in the log, and the last ones that only their heads have (see `bot.stores.mongo.audit`)."""
    last = {tenant_from_row(head): head["last"] async for head in database[HEADS].find({"last": {"$ne": None}})}
    async for record in _documents(database, kind):
        if last.get(tenant_from_row(record), {}).get("number") == record["number"]:
            del last[tenant_from_row(record)]
        yield record
    for tenant, record in last.items():
        yield {**asdict(tenant), **record}
