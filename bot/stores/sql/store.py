"""The store on SQLite and on PostgreSQL, by one SQLAlchemy Core code.

Every statement names its tenant, but `expire`, which is housekeeping by age. Writes are idempotent or conditional, so
that a step that runs twice, or a worker that wakes late, changes nothing. Redaction is the caller's.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import partial
from typing import Any

import sqlalchemy as sa

from bot.audit import head_of, next_record
from bot.domain import Memory, Tenant
from bot.domain.audit import AuditEntry, AuditHead, AuditRecord
from bot.errors import Bug, UserError
from bot.ports import IndexCatalog
from bot.stores.database import describe_database
from bot.stores.records import Row, purge_entry, record_from_row, record_to_row, to_storable
from bot.stores.sql import rows as sql_rows
from bot.stores.sql.index_catalog import SqlIndexCatalog
from bot.stores.sql.index_storage import SqlIndexStorage
from bot.stores.sql.rows import tenant_filter
from bot.stores.sql.schema import (
    AUDIT,
    BODIES,
    FORMER_AUDIT,
    HEADS,
    INDEXED,
    PURGES,
    REJECTIONS,
    SETTLED,
    STATE,
    migrate,
)

_TENANT_COLUMNS = ("installation_id", "repository_id")


class SqlStore:
    """`bot.ports.Store` on a SQLAlchemy engine; call `open` before anything else.

    The methods run their statements in a thread, so that the event loop never waits for a disk.

    Args:
        audit_keys: the first one seals the heads of audit logs.
    """

    def __init__(self, database: sa.Engine, audit_keys: Sequence[str] = ()) -> None:
        self._database, self._audit_keys = database, audit_keys
        self._insert = partial(sql_rows.dialect_insert, database)
        self.index_catalog: IndexCatalog = SqlIndexCatalog(database)

    async def open(self) -> None:
        """Make the tables, or bring them forward.

        Raises:
            UserError: the database does not open, or a newer MAS wrote it.
        """

        def work() -> None:
            with self._write_transaction("schema") as connection:
                migrate(connection)

        try:
            await asyncio.to_thread(work)
        except sa.exc.DatabaseError as error:
            said = str(error.orig).strip()
            raise UserError(f"The database does not open: {said}.", "Check its URL and that it runs.") from error

    async def close(self) -> None:
        """Let go of the database."""
        await asyncio.to_thread(self._database.dispose)

    async def describe(self) -> str:
        """See `bot.stores.place.Place.about`."""
        try:
            return await asyncio.to_thread(describe_database, self._database)
        except sa.exc.DatabaseError as error:
            said = str(error.orig).strip()
            raise UserError(f"The database does not open: {said}.", "Check its URL and that it runs.") from error

    @contextmanager
    def _write_transaction(self, lock: object) -> Iterator[sa.Connection]:
        """A transaction in which nobody else writes under the same lock, from its first read on."""
        with self._database.begin() as connection:
            if connection.dialect.name == "sqlite":
                # The driver begins by itself only at the first write; a read before it would see an older state.
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                name = sa.func.hashtextextended(f"mas store {lock}", 0)
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(name)))
            yield connection

    async def put_blob(self, tenant: Tenant, body: bytes) -> str:
        """See `Store.put`; a body that is put again lives on from then."""
        digest = hashlib.sha256(body).hexdigest()
        row = {**asdict(tenant), "digest": digest, "body": body, "put_at": time.time()}
        insert = self._insert(BODIES).values(row)
        insert = insert.on_conflict_do_update(
            index_elements=(*_TENANT_COLUMNS, "digest"), set_={"put_at": insert.excluded.put_at}
        )
        await asyncio.to_thread(self._execute, insert)
        return digest

    async def get_blob(self, tenant: Tenant, digest: str) -> bytes:
        """See `Store.get`."""
        query = sa.select(BODIES.c.body).where(tenant_filter(BODIES, tenant), BODIES.c.digest == digest)
        rows = await asyncio.to_thread(self._fetch_all, query)
        if not rows:
            raise Bug(f"No body {digest[:12]} is kept for {tenant}.")
        return bytes(rows[0].body)

    async def expire_blobs(self, before: float) -> int:
        """Delete the bodies, of all tenants, that were last put before a time; returns how many.

        Args:
            before: in seconds since 1970.
        """
        return await asyncio.to_thread(self._execute, sa.delete(BODIES).where(BODIES.c.put_at < before))

    async def get_memory(self, tenant: Tenant, branch: str) -> Memory:
        """See `Store.memory`; rejected edits are the repository's, whatever the branch."""
        settled = sa.select(SETTLED.c.since).where(tenant_filter(SETTLED, tenant), SETTLED.c.branch == branch)
        rejected = sa.select(REJECTIONS.c.fingerprint).where(tenant_filter(REJECTIONS, tenant))

        def work() -> Memory:
            with self._database.connect() as connection:
                since = connection.execute(settled).scalar_one_or_none()
                return Memory(since, frozenset(connection.execute(rejected).scalars()))

        return await asyncio.to_thread(work)

    async def advance_baseline(
        self, tenant: Tenant, branch: str, baseline: str, *, seq: int, only_if_unset: bool = False
    ) -> bool:
        """See `Store.settle`; true when what stands afterwards is this job's, also when it runs again.

        Args:
            seq: the job's place in the order of all jobs.
            only_if_unset: leave standing what any job settled before.
        """
        insert = self._insert(SETTLED).values({**asdict(tenant), "branch": branch, "since": baseline, "seq": seq})
        key, new = (*_TENANT_COLUMNS, "branch"), {"since": baseline, "seq": seq}
        upsert = (
            insert.on_conflict_do_nothing(index_elements=key)
            if only_if_unset
            else insert.on_conflict_do_update(index_elements=key, set_=new, where=SETTLED.c.seq <= seq)
        )
        query = sa.select(SETTLED.c.since, SETTLED.c.seq).where(
            tenant_filter(SETTLED, tenant), SETTLED.c.branch == branch
        )

        def work() -> bool:
            with self._write_transaction(tenant) as connection:
                connection.execute(upsert)
                stands = connection.execute(query).one()
                return bool(stands.since == baseline and stands.seq == seq)

        return await asyncio.to_thread(work)

    async def reject_edits(self, tenant: Tenant, fingerprints: frozenset[str], *, why: str) -> None:
        """See `Store.reject`; the first reason stays."""
        common = {**asdict(tenant), "why": to_storable(why), "at": time.time()}
        rows = [{**common, "fingerprint": fingerprint} for fingerprint in sorted(fingerprints)]
        if rows:
            await asyncio.to_thread(self._execute, self._insert(REJECTIONS).values(rows).on_conflict_do_nothing())

    async def restore_edits(self, tenant: Tenant, fingerprints: frozenset[str]) -> None:
        """See `Store.restore`."""
        those = sa.and_(tenant_filter(REJECTIONS, tenant), REJECTIONS.c.fingerprint.in_(sorted(fingerprints)))
        await asyncio.to_thread(self._execute, sa.delete(REJECTIONS).where(those))

    async def set_state(self, tenant: Tenant, name: str, value: str, *, seq: int) -> None:
        """See `Store.keep`."""
        new = {"value": to_storable(value), "seq": seq}
        insert = self._insert(STATE).values({**asdict(tenant), "name": name, **new})
        upsert = insert.on_conflict_do_update(
            index_elements=(*_TENANT_COLUMNS, "name"), set_=new, where=STATE.c.seq <= seq
        )
        await asyncio.to_thread(self._execute, upsert)

    async def get_state(self, tenant: Tenant, name: str) -> str | None:
        """See `Store.kept`."""
        query = sa.select(STATE.c.value).where(tenant_filter(STATE, tenant), STATE.c.name == name)
        rows = await asyncio.to_thread(self._fetch_all, query)
        return str(rows[0].value) if rows else None

    async def append_audit_entry(self, tenant: Tenant, entry: AuditEntry) -> None:
        """See `Store.append`."""
        stands = sa.select(AUDIT.c.number).where(tenant_filter(AUDIT, tenant), AUDIT.c.key == entry.key)

        def work() -> None:
            with self._write_transaction(tenant) as connection:
                if not connection.execute(stands).first():
                    self._append_record(connection, tenant, entry)

        await asyncio.to_thread(work)

    async def get_audit_log(self, tenant: Tenant) -> list[AuditRecord]:
        """See `Store.audit`."""
        query = sa.select(AUDIT).where(tenant_filter(AUDIT, tenant)).order_by(AUDIT.c.number)
        return [record_from_row(row._asdict()) for row in await asyncio.to_thread(self._fetch_all, query)]

    async def get_audit_head(self, tenant: Tenant) -> AuditHead | None:
        """See `Store.get_audit_head`."""
        rows = await asyncio.to_thread(self._fetch_all, sa.select(HEADS).where(tenant_filter(HEADS, tenant)))
        return AuditHead(rows[0].number, rows[0].hash, rows[0].seal) if rows else None

    async def list_audited_tenants(self) -> frozenset[Tenant]:
        """See `Store.audited`."""
        logs = sa.union(*(sa.select(*(table.c[name] for name in _TENANT_COLUMNS)) for table in (AUDIT, HEADS)))
        rows = await asyncio.to_thread(self._fetch_all, logs)
        return frozenset(Tenant(row.installation_id, row.repository_id) for row in rows)

    async def list_tenants(self, installation_id: int) -> frozenset[Tenant]:
        """See `Store.tenants`."""
        kept = sa.union(
            *(
                sa.select(*(table.c[name] for name in _TENANT_COLUMNS)).where(
                    table.c.installation_id == installation_id
                )
                for table in (BODIES, SETTLED, REJECTIONS, STATE, INDEXED, AUDIT)
            )
        )
        rows = await asyncio.to_thread(self._fetch_all, kept)
        return frozenset(Tenant(row.installation_id, row.repository_id) for row in rows)

    async def purge(self, tenant: Tenant) -> None:
        """See `Store.purge`: the one way past the audit log's triggers.

        What the index holds goes first, some of it at a time. Then in one transaction the tenant is named in
        `store_purge`, which the triggers heed for that tenant alone, everything of it goes, its name there too, and
        the log's next record says that it was purged.
        """
        bare = (
            sa.update(AUDIT)
            .where(tenant_filter(AUDIT, tenant), AUDIT.c.salt.is_not(None))
            .values(detail=None, salt=None)
        )

        def work() -> None:
            SqlIndexStorage(self._database, tenant).clear()
            with self._write_transaction(tenant) as connection:
                connection.execute(sa.insert(PURGES).values(asdict(tenant)))
                connection.execute(bare)
                for table in (BODIES, SETTLED, REJECTIONS, STATE, INDEXED, FORMER_AUDIT, PURGES):
                    connection.execute(sa.delete(table).where(tenant_filter(table, tenant)))
                last = _last_record(connection, tenant)
                self._append_record(connection, tenant, purge_entry(last))

        await asyncio.to_thread(work)

    def iter_rows(self, kind: str) -> AsyncIterator[Row]:
        """See `bot.stores.place.Place.rows`."""
        return sql_rows.iter_rows(self._database, kind)

    async def insert_rows(self, kind: str, rows: Sequence[Row]) -> None:
        """See `bot.stores.place.Place.add`."""
        insert = self._insert(sql_rows.TABLES[kind]).on_conflict_do_nothing()
        await asyncio.to_thread(sql_rows.insert_rows, self._database, insert, rows)

    def _append_record(self, connection: sa.Connection, tenant: Tenant, entry: AuditEntry) -> None:
        clean = replace(entry, detail=to_storable(entry.detail or ""))
        record = next_record(_last_record(connection, tenant), time.time(), clean, secrets.token_hex(16))
        connection.execute(sa.insert(AUDIT).values(record_to_row(tenant, record)))
        head = asdict(head_of(tenant, record, self._audit_keys))
        insert = self._insert(HEADS).values({**asdict(tenant), **head})
        connection.execute(insert.on_conflict_do_update(index_elements=_TENANT_COLUMNS, set_=head))

    def _execute(self, statement: sa.Executable) -> int:
        with self._database.begin() as connection:
            return connection.execute(statement).rowcount

    def _fetch_all(self, query: sa.Select[Any] | sa.CompoundSelect[Any]) -> list[sa.Row[Any]]:
        with self._database.connect() as connection:
            return list(connection.execute(query))


def _last_record(connection: sa.Connection, tenant: Tenant) -> AuditRecord | None:
    query = sa.select(AUDIT).where(tenant_filter(AUDIT, tenant)).order_by(AUDIT.c.number.desc()).limit(1)
    last = connection.execute(query).first()
    return record_from_row(last._asdict()) if last else None
