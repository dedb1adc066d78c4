"""The rows of the store in MongoDB: how they lie there, and all of them for moving."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo.errors import BulkWriteError

from bot.stores.mongo.schema import AUDIT, BODIES, HEADS, TENANT_FIELDS, Database, Document
from bot.stores.records import Row, tenant_from_row
from bot.stores.sql.schema import KEYS

_PART_BYTES = 8 << 20  # bytes of a body in one document, which may have 16 MiB at most
_DUPLICATE_KEY = 11000
_COLUMNS = {table.name: [column.name for column in table.c] for table in KEYS}
_KEYS = {table.name: key for table, key in KEYS.items()}


def body_parts(row: Row) -> Iterator[Document]:
    """The documents that a body lies in, with the time from which the server counts until it deletes them."""
    body, put_on = row["body"], datetime.now(UTC)
    pieces = [body[start : start + _PART_BYTES] for start in range(0, len(body), _PART_BYTES)] or [b""]
    for part, piece in enumerate(pieces):
        yield {**row, "body": piece, "part": part, "parts": len(pieces), "put_on": put_on}


async def insert_missing(collection: AsyncIOMotorCollection[Document], documents: Sequence[Document]) -> None:
    """Insert those documents whose key is not taken."""
    if not documents:
        return
    try:
        await collection.insert_many(documents, ordered=False)
    except BulkWriteError as error:
        faults = error.details["writeErrors"]
        if any(fault["code"] != _DUPLICATE_KEY for fault in faults):
            raise


async def iter_rows(database: Database, kind: str) -> AsyncIterator[Row]:
    """See `bot.stores.place.Place.rows`."""
    found = {BODIES: _bodies, AUDIT: _records}.get(kind, _documents)(database, kind)
    async for document in found:
        yield {name: document[name] for name in _COLUMNS[kind]}


async def insert_rows(database: Database, kind: str, rows_to_insert: Sequence[Row]) -> None:
    """See `bot.stores.place.Place.add`."""
    if kind == BODIES:
        for row in rows_to_insert:  # one at a time: together they may be too many bytes for a message
            await insert_missing(database[kind], list(body_parts(row)))
        return
    also: Row = {"last": None} if kind == HEADS else {}
    await insert_missing(database[kind], [{**row, **also} for row in rows_to_insert])


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
    """Those in the log, and the last ones that stand in their heads only (see `bot.stores.mongo_audit`)."""
    last = {tenant_from_row(head): head["last"] async for head in database[HEADS].find({"last": {"$ne": None}})}
    async for record in _documents(database, kind):
        if last.get(tenant_from_row(record), {}).get("number") == record["number"]:
            del last[tenant_from_row(record)]
        yield record
    for tenant, record in last.items():
        yield {**asdict(tenant), **record}
