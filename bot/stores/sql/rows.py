"""Rows of the SQL store: insert, filter, iterate and copy them."""

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
    """Return the dialect's `INSERT`, which supports `ON CONFLICT`."""
    return {"sqlite": sqlite, "postgresql": postgresql}[database.dialect.name].insert(table)


def tenant_filter(table: sa.TableClause, tenant: Tenant) -> sa.ColumnElement[bool]:
    """Return the condition for the rows of one tenant."""
    return sa.and_(
        table.c.installation_id == tenant.installation_id,
        table.c.repository_id == tenant.repository_id,
    )


async def iter_rows(database: sa.Engine, kind: str) -> AsyncIterator[Row]:
    """See `ManagedStore.iter_rows`. Reads page by page, so that no transaction stays open."""
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
    """Insert rows with a statement that skips existing keys."""
    with database.begin() as connection:
        connection.execute(insert, rows_to_insert)
