"""Which branches are indexed, in the SQL store."""

from __future__ import annotations

import asyncio

import sqlalchemy as sa

from bot.domain import Indexed, Tenant
from bot.stores.records import indexed_of, row_of_indexed
from bot.stores.sql.rows import inserting, of_tenant
from bot.stores.sql.schema import INDEXED


class SqlCatalogue:
    """`bot.ports.Catalogue` in the store's table; its statements run in a thread."""

    def __init__(self, database: sa.Engine) -> None:
        self._database = database

    async def everything(self) -> list[Indexed]:
        """See `Catalogue.everything`."""
        return await asyncio.to_thread(self._found, sa.true())

    async def within(self, installation_id: int) -> list[Indexed]:
        """See `Catalogue.within`."""
        return await asyncio.to_thread(self._found, INDEXED.c.installation_id == installation_id)

    async def of(self, tenant: Tenant) -> list[Indexed]:
        """See `Catalogue.of`."""
        return await asyncio.to_thread(self._found, of_tenant(INDEXED, tenant))

    async def note(self, indexed: Indexed, *, seq: int, begins: bool = False) -> bool:
        """See `Catalogue.note`; true when what stands afterwards is this job's, also when it runs again."""
        row = row_of_indexed(indexed, seq)
        key = ("installation_id", "repository_id", "branch")
        new = {name: value for name, value in row.items() if name not in key}
        insert = inserting(self._database, INDEXED).values(row)
        one = sa.and_(of_tenant(INDEXED, indexed.tenant), INDEXED.c.branch == indexed.branch)
        earlier = INDEXED.c.seq <= seq
        statement: sa.Executable = sa.update(INDEXED).where(one, earlier).values(new)
        if begins:
            statement = insert.on_conflict_do_update(index_elements=key, set_=new, where=earlier)

        def work() -> bool:
            with self._database.begin() as connection:
                connection.execute(statement)
                return bool(connection.execute(sa.select(INDEXED.c.seq).where(one)).scalar_one_or_none() == seq)

        return await asyncio.to_thread(work)

    async def drop(self, tenant: Tenant, branch: str, *, seq: int) -> bool:
        """See `Catalogue.drop`."""
        one = sa.and_(of_tenant(INDEXED, tenant), INDEXED.c.branch == branch)
        gone = sa.delete(INDEXED).where(one, INDEXED.c.seq <= seq)

        def work() -> bool:
            with self._database.begin() as connection:
                connection.execute(gone)
                return connection.execute(sa.select(INDEXED.c.seq).where(one)).first() is None

        return await asyncio.to_thread(work)

    def _found(self, those: sa.ColumnElement[bool]) -> list[Indexed]:
        query = sa.select(INDEXED).where(those).order_by(INDEXED.c.at.desc(), INDEXED.c.branch)
        with self._database.connect() as connection:
            return [indexed_of(dict(row)) for row in connection.execute(query).mappings()]
