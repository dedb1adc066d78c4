"""A store as its owner sees it, and which one a URL names."""

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
    """A store that is opened before anything else, tended meanwhile, and closed at the end."""

    index_catalog: IndexCatalog

    async def open(self) -> None:
        """Make what it needs in its database, or bring it forward.

        Raises:
            UserError: the database does not open, or a newer MAS wrote it.
        """
        ...

    async def close(self) -> None:
        """Let go of the database."""
        ...

    async def describe(self) -> str:
        """What database it is, for people; looked up, and nothing is written. Raises `UserError` as `open` does."""
        ...

    async def expire_blobs(self, before: float) -> int:
        """Delete the bodies, of all tenants, that were last put before a time (seconds since 1970); how many."""
        ...

    def iter_rows(self, kind: str) -> AsyncIterator[Row]:
        """All rows of a kind (a name of `bot.stores.schema`), of all tenants, each tenant's by its key."""
        ...

    async def insert_rows(self, kind: str, rows: Sequence[Row]) -> None:
        """Put rows as they are; one whose key is taken is left out."""
        ...


def create_store(url: str, setting: str = "STORE_URL", audit_keys: Sequence[str] = ()) -> ManagedStore:
    """The store of a URL, not open yet: SQLite, PostgreSQL or MongoDB.

    Args:
        setting: what people know the URL by.
        audit_keys: the first one seals the heads of audit logs.

    Raises:
        UserError: it names no database that we can use.
    """
    if not url.startswith(MONGODB_SCHEMES):
        return SqlStore(connect(url, setting, alternative="mongodb://"), audit_keys)
    try:
        from bot.stores.mongo.store import MongoStore
    except ModuleNotFoundError as error:
        if str(error.name).partition(".")[0] not in ("motor", "pymongo"):
            raise
        raise UserError(f"{setting} names MongoDB, whose driver is not installed.", _INSTALL_HINT) from error
    return MongoStore(url, setting, audit_keys)


@asynccontextmanager
async def open_store(
    url: str, setting: str = "STORE_URL", audit_keys: Sequence[str] = ()
) -> AsyncIterator[ManagedStore]:
    """The store of a URL, open until the block ends. Raises as `at` and `Place.open` do."""
    store = create_store(url, setting, audit_keys)
    try:
        await store.open()
        yield store
    finally:
        await store.close()


def create_index_storage(url: str, tenant: Tenant) -> IndexStorage:
    """What a tenant's index holds, in the store of a URL: for a child process, which connects once and for itself.

    `at` took the URL before, so that it is right.
    """
    if not url.startswith(MONGODB_SCHEMES):
        return SqlIndexStorage(_engine(url), tenant)
    from bot.stores.mongo.index_storage import MongoIndexStorage

    return MongoIndexStorage(url, tenant)


@cache
def _engine(url: str) -> sa.Engine:
    return connect(url)


_INSTALL_HINT = "Install it: pip install 'mas-docs-bot[mongodb]'."
