"""The audit log in MongoDB, one chain a tenant, without transactions and without triggers.

A chain goes on by one document, its head, which holds the last record beside its number, hash and seal: of two
processes that would go on from the same head one finds it changed, and looks again. The record is put into the log
after that; where a process died in between, the next one puts it there, and readers take it from the head. It is
append-only by this code: who can write the database can change it, which `bot.audit.faults` finds.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import asdict
from typing import Any

from pymongo.errors import DuplicateKeyError

from bot.audit import head_of, next_record
from bot.domain import Tenant
from bot.domain.audit import AuditEntry, AuditHead, AuditRecord
from bot.stores.mongo.rows import insert_missing
from bot.stores.mongo.schema import AUDIT, HEADS, TENANT_FIELDS, Database, Document
from bot.stores.records import record_from_row, record_to_row, tenant_from_row


class MongoAuditLog:
    """The logs of all tenants.

    Args:
        keys: the first one seals the heads.
    """

    def __init__(self, database: Database, keys: Sequence[str]) -> None:
        self._log, self._heads, self._keys = database[AUDIT], database[HEADS], keys

    async def append(self, tenant: Tenant, entry_after: Callable[[AuditRecord | None], AuditEntry]) -> int | None:
        """Add what is to be said after the last record; returns its number, or None where its key stands there."""
        while True:
            head = await self._heads.find_one(asdict(tenant))
            last = await self._last_record(tenant, head)
            entry = entry_after(last)
            if await self._log.find_one({**asdict(tenant), "key": entry.key}):
                return None
            record = next_record(last, time.time(), entry, secrets.token_hex(16))
            if await self._advance_head(tenant, head, record):
                await insert_missing(self._log, [record_to_row(tenant, record)])
                return record.number

    async def _last_record(self, tenant: Tenant, head: Document | None) -> AuditRecord | None:
        row = await self._log.find_one(asdict(tenant), sort=[("number", -1)])
        if pending := _pending(head, row):
            await insert_missing(self._log, [{**asdict(tenant), **pending}])
            row = pending
        return record_from_row(row) if row else None

    async def _advance_head(self, tenant: Tenant, head: Document | None, record: AuditRecord) -> bool:
        last = {name: value for name, value in record_to_row(tenant, record).items() if name not in TENANT_FIELDS}
        new: dict[str, Any] = {**asdict(head_of(tenant, record, self._keys)), "last": last}
        if head is None:
            try:
                await self._heads.insert_one({**asdict(tenant), **new})
            except DuplicateKeyError:
                return False
            return True
        seen = {name: head[name] for name in ("_id", "number", "hash")}
        return bool((await self._heads.update_one(seen, {"$set": new})).modified_count)

    async def strip_details(self, tenant: Tenant, before: int) -> None:
        """Take the details of the records before one, and their salts; the chain holds without them."""
        those = {**asdict(tenant), "number": {"$lt": before}, "salt": {"$ne": None}}
        await self._log.update_many(those, {"$set": {"detail": None, "salt": None}})

    async def records(self, tenant: Tenant) -> list[AuditRecord]:
        """See `Store.audit`."""
        head = await self._heads.find_one(asdict(tenant))  # first: what is put into the log meanwhile does no harm
        rows = await self._log.find(asdict(tenant)).sort("number", 1).to_list(None)
        pending = _pending(head, rows[-1] if rows else None)
        return [record_from_row(row) for row in (*rows, *([pending] if pending else []))]

    async def head(self, tenant: Tenant) -> AuditHead | None:
        """See `Store.get_audit_head`."""
        head = await self._heads.find_one(asdict(tenant))
        return AuditHead(head["number"], head["hash"], head["seal"]) if head else None

    async def tenants(self) -> frozenset[Tenant]:
        """See `Store.audited`."""
        group = {"$group": {"_id": {name: f"${name}" for name in TENANT_FIELDS}}}
        return frozenset([tenant_from_row(row["_id"]) async for row in self._aggregate(group)])

    async def _aggregate(self, group: Document) -> AsyncIterator[Document]:
        for collection in (self._log, self._heads):
            async for row in collection.aggregate([group]):
                yield row


def _pending(head: Document | None, row: Document | None) -> Document | None:
    """The last record, where it stands in the head only; `row` is the last in the log."""
    last: Document | None = head["last"] if head else None
    return last if last and (row is None or row["number"] < last["number"]) else None
