"""Copy all data from one store to another, and verify the copy."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from bot.audit import OPERATOR, find_problems
from bot.domain import Tenant
from bot.errors import UserError
from bot.stores.factory import ManagedStore
from bot.stores.records import Row, tenant_from_row
from bot.stores.sql.schema import KEYS

KINDS = {table.name: table.name.removeprefix("store_") for table in KEYS}
"""The tables to copy, in this order, with their names for people."""

_STATE_KEY, _DONE = "moved from", "done"
"""State of the target about the transfer, under the operator's tenant; it is not copied."""
_BATCH_ROWS, _BATCH_BYTES = 200, 4 << 20  # limits of one insert


@dataclass(frozen=True, slots=True)
class TransferResult:
    """Result of a transfer: the number of rows by kind, and the problems of the audit logs, copied from the source."""

    counts: dict[str, int]
    audit_problems: dict[Tenant, list[str]]


async def transfer(
    source: ManagedStore, target: ManagedStore, source_name: str, report: Callable[[str], None] = lambda _: None
) -> TransferResult:
    """Copy all data of all tenants between two open stores. The source is not changed.

    To resume an interrupted transfer, call it again: rows that exist are skipped.

    Args:
        source_name: names the source; a target with data from another source is refused.
        report: called with a line for each kind.

    Raises:
        UserError: the target has other data, or its rows differ from the source's afterwards.
    """
    await _claim(target, source_name)
    for kind in KINDS:
        await _copy(source, target, kind)
    counts = {}
    for kind, word in KINDS.items():  # after all copies, to detect what a running bot wrote during the transfer
        expected, actual = await _checksum(source, kind), await _checksum(target, kind)
        if expected != actual:
            raise UserError(
                f"The {word} rows differ: {expected.count} in the source, {actual.count} in the target.",
                "Stop every bot that uses either store, empty the target, and run the migration again.",
            )
        counts[word] = actual.count
        report(f"{actual.count:>8} {word}, {actual.digest:064x}")
    await target.set_state(OPERATOR, _STATE_KEY, _DONE, seq=1)
    return TransferResult(counts, await _audit_problems(target))


async def have_same_rows(one: ManagedStore, other: ManagedStore) -> bool:
    """Return whether two stores have the same rows."""
    return all([await _checksum(one, kind) == await _checksum(other, kind) for kind in KINDS])


async def require_complete_transfer(store: ManagedStore) -> None:
    """Raise `UserError` if a transfer into this store is incomplete."""
    state = await store.get_state(OPERATOR, _STATE_KEY)
    if state not in (None, _DONE):
        raise UserError(
            "A migration into this store is incomplete.", "Run `mas store migrate` again with the same URLs."
        )


async def _claim(target: ManagedStore, source_name: str) -> None:
    state = await target.get_state(OPERATOR, _STATE_KEY)
    if state == source_name:
        return
    for kind in KINDS:
        async for _ in _transferable_rows(target, kind):
            raise UserError("The target already contains data.", "Use an empty database.")
    await target.set_state(OPERATOR, _STATE_KEY, source_name, seq=1)


async def _copy(source: ManagedStore, target: ManagedStore, kind: str) -> None:
    batch, size = list[Row](), 0
    async for row in _transferable_rows(source, kind):
        batch.append(row)
        size += len(row.get("body", b""))
        if len(batch) >= _BATCH_ROWS or size >= _BATCH_BYTES:
            await target.insert_rows(kind, batch)
            batch, size = [], 0
    if batch:
        await target.insert_rows(kind, batch)


@dataclass(slots=True)
class _Checksum:
    """Count and order-independent digest of rows: databases sort text differently."""

    count: int = 0
    digest: int = 0

    def add(self, row: Row) -> None:
        text = json.dumps(row, sort_keys=True, default=lambda body: hashlib.sha256(body).hexdigest())
        self.count += 1
        self.digest = (self.digest + int.from_bytes(hashlib.sha256(text.encode()).digest())) % (1 << 256)


async def _checksum(store: ManagedStore, kind: str) -> _Checksum:
    total = _Checksum()
    async for row in _transferable_rows(store, kind):
        total.add(row)
    return total


async def _transferable_rows(store: ManagedStore, kind: str) -> AsyncIterator[Row]:
    async for row in store.iter_rows(kind):
        if tenant_from_row(row) != OPERATOR or row.get("name") != _STATE_KEY:
            yield row


async def _audit_problems(store: ManagedStore) -> dict[Tenant, list[str]]:
    tenants = sorted(
        await store.list_audited_tenants(), key=lambda tenant: (tenant.installation_id, tenant.repository_id)
    )
    problems = {
        each: find_problems(each, await store.get_audit_log(each), await store.get_audit_head(each)) for each in tenants
    }
    return {tenant: found for tenant, found in problems.items() if found}
