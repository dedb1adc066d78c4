"""The store where it lies in a database of its own (`STORE_URL`), of whatever kind, as a SQLite file of a back-up.

It is read after the queue's database, so that all that a job of that moment refers to is there. A store in use has no
one moment for all of its rows; what has to agree does: a log is taken up to the head that was read first.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

from bot.domain import Tenant
from bot.errors import UserError
from bot.settings.model import LocalSettings
from bot.stores.factory import ManagedStore, open_store
from bot.stores.records import Row, tenant_from_row
from bot.stores.sql.schema import AUDIT, HEADS
from bot.stores.transfer import KINDS, have_same_rows, transfer

STORE_FILE = "store.db"
_BATCH_ROWS = 200


async def export_store(settings: LocalSettings, folder: Path) -> bool:
    """Copy the store into a folder where it is not in the queue's database; whether it was copied.

    Raises:
        UserError: it does not open.
    """
    if settings.store_url == settings.database_url:
        return False
    async with (
        open_store(settings.store_url.get_secret_value()) as source,
        open_store(f"sqlite:///{folder / STORE_FILE}") as copy,
    ):
        heads = [row async for row in source.iter_rows(HEADS.name)]
        ends = {tenant_from_row(row): int(row["number"]) for row in heads}
        for kind in KINDS:
            if kind != HEADS.name:
                await _copy(source, copy, kind, ends)
        await copy.insert_rows(HEADS.name, heads)
    return True


async def restore_store(settings: LocalSettings, folder: Path, taken_at: str) -> None:
    """Bring a copied store back into the empty one that the settings name; one that broke off is taken up again.

    Raises:
        UserError: that store holds something else, or is in the queue's database.
    """
    if settings.store_url == settings.database_url:
        raise UserError("The back-up's store lay in a database of its own.", "Set STORE_URL to an empty one.")
    async with (
        open_store(f"sqlite:///{folder / STORE_FILE}") as copy,
        open_store(settings.store_url.get_secret_value()) as target,
    ):
        try:
            await transfer(copy, target, f"the back-up of {taken_at}")
        except UserError:
            if not await have_same_rows(copy, target):
                raise


async def _copy(source: ManagedStore, copy: ManagedStore, kind: str, ends: dict[Tenant, int]) -> None:
    some = list[Row]()
    async for row in _up_to(source.iter_rows(kind), kind, ends):
        some.append(row)
        if len(some) >= _BATCH_ROWS:
            await copy.insert_rows(kind, some)
            some = []
    if some:
        await copy.insert_rows(kind, some)


async def _up_to(rows: AsyncIterator[Row], kind: str, ends: dict[Tenant, int]) -> AsyncIterator[Row]:
    async for row in rows:
        if kind != AUDIT.name or int(row["number"]) <= ends.get(tenant_from_row(row), 0):
            yield row
