"""A store in a database of its own (`STORE_URL`), of any kind, copied into a SQLite file of the backup.

The store is read after the queue's database, so that it contains everything that queued jobs refer to. There is no
snapshot across all of its rows, but related rows agree: each audit log is copied up to the head that was read first.
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
    """Copy the store into a folder, unless it is in the queue's database. Return whether it was copied.

    Raises:
        UserError: the store cannot be opened.
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
    """Restore a copied store into the empty store of the settings. Resumes an interrupted restore.

    Raises:
        UserError: that store contains other data, or is in the queue's database.
    """
    if settings.store_url == settings.database_url:
        raise UserError("The backup contains a store in a database of its own.", "Set STORE_URL to an empty database.")
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
    batch = list[Row]()
    async for row in _up_to(source.iter_rows(kind), kind, ends):
        batch.append(row)
        if len(batch) >= _BATCH_ROWS:
            await copy.insert_rows(kind, batch)
            batch = []
    if batch:
        await copy.insert_rows(kind, batch)


async def _up_to(rows: AsyncIterator[Row], kind: str, ends: dict[Tenant, int]) -> AsyncIterator[Row]:
    async for row in rows:
        if kind != AUDIT.name or int(row["number"]) <= ends.get(tenant_from_row(row), 0):
            yield row
