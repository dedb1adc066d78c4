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
from bot.stores.factory import Place, opened_at
from bot.stores.records import Row, tenant_of
from bot.stores.sql.schema import AUDIT, HEADS
from bot.stores.transfer import KINDS, move, same

STORE_FILE = "store.db"
_ROWS = 200


async def take_store(settings: LocalSettings, folder: Path) -> bool:
    """Copy the store into a folder where it is not in the queue's database; whether it was copied.

    Raises:
        UserError: it does not open.
    """
    if settings.store_url == settings.database_url:
        return False
    async with (
        opened_at(settings.store_url.get_secret_value()) as source,
        opened_at(f"sqlite:///{folder / STORE_FILE}") as copy,
    ):
        heads = [row async for row in source.rows(HEADS.name)]
        ends = {tenant_of(row): int(row["number"]) for row in heads}
        for kind in KINDS:
            if kind != HEADS.name:
                await _copy(source, copy, kind, ends)
        await copy.add(HEADS.name, heads)
    return True


async def put_store(settings: LocalSettings, folder: Path, taken_at: str) -> None:
    """Bring a copied store back into the empty one that the settings name; one that broke off is taken up again.

    Raises:
        UserError: that store holds something else, or is in the queue's database.
    """
    if settings.store_url == settings.database_url:
        raise UserError("The back-up's store lay in a database of its own.", "Set STORE_URL to an empty one.")
    async with (
        opened_at(f"sqlite:///{folder / STORE_FILE}") as copy,
        opened_at(settings.store_url.get_secret_value()) as target,
    ):
        try:
            await move(copy, target, f"the back-up of {taken_at}")
        except UserError:
            if not await same(copy, target):
                raise


async def _copy(source: Place, copy: Place, kind: str, ends: dict[Tenant, int]) -> None:
    some = list[Row]()
    async for row in _up_to(source.rows(kind), kind, ends):
        some.append(row)
        if len(some) >= _ROWS:
            await copy.add(kind, some)
            some = []
    if some:
        await copy.add(kind, some)


async def _up_to(rows: AsyncIterator[Row], kind: str, ends: dict[Tenant, int]) -> AsyncIterator[Row]:
    async for row in rows:
        if kind != AUDIT.name or int(row["number"]) <= ends.get(tenant_of(row), 0):
            yield row
