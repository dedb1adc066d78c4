"""The store on MongoDB, also on a server that stands alone and so knows no transactions.

Each write is one document's, conditional or keyed, so that a step that runs twice, two workers at once, or one that
wakes late, change nothing. Every statement names its tenant, but `expire`, which is housekeeping by age. Redaction is
the caller's.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorCollection
from pymongo.errors import DuplicateKeyError

from bot.domain import Memory, Tenant
from bot.domain.audit import AuditEntry, AuditHead, AuditRecord
from bot.errors import Bug
from bot.ports import IndexCatalog
from bot.stores.mongo import rows as mongo_rows
from bot.stores.mongo.audit import MongoAuditLog
from bot.stores.mongo.client import (
    CONCERNS,
    DEFAULT_DATABASE,
    timeout_options,
    translate_connection_errors,
    translate_open_errors,
    translate_url_errors,
)
from bot.stores.mongo.index_storage import MongoIndexCatalog
from bot.stores.mongo.rows import body_parts, insert_missing
from bot.stores.mongo.schema import (
    AUDIT,
    BODIES,
    INDEX,
    INDEXED,
    REJECTIONS,
    SETTLED,
    STATE,
    TENANT_FIELDS,
    Document,
    check_version,
    migrate,
)
from bot.stores.records import Row, purge_entry, to_storable


class MongoStore:
    """`bot.ports.Store` on the MongoDB of a URL, in the database that it names; call `open` before anything else.

    Args:
        setting: what people know the URL by.
        audit_keys: the first one seals the heads of audit logs.

    Raises:
        UserError: the URL is none of MongoDB's.
    """

    def __init__(self, url: str, setting: str = "STORE_URL", audit_keys: Sequence[str] = ()) -> None:
        with translate_url_errors(setting):
            self._client: AsyncIOMotorClient[Document] = AsyncIOMotorClient(url, **timeout_options(url))
            self._database = self._client.get_default_database(DEFAULT_DATABASE, **CONCERNS)
        self._audit = MongoAuditLog(self._database, audit_keys)
        self.index_catalog: IndexCatalog = MongoIndexCatalog(self._database)

    async def open(self) -> None:
        """Make the collections, or bring them forward.

        Raises:
            UserError: the database does not open, or a newer MAS wrote it.
        """
        with translate_open_errors():
            await migrate(self._database)

    async def close(self) -> None:
        """Let go of the server."""
        self._client.close()

    async def describe(self) -> str:
        """See `bot.stores.place.Place.about`."""
        with translate_open_errors():
            await check_version(self._database)
            version = (await self._client.server_info())["version"]
        nodes: Any = self._client.nodes  # motor's types take it for a method
        hosts = ", ".join(sorted(f"{host}:{port}" for host, port in nodes))
        return f"MongoDB {version}, {self._database.name} at {hosts}"

    async def put_blob(self, tenant: Tenant, body: bytes) -> str:
        """See `Store.put`; a body that is put again lives on from then."""
        digest = hashlib.sha256(body).hexdigest()
        for part in body_parts({**asdict(tenant), "digest": digest, "body": body, "put_at": time.time()}):
            key = {name: part.pop(name) for name in (*TENANT_FIELDS, "digest", "part")}
            with translate_connection_errors():
                await self._upsert(BODIES, key, {"$set": part})
        return digest

    async def get_blob(self, tenant: Tenant, digest: str) -> bytes:
        """See `Store.get`."""
        with translate_connection_errors():
            parts = await self._find_all(BODIES, {**asdict(tenant), "digest": digest}, "part")
        if not parts or len(parts) != parts[0]["parts"]:
            raise Bug(f"No body {digest[:12]} is kept for {tenant}.")
        return b"".join(part["body"] for part in parts)

    async def expire_blobs(self, before: float) -> int:
        """Delete the bodies, of all tenants, that were last put before a time; returns how many.

        Args:
            before: in seconds since 1970.
        """
        old = {"put_at": {"$lt": before}}
        with translate_connection_errors():
            deleted = await self._collection(BODIES).delete_many({**old, "part": 0})
            await self._collection(BODIES).delete_many(old)
        return deleted.deleted_count

    async def get_memory(self, tenant: Tenant, branch: str) -> Memory:
        """See `Store.memory`; rejected edits are the repository's, whatever the branch."""
        with translate_connection_errors():
            settled = await self._collection(SETTLED).find_one({**asdict(tenant), "branch": branch})
            rejected = await self._collection(REJECTIONS).distinct("fingerprint", asdict(tenant))
        return Memory(settled["since"] if settled else None, frozenset(rejected))

    async def advance_baseline(
        self, tenant: Tenant, branch: str, baseline: str, *, seq: int, only_if_unset: bool = False
    ) -> bool:
        """See `Store.settle`; true when what stands afterwards is this job's, also when it runs again.

        Args:
            seq: the job's place in the order of all jobs.
            only_if_unset: leave standing what any job settled before.
        """
        key, new = {**asdict(tenant), "branch": branch}, {"since": baseline, "seq": seq}
        with translate_connection_errors():
            if only_if_unset:
                await self._upsert(SETTLED, key, {"$setOnInsert": new})
            else:
                await self._upsert_if_newer(SETTLED, key, new)
            stands = await self._collection(SETTLED).find_one({**key, **new})
        return stands is not None

    async def reject_edits(self, tenant: Tenant, fingerprints: frozenset[str], *, why: str) -> None:
        """See `Store.reject`; the first reason stays."""
        common = {**asdict(tenant), "why": to_storable(why), "at": time.time()}
        rows = [{**common, "fingerprint": fingerprint} for fingerprint in sorted(fingerprints)]
        with translate_connection_errors():
            await insert_missing(self._collection(REJECTIONS), rows)

    async def restore_edits(self, tenant: Tenant, fingerprints: frozenset[str]) -> None:
        """See `Store.restore`."""
        those = {**asdict(tenant), "fingerprint": {"$in": sorted(fingerprints)}}
        with translate_connection_errors():
            await self._collection(REJECTIONS).delete_many(those)

    async def set_state(self, tenant: Tenant, name: str, value: str, *, seq: int) -> None:
        """See `Store.keep`."""
        with translate_connection_errors():
            await self._upsert_if_newer(
                STATE, {**asdict(tenant), "name": name}, {"value": to_storable(value), "seq": seq}
            )

    async def get_state(self, tenant: Tenant, name: str) -> str | None:
        """See `Store.kept`."""
        with translate_connection_errors():
            stands = await self._collection(STATE).find_one({**asdict(tenant), "name": name})
        return stands["value"] if stands else None

    async def append_audit_entry(self, tenant: Tenant, entry: AuditEntry) -> None:
        """See `Store.append`."""
        clean = replace(entry, detail=to_storable(entry.detail or ""))
        with translate_connection_errors():
            await self._audit.append(tenant, lambda _: clean)

    async def get_audit_log(self, tenant: Tenant) -> list[AuditRecord]:
        """See `Store.audit`."""
        with translate_connection_errors():
            return await self._audit.records(tenant)

    async def get_audit_head(self, tenant: Tenant) -> AuditHead | None:
        """See `Store.get_audit_head`."""
        with translate_connection_errors():
            return await self._audit.head(tenant)

    async def list_audited_tenants(self) -> frozenset[Tenant]:
        """See `Store.audited`."""
        with translate_connection_errors():
            return await self._audit.tenants()

    async def list_tenants(self, installation_id: int) -> frozenset[Tenant]:
        """See `Store.tenants`."""
        with translate_connection_errors():
            numbers = [
                await self._collection(name).distinct("repository_id", {"installation_id": installation_id})
                for name in (BODIES, SETTLED, REJECTIONS, STATE, INDEXED, AUDIT)
            ]
        return frozenset(Tenant(installation_id, number) for some in numbers for number in some)

    async def purge(self, tenant: Tenant) -> None:
        """See `Store.purge`; one that broke off is done by the next from its beginning."""
        with translate_connection_errors():
            for name in (BODIES, SETTLED, REJECTIONS, STATE, INDEX, INDEXED):
                await self._collection(name).delete_many(asdict(tenant))
            number = None
            while number is None:  # another purge may have taken the key
                number = await self._audit.append(tenant, purge_entry)
            # Only now: what was appended before stands in the log, also where its writer has not come to put it there.
            await self._audit.strip_details(tenant, number)

    async def iter_rows(self, kind: str) -> AsyncIterator[Row]:
        """See `bot.stores.place.Place.rows`."""
        with translate_connection_errors():
            async for row in mongo_rows.iter_rows(self._database, kind):
                yield row

    async def insert_rows(self, kind: str, rows: Sequence[Row]) -> None:
        """See `bot.stores.place.Place.add`."""
        with translate_connection_errors():
            await mongo_rows.insert_rows(self._database, kind, rows)

    def _collection(self, name: str) -> AsyncIOMotorCollection[Document]:
        return self._database[name]

    async def _find_all(self, name: str, query: Mapping[str, Any], order: str) -> list[Document]:
        return await self._collection(name).find(query).sort(order, 1).to_list(None)

    async def _upsert(self, name: str, key: Mapping[str, Any], update: Mapping[str, Any]) -> None:
        try:
            await self._collection(name).update_one(key, update, upsert=True)
        except DuplicateKeyError:  # another made it between our look and our write
            await self._collection(name).update_one(key, update)

    async def _upsert_if_newer(self, name: str, key: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        # Where a later job's stands the filter finds nothing, and the index refuses a second one.
        await self._upsert(name, {**key, "seq": {"$lte": new["seq"]}}, {"$set": new})
