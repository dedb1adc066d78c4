"""Index storage in the SQL store."""

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
"""Maximum number of names in one statement or one deleting transaction, to keep locks short."""


class SqlIndexStorage:
    """`bot.ports.IndexStorage` in a table of the store; the methods block.

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
        """See `IndexStorage.load`."""
        query = sa.select(INDEX.c.name, INDEX.c.value).where(self._tenant_filter)
        with _translate_errors(self._database), self._database.connect() as connection:
            queries = (query.where(INDEX.c.name.in_(batch)) for batch in batches(names, _BATCH_SIZE))
            return {name: bytes(value) for each in queries for name, value in connection.execute(each)}

    def list_names(self, prefix: str) -> set[str]:
        """See `IndexStorage.list_names`."""
        query = sa.select(INDEX.c.name).where(
            self._tenant_filter, INDEX.c.name >= prefix, INDEX.c.name < prefix_end(prefix)
        )
        with _translate_errors(self._database), self._database.connect() as connection:
            return set(connection.execute(query).scalars())

    def save(self, values: Mapping[str, bytes]) -> None:
        """See `IndexStorage.save`. Saves all values or none."""
        rows = [{**asdict(self._tenant), "name": name, "value": value} for name, value in values.items()]
        if rows:
            with _translate_errors(self._database), self._database.begin() as connection:
                connection.execute(self._upsert, rows)

    def delete(self, names: Collection[str]) -> None:
        """See `IndexStorage.delete`."""
        for batch in batches(names, _BATCH_SIZE):
            with _translate_errors(self._database), self._database.begin() as connection:
                connection.execute(sa.delete(INDEX).where(self._tenant_filter, INDEX.c.name.in_(batch)))

    def clear(self) -> None:
        """See `IndexStorage.clear`. Deletes in several transactions."""
        query = sa.select(INDEX.c.name).where(self._tenant_filter).limit(10 * _BATCH_SIZE)
        while True:
            with _translate_errors(self._database), self._database.connect() as connection:
                names = list(connection.execute(query).scalars())
            if not names:
                return
            self.delete(names)


@contextmanager
def _translate_errors(database: sa.Engine) -> Iterator[None]:
    """Translate database errors to `RemoteError`, which is retried and can be pickled."""
    try:
        yield
    except sa.exc.DBAPIError as error:
        # A server's error message may contain values of a row; SQLite's does not.
        cause = error.orig if database.dialect.name == "sqlite" else type(error.orig).__name__
        raise RemoteError(f"Cannot read or write the index: {cause}.") from None
