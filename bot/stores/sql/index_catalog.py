"""Which branches are indexed, in the SQL store."""

from __future__ import annotations

import asyncio

import sqlalchemy as sa

from bot.domain import IndexStatus, Tenant
from bot.stores.records import branch_from_row, branch_to_row
from bot.stores.sql.rows import dialect_insert, tenant_filter
from bot.stores.sql.schema import INDEXED


class SqlIndexCatalog:
    """`bot.ports.IndexCatalog` in the store's table; its statements run in a thread."""

    def __init__(self, database: sa.Engine) -> None:
        self._database = database

    async def list_all(self) -> list[IndexStatus]:
        """See `IndexCatalog.everything`."""
        return await asyncio.to_thread(self._find, sa.true())

    async def list_for_installation(self, installation_id: int) -> list[IndexStatus]:
        """See `IndexCatalog.within`."""
        return await asyncio.to_thread(self._find, INDEXED.c.installation_id == installation_id)

    async def list_for_tenant(self, tenant: Tenant) -> list[IndexStatus]:
        """See `IndexCatalog.of`."""
        return await asyncio.to_thread(self._find, tenant_filter(INDEXED, tenant))

    async def record(self, status: IndexStatus, *, seq: int, create: bool = False) -> bool:
        """See `IndexCatalog.note`; true when what stands afterwards is this job's, also when it runs again."""
        row = branch_to_row(status, seq)
        key = ("installation_id", "repository_id", "branch")
        new = {name: value for name, value in row.items() if name not in key}
        insert = dialect_insert(self._database, INDEXED).values(row)
        one = sa.and_(tenant_filter(INDEXED, status.tenant), INDEXED.c.branch == status.branch)
        earlier = INDEXED.c.seq <= seq
        statement: sa.Executable = sa.update(INDEXED).where(one, earlier).values(new)
        if create:
            statement = insert.on_conflict_do_update(index_elements=key, set_=new, where=earlier)

        def work() -> bool:
            with self._database.begin() as connection:
                connection.execute(statement)
                return bool(connection.execute(sa.select(INDEXED.c.seq).where(one)).scalar_one_or_none() == seq)

        return await asyncio.to_thread(work)

    async def delete(self, tenant: Tenant, branch: str, *, seq: int) -> bool:
        """See `IndexCatalog.drop`."""
        one = sa.and_(tenant_filter(INDEXED, tenant), INDEXED.c.branch == branch)
        gone = sa.delete(INDEXED).where(one, INDEXED.c.seq <= seq)

        def work() -> bool:
            with self._database.begin() as connection:
                connection.execute(gone)
                return connection.execute(sa.select(INDEXED.c.seq).where(one)).first() is None

        return await asyncio.to_thread(work)

    def _find(self, condition: sa.ColumnElement[bool]) -> list[IndexStatus]:
        query = sa.select(INDEXED).where(condition).order_by(INDEXED.c.at.desc(), INDEXED.c.branch)
        with self._database.connect() as connection:
            return [branch_from_row(dict(row)) for row in connection.execute(query).mappings()]
