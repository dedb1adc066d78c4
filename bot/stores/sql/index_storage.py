"""What an index holds, in the SQL store."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict

import sqlalchemy as sa

from bot.domain import Tenant
from bot.errors import RemoteError
from bot.stores.records import batches, prefix_end
from bot.stores.sql.rows import dialect_insert, tenant_filter
from bot.stores.sql.schema import INDEX

_BATCH_SIZE = 500
"""Names in one statement, and what one transaction drops: nobody waits long for it."""


class SqlIndexStorage:
    """`bot.index.Shelf` in the store's table; the methods wait for the database.

    Raises:
        RemoteError: the database failed.
    """

    def __init__(self, database: sa.Engine, tenant: Tenant) -> None:
        self._database, self._tenant = database, tenant
        self._tenant_filter = tenant_filter(INDEX, tenant)
        insert = dialect_insert(database, INDEX)
        key = ("installation_id", "repository_id", "name")
        self._upsert = insert.on_conflict_do_update(index_elements=key, set_={"value": insert.excluded.value})

    def load(self, names: Collection[str]) -> dict[str, bytes]:
        """See `Shelf.find`."""
        query = sa.select(INDEX.c.name, INDEX.c.value).where(self._tenant_filter)
        with _translate_errors(self._database), self._database.connect() as connection:
            found = (connection.execute(query.where(INDEX.c.name.in_(some))) for some in batches(names, _BATCH_SIZE))
            return {name: bytes(value) for rows in found for name, value in rows}

    def list_names(self, prefix: str) -> set[str]:
        """See `Shelf.names`."""
        query = sa.select(INDEX.c.name).where(
            self._tenant_filter, INDEX.c.name >= prefix, INDEX.c.name < prefix_end(prefix)
        )
        with _translate_errors(self._database), self._database.connect() as connection:
            return set(connection.execute(query).scalars())

    def save(self, values: Mapping[str, bytes]) -> None:
        """See `Shelf.keep`: all of them, or none."""
        rows = [{**asdict(self._tenant), "name": name, "value": value} for name, value in values.items()]
        if rows:
            with _translate_errors(self._database), self._database.begin() as connection:
                connection.execute(self._upsert, rows)

    def delete(self, names: Collection[str]) -> None:
        """See `Shelf.drop`."""
        for some in batches(names, _BATCH_SIZE):
            with _translate_errors(self._database), self._database.begin() as connection:
                connection.execute(sa.delete(INDEX).where(self._tenant_filter, INDEX.c.name.in_(some)))

    def clear(self) -> None:
        """See `Shelf.clear`: some of it at a time."""
        query = sa.select(INDEX.c.name).where(self._tenant_filter).limit(10 * _BATCH_SIZE)
        while True:
            with _translate_errors(self._database), self._database.connect() as connection:
                names = list(connection.execute(query).scalars())
            if not names:
                return
            self.delete(names)


@contextmanager
def _translate_errors(database: sa.Engine) -> Iterator[None]:
    """Makes a database's fault one that is retried and can go from one process to another."""
    try:
        yield
    except sa.exc.DBAPIError as error:
        # A server's words may name what is in a row; SQLite's do not.
        said = error.orig if database.dialect.name == "sqlite" else type(error.orig).__name__
        raise RemoteError(f"The index cannot be read or written: {said}.") from None
