"""Moving everything from one store to another, compared at the end."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from bot.audit import OPERATOR, faults
from bot.domain import Tenant
from bot.errors import UserError
from bot.stores.factory import Place
from bot.stores.records import Row, tenant_of
from bot.stores.sql.schema import KEYS

KINDS = {table.name: table.name.removeprefix("store_") for table in KEYS}
"""What is moved, in this order, with the word for it."""

_MARK, _DONE = "moved from", "done"
"""What a store keeps of itself, under no repository's number: it is not moved."""
_ROWS, _BYTES = 200, 4 << 20  # how much goes over at once


@dataclass(frozen=True, slots=True)
class Moved:
    """What came over: the number of rows by kind; and what is wrong with the audit logs, here as in the source."""

    counts: dict[str, int]
    faults: dict[Tenant, list[str]]


async def move(source: Place, target: Place, name: str, tell: Callable[[str], None] = lambda _: None) -> Moved:
    """Move all that is kept of all tenants; both stores are open. The source stays as it is.

    A move that broke off is taken up by the same call again: rows that are there already are left out.

    Args:
        name: of the source; what came from another one is not added to.
        tell: told a line for each kind.

    Raises:
        UserError: the target holds something else, or what is there afterwards is not what the source has.
    """
    await _claim(target, name)
    for kind in KINDS:
        await _copy(source, target, kind)
    counts = {}
    for kind, word in KINDS.items():  # only now, so that what a bot wrote meanwhile is noticed
        there, here = await _summed(source, kind), await _summed(target, kind)
        if there != here:
            raise UserError(
                f"The {word} differ: {there.count} in the source, {here.count} in the target, or not the same.",
                "Stop every bot that works on either, empty the target, and move again.",
            )
        counts[word] = here.count
        tell(f"{here.count:>8} {word}, {here.digest:064x}")
    await target.keep(OPERATOR, _MARK, _DONE, seq=1)
    return Moved(counts, await _faults(target))


async def same(one: Place, other: Place) -> bool:
    """Whether two stores hold the same."""
    return all([await _summed(one, kind) == await _summed(other, kind) for kind in KINDS])


async def refuse_half_moved(store: Place) -> None:
    """Raises `UserError` where a move into this store has not come to its end."""
    mark = await store.kept(OPERATOR, _MARK)
    if mark not in (None, _DONE):
        raise UserError("A move into this store broke off.", "Finish it: `mas store migrate` with the same URLs.")


async def _claim(target: Place, name: str) -> None:
    mark = await target.kept(OPERATOR, _MARK)
    if mark == name:
        return
    for kind in KINDS:
        async for _ in _rows(target, kind):
            raise UserError("The target holds data already.", "Name an empty database.")
    await target.keep(OPERATOR, _MARK, name, seq=1)


async def _copy(source: Place, target: Place, kind: str) -> None:
    some, size = list[Row](), 0
    async for row in _rows(source, kind):
        some.append(row)
        size += len(row.get("body", b""))
        if len(some) >= _ROWS or size >= _BYTES:
            await target.add(kind, some)
            some, size = [], 0
    if some:
        await target.add(kind, some)


@dataclass(slots=True)
class _Sum:
    """Of rows in any order: databases sort texts differently."""

    count: int = 0
    digest: int = 0

    def add(self, row: Row) -> None:
        said = json.dumps(row, sort_keys=True, default=lambda body: hashlib.sha256(body).hexdigest())
        self.count += 1
        self.digest = (self.digest + int.from_bytes(hashlib.sha256(said.encode()).digest())) % (1 << 256)


async def _summed(place: Place, kind: str) -> _Sum:
    total = _Sum()
    async for row in _rows(place, kind):
        total.add(row)
    return total


async def _rows(place: Place, kind: str) -> AsyncIterator[Row]:
    async for row in place.rows(kind):
        if tenant_of(row) != OPERATOR or row.get("name") != _MARK:
            yield row


async def _faults(place: Place) -> dict[Tenant, list[str]]:
    tenants = sorted(await place.audited(), key=lambda tenant: (tenant.installation_id, tenant.repository_id))
    found = {each: faults(each, await place.audit(each), await place.audit_head(each)) for each in tenants}
    return {tenant: said for tenant, said in found.items() if said}
