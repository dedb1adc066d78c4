"""The rows of the SQL store: how they are put, and all of them as they are, for moving."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.domain import Tenant
from bot.stores.records import Row
from bot.stores.sql.schema import KEYS

TABLES = {table.name: table for table in KEYS}

_PAGE_ROWS = 100


def dialect_insert(database: sa.Engine, table: sa.TableClause) -> Any:
    """An `INSERT` that can say what is to be done where a key is taken."""
    return {"sqlite": sqlite, "postgresql": postgresql}[database.dialect.name].insert(table)


def tenant_filter(table: sa.TableClause, tenant: Tenant) -> sa.ColumnElement[bool]:
    """Of a table's rows those of one tenant."""
    return sa.and_(
        table.c.installation_id == tenant.installation_id,
        table.c.repository_id == tenant.repository_id,
    )


async def iter_rows(database: sa.Engine, kind: str) -> AsyncIterator[Row]:
    """See `bot.stores.place.Place.rows`; page by page, so that no transaction stays open."""
    table = TABLES[kind]
    key = [table.c[name] for name in ("installation_id", "repository_id", *KEYS[table])]
    query, after = sa.select(table).order_by(*key).limit(_PAGE_ROWS), sa.tuple_(*key)
    page = await asyncio.to_thread(_page, database, query)
    while page:
        for row in page:
            yield row
        last = sa.tuple_(*(sa.literal(row[column.name]) for column in key))
        page = await asyncio.to_thread(_page, database, query.where(after > last))


def _page(database: sa.Engine, query: sa.Select[Any]) -> list[Row]:
    with database.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def insert_rows(database: sa.Engine, insert: sa.Executable, rows_to_insert: Sequence[Row]) -> None:
    """Put rows by an insert that leaves out those whose key is taken."""
    with database.begin() as connection:
        connection.execute(insert, rows_to_insert)
