"""Moving everything from one store to another, compared at the end."""

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
"""What is moved, in this order, with the word for it."""

_STATE_KEY, _DONE = "moved from", "done"
"""What a store keeps of itself, under no repository's number: it is not moved."""
_BATCH_ROWS, _BATCH_BYTES = 200, 4 << 20  # how much goes over at once


@dataclass(frozen=True, slots=True)
class TransferResult:
    """What came over: the number of rows by kind; and what is wrong with the audit logs, here as in the source."""

    counts: dict[str, int]
    audit_problems: dict[Tenant, list[str]]


async def transfer(
    source: ManagedStore, target: ManagedStore, source_name: str, report: Callable[[str], None] = lambda _: None
) -> TransferResult:
    """Move all that is kept of all tenants; both stores are open. The source stays as it is.

    A move that broke off is taken up by the same call again: rows that are there already are left out.

    Args:
        name: of the source; what came from another one is not added to.
        tell: told a line for each kind.

    Raises:
        UserError: the target holds something else, or what is there afterwards is not what the source has.
    """
    await _claim(target, source_name)
    for kind in KINDS:
        await _copy(source, target, kind)
    counts = {}
    for kind, word in KINDS.items():  # only now, so that what a bot wrote meanwhile is noticed
        there, here = await _checksum(source, kind), await _checksum(target, kind)
        if there != here:
            raise UserError(
                f"The {word} differ: {there.count} in the source, {here.count} in the target, or not the same.",
                "Stop every bot that works on either, empty the target, and move again.",
            )
        counts[word] = here.count
        report(f"{here.count:>8} {word}, {here.digest:064x}")
    await target.set_state(OPERATOR, _STATE_KEY, _DONE, seq=1)
    return TransferResult(counts, await _audit_problems(target))


async def have_same_rows(one: ManagedStore, other: ManagedStore) -> bool:
    """Whether two stores hold the same."""
    return all([await _checksum(one, kind) == await _checksum(other, kind) for kind in KINDS])


async def require_complete_transfer(store: ManagedStore) -> None:
    """Raises `UserError` where a move into this store has not come to its end."""
    mark = await store.get_state(OPERATOR, _STATE_KEY)
    if mark not in (None, _DONE):
        raise UserError("A move into this store broke off.", "Finish it: `mas store migrate` with the same URLs.")


async def _claim(target: ManagedStore, source_name: str) -> None:
    mark = await target.get_state(OPERATOR, _STATE_KEY)
    if mark == source_name:
        return
    for kind in KINDS:
        async for _ in _transferable_rows(target, kind):
            raise UserError("The target holds data already.", "Name an empty database.")
    await target.set_state(OPERATOR, _STATE_KEY, source_name, seq=1)


async def _copy(source: ManagedStore, target: ManagedStore, kind: str) -> None:
    some, size = list[Row](), 0
    async for row in _transferable_rows(source, kind):
        some.append(row)
        size += len(row.get("body", b""))
        if len(some) >= _BATCH_ROWS or size >= _BATCH_BYTES:
            await target.insert_rows(kind, some)
            some, size = [], 0
    if some:
        await target.insert_rows(kind, some)


@dataclass(slots=True)
class _Checksum:
    """Of rows in any order: databases sort texts differently."""

    count: int = 0
    digest: int = 0

    def add(self, row: Row) -> None:
        said = json.dumps(row, sort_keys=True, default=lambda body: hashlib.sha256(body).hexdigest())
        self.count += 1
        self.digest = (self.digest + int.from_bytes(hashlib.sha256(said.encode()).digest())) % (1 << 256)


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
    found = {
        each: find_problems(each, await store.get_audit_log(each), await store.get_audit_head(each)) for each in tenants
    }
    return {tenant: said for tenant, said in found.items() if said}
