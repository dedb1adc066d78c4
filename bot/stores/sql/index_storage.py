"""What an index holds, in the SQL store."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict

import sqlalchemy as sa

from bot.domain import Tenant
from bot.errors import RemoteError
from bot.stores.records import batches, past
from bot.stores.sql.rows import inserting, of_tenant
from bot.stores.sql.schema import INDEX

_AT_ONCE = 500
"""Names in one statement, and what one transaction drops: nobody waits long for it."""


class SqlShelf:
    """`bot.index.Shelf` in the store's table; the methods wait for the database.

    Raises:
        RemoteError: the database failed.
    """

    def __init__(self, database: sa.Engine, tenant: Tenant) -> None:
        self._database, self._tenant = database, tenant
        self._own = of_tenant(INDEX, tenant)
        insert = inserting(database, INDEX)
        key = ("installation_id", "repository_id", "name")
        self._put = insert.on_conflict_do_update(index_elements=key, set_={"value": insert.excluded.value})

    def find(self, names: Collection[str]) -> dict[str, bytes]:
        """See `Shelf.find`."""
        query = sa.select(INDEX.c.name, INDEX.c.value).where(self._own)
        with _reached(self._database), self._database.connect() as connection:
            found = (connection.execute(query.where(INDEX.c.name.in_(some))) for some in batches(names, _AT_ONCE))
            return {name: bytes(value) for rows in found for name, value in rows}

    def names(self, prefix: str) -> set[str]:
        """See `Shelf.names`."""
        query = sa.select(INDEX.c.name).where(self._own, INDEX.c.name >= prefix, INDEX.c.name < past(prefix))
        with _reached(self._database), self._database.connect() as connection:
            return set(connection.execute(query).scalars())

    def keep(self, values: Mapping[str, bytes]) -> None:
        """See `Shelf.keep`: all of them, or none."""
        rows = [{**asdict(self._tenant), "name": name, "value": value} for name, value in values.items()]
        if rows:
            with _reached(self._database), self._database.begin() as connection:
                connection.execute(self._put, rows)

    def drop(self, names: Collection[str]) -> None:
        """See `Shelf.drop`."""
        for some in batches(names, _AT_ONCE):
            with _reached(self._database), self._database.begin() as connection:
                connection.execute(sa.delete(INDEX).where(self._own, INDEX.c.name.in_(some)))

    def clear(self) -> None:
        """See `Shelf.clear`: some of it at a time."""
        query = sa.select(INDEX.c.name).where(self._own).limit(10 * _AT_ONCE)
        while True:
            with _reached(self._database), self._database.connect() as connection:
                names = list(connection.execute(query).scalars())
            if not names:
                return
            self.drop(names)


@contextmanager
def _reached(database: sa.Engine) -> Iterator[None]:
    """Makes a database's fault one that is retried and can go from one process to another."""
    try:
        yield
    except sa.exc.DBAPIError as error:
        # A server's words may name what is in a row; SQLite's do not.
        said = error.orig if database.dialect.name == "sqlite" else type(error.orig).__name__
        raise RemoteError(f"The index cannot be read or written: {said}.") from None
