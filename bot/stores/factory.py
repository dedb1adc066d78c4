"""Create the store of a URL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import cache
from typing import TYPE_CHECKING, Protocol

import sqlalchemy as sa

from bot.domain import Tenant
from bot.errors import UserError
from bot.ports import IndexCatalog, Store
from bot.stores.database import connect
from bot.stores.records import Row
from bot.stores.sql.index_storage import SqlIndexStorage
from bot.stores.sql.store import SqlStore

if TYPE_CHECKING:
    from bot.ports import IndexStorage

MONGODB_SCHEMES = ("mongodb://", "mongodb+srv://")


class ManagedStore(Store, Protocol):
    """A store with its lifecycle and maintenance; call `open` before anything else."""

    index_catalog: IndexCatalog

    async def open(self) -> None:
        """Create or upgrade the database schema.

        Raises:
            UserError: the database cannot be opened, or a newer MAS wrote it.
        """
        ...

    async def close(self) -> None:
        """Close the connections to the database."""
        ...

    async def describe(self) -> str:
        """Describe the database for people, without writing to it. Raises `UserError` like `open`."""
        ...

    async def expire_blobs(self, before: float) -> int:
        """Delete the blobs, of all tenants, that were last put before a time (Unix seconds); return their number."""
        ...

    def iter_rows(self, kind: str) -> AsyncIterator[Row]:
        """Iterate over all rows of a kind (a table name of `bot.stores.sql.schema`), ordered by tenant and key."""
        ...

    async def insert_rows(self, kind: str, rows: Sequence[Row]) -> None:
        """Insert rows unchanged; rows whose key exists are skipped."""
        ...


def create_store(url: str, setting: str = "STORE_URL", audit_keys: Sequence[str] = ()) -> ManagedStore:
    """Create the store of a URL, without opening it: SQLite, PostgreSQL or MongoDB.

    Args:
        setting: name of the setting with the URL, for error messages.
        audit_keys: the first one seals the heads of audit logs.

    Raises:
        UserError: the URL is invalid, or the database is not supported.
    """
    if not url.startswith(MONGODB_SCHEMES):
        return SqlStore(connect(url, setting, alternative="mongodb://"), audit_keys)
    try:
        from bot.stores.mongo.store import MongoStore
    except ModuleNotFoundError as error:
        if str(error.name).partition(".")[0] not in ("motor", "pymongo"):
            raise
        raise UserError(f"{setting} needs the MongoDB driver, which is not installed.", _INSTALL_HINT) from error
    return MongoStore(url, setting, audit_keys)


@asynccontextmanager
async def open_store(
    url: str, setting: str = "STORE_URL", audit_keys: Sequence[str] = ()
) -> AsyncIterator[ManagedStore]:
    """Open the store of a URL until the block ends. Raises like `create_store` and `ManagedStore.open`."""
    store = create_store(url, setting, audit_keys)
    try:
        await store.open()
        yield store
    finally:
        await store.close()


def create_index_storage(url: str, tenant: Tenant) -> IndexStorage:
    """Open the index storage of a tenant in the store of a URL, for a child process with its own connection.

    The URL is valid: the parent process has passed it to `create_store`.
    """
    if not url.startswith(MONGODB_SCHEMES):
        return SqlIndexStorage(_engine(url), tenant)
    from bot.stores.mongo.index_storage import MongoIndexStorage

    return MongoIndexStorage(url, tenant)


@cache
def _engine(url: str) -> sa.Engine:
    return connect(url)


_INSTALL_HINT = "Install it: pip install 'mas-docs-bot[mongodb]'."
