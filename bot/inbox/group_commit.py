"""Group commit: one thread writes, and all that wait while it commits share the next commit."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import sqlalchemy as sa

from bot.errors import RemoteError
from bot.inbox.notify import notify

T = TypeVar("T")

_MAX_BATCH_ROWS = 500
_MAX_WAITING_BYTES = 256 * 2**20


class InboxUnavailable(RemoteError):
    """The inbox cannot take a delivery now: it is full or closing, or its database does not answer."""


class GroupCommit:
    """Writes deliveries, many to a commit.

    Args:
        database: where the inbox's tables are.
        capacity: how many deliveries may wait for a commit before `put` refuses.
    """

    def __init__(self, database: sa.Engine, capacity: int) -> None:
        self._database = database
        self._capacity = capacity
        self._placeholder = "?" if database.dialect.paramstyle == "qmark" else "%s"
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="inbox")
        self._waiting: list[tuple[tuple[str, str, bytes, float], asyncio.Future[bool]]] = []
        self._waiting_bytes = 0
        self._connection: sa.Connection | None = None
        self._write_task: asyncio.Task[None] | None = None
        self._is_open = False

    def open(self) -> None:
        """Take deliveries from now on."""
        self._is_open = True

    async def close(self) -> None:
        """Take nothing more; returns when all that was taken is on disk or refused."""
        self._is_open = False
        if self._write_task is not None:
            await self._write_task
        self._thread.shutdown()
        if self._connection is not None:
            self._connection.close()

    async def add(self, delivery_id: str, event: str, body: bytes) -> bool:
        """Keep a delivery; on disk when this returns. False when it was there before.

        Raises:
            Unavailable: it was not kept, and should be sent again.
        """
        if not self._is_open:
            raise InboxUnavailable("The inbox is closed.", retry_after=5)
        if len(self._waiting) >= self._capacity or self._waiting_bytes + len(body) > _MAX_WAITING_BYTES:
            raise InboxUnavailable("The inbox is full.", retry_after=5)
        kept: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append(((delivery_id, event, body, time.time()), kept))
        self._waiting_bytes += len(body)
        if self._write_task is None or self._write_task.done():
            self._write_task = asyncio.create_task(self._write_batches())
        return await kept

    async def transact(self, work: Callable[[sa.Connection], T]) -> T:
        """Do other writing between two commits: SQLite lets one write at a time, and has the others sleep."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._transact, work)

    def _transact(self, work: Callable[[sa.Connection], T]) -> T:
        # One connection, kept: to take it out of the pool and put it back took as long as an insert.
        if self._connection is None:
            self._connection = self._database.connect()
        try:
            return self._execute(work, self._connection)
        except sa.exc.DBAPIError as error:
            if not error.connection_invalidated:
                raise
            return self._execute(work, self._connection)  # the database was away meanwhile: connects anew

    def _execute(self, work: Callable[[sa.Connection], T], connection: sa.Connection) -> T:
        with connection.begin():
            return work(connection)

    async def _write_batches(self) -> None:
        """Group commit: all that wait while a commit runs share the next one."""
        while self._waiting:
            batch, self._waiting = self._waiting[:_MAX_BATCH_ROWS], self._waiting[_MAX_BATCH_ROWS:]
            rows = [row for row, _ in batch]
            try:
                new: set[str] | InboxUnavailable = await self.transact(partial(self._insert, rows))
            except sa.exc.SQLAlchemyError as error:
                new = InboxUnavailable(f"The inbox's database does not answer ({type(error).__name__}).", retry_after=5)
            for (delivery_id, _, body, _), kept in batch:
                self._waiting_bytes -= len(body)
                if kept.done():  # its request went away meanwhile
                    continue
                if isinstance(new, InboxUnavailable):
                    kept.set_exception(new)
                else:
                    kept.set_result(delivery_id in new)
                    new.discard(delivery_id)

    def _insert(self, rows: list[tuple[str, str, bytes, float]], connection: sa.Connection) -> set[str]:
        # One statement by hand: SQLAlchemy's own way to insert many took a third longer.
        row = f"({', '.join([self._placeholder] * 3)})"
        deliveries = (
            "INSERT INTO inbox (delivery_id, event, received_at) VALUES "  # noqa: S608 - only markers are put in
            + ", ".join([row] * len(rows))
            + " ON CONFLICT (delivery_id) DO NOTHING RETURNING delivery_id, seq"
        )
        bodies = f"INSERT INTO inbox_body (body, seq) VALUES ({self._placeholder}, {self._placeholder})"  # noqa: S608
        of = {delivery_id: body for delivery_id, _, body, _ in reversed(rows)}  # of twins, the first is kept
        values = tuple(value for delivery_id, event, _, at in rows for value in (delivery_id, event, at))
        new = connection.exec_driver_sql(deliveries, values).all()
        if new:
            connection.exec_driver_sql(bodies, [(of[delivery_id], seq) for delivery_id, seq in new])
            notify(connection)
        return {delivery_id for delivery_id, _ in new}
