"""Group commit: one thread writes, and all deliveries that arrive during a commit share the next one."""

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
    """The inbox cannot accept a delivery now: it is full or closing, or its database does not answer."""


class GroupCommit:
    """Writes deliveries, many per commit.

    Args:
        database: the database of the inbox's tables.
        capacity: how many deliveries may wait for a commit before `add` rejects further ones.
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
        """Accept deliveries from now on."""
        self._is_open = True

    async def close(self) -> None:
        """Accept no more deliveries, and wait until those accepted are on disk or rejected."""
        self._is_open = False
        if self._write_task is not None:
            await self._write_task
        self._thread.shutdown()
        if self._connection is not None:
            self._connection.close()

    async def add(self, delivery_id: str, event: str, body: bytes) -> bool:
        """Save a delivery to disk; return False if it was already saved.

        Raises:
            InboxUnavailable: it was not saved, and should be sent again.
        """
        if not self._is_open:
            raise InboxUnavailable("The inbox is closed.", retry_after=5)
        if len(self._waiting) >= self._capacity or self._waiting_bytes + len(body) > _MAX_WAITING_BYTES:
            raise InboxUnavailable("The inbox is full.", retry_after=5)
        saved: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append(((delivery_id, event, body, time.time()), saved))
        self._waiting_bytes += len(body)
        if self._write_task is None or self._write_task.done():
            self._write_task = asyncio.create_task(self._write_batches())
        return await saved

    async def transact(self, work: Callable[[sa.Connection], T]) -> T:
        """Run another write between two commits, since SQLite allows one writer and makes the others sleep."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._transact, work)

    def _transact(self, work: Callable[[sa.Connection], T]) -> T:
        # One connection for all: checking it out of the pool and in again takes as long as an insert.
        if self._connection is None:
            self._connection = self._database.connect()
        try:
            return self._execute(work, self._connection)
        except sa.exc.DBAPIError as error:
            if not error.connection_invalidated:
                raise
            return self._execute(work, self._connection)  # reconnects after the database was unavailable

    def _execute(self, work: Callable[[sa.Connection], T], connection: sa.Connection) -> T:
        with connection.begin():
            return work(connection)

    async def _write_batches(self) -> None:
        """Write the waiting deliveries until there are none."""
        while self._waiting:
            batch, self._waiting = self._waiting[:_MAX_BATCH_ROWS], self._waiting[_MAX_BATCH_ROWS:]
            rows = [row for row, _ in batch]
            try:
                new: set[str] | InboxUnavailable = await self.transact(partial(self._insert, rows))
            except sa.exc.SQLAlchemyError as error:
                new = InboxUnavailable(f"The inbox's database does not answer ({type(error).__name__}).", retry_after=5)
            for (delivery_id, _, body, _), saved in batch:
                self._waiting_bytes -= len(body)
                if saved.done():  # its request was cancelled
                    continue
                if isinstance(new, InboxUnavailable):
                    saved.set_exception(new)
                else:
                    saved.set_result(delivery_id in new)
                    new.discard(delivery_id)

    def _insert(self, rows: list[tuple[str, str, bytes, float]], connection: sa.Connection) -> set[str]:
        # Raw SQL: SQLAlchemy's insert of many rows takes a third longer.
        row = f"({', '.join([self._placeholder] * 3)})"
        deliveries = (
            "INSERT INTO inbox (delivery_id, event, received_at) VALUES "  # noqa: S608 - only placeholders are inserted
            + ", ".join([row] * len(rows))
            + " ON CONFLICT (delivery_id) DO NOTHING RETURNING delivery_id, seq"
        )
        bodies = f"INSERT INTO inbox_body (body, seq) VALUES ({self._placeholder}, {self._placeholder})"  # noqa: S608
        by_id = {delivery_id: body for delivery_id, _, body, _ in reversed(rows)}  # the first of duplicates is saved
        values = tuple(value for delivery_id, event, _, time in rows for value in (delivery_id, event, time))
        new = connection.exec_driver_sql(deliveries, values).all()
        if new:
            connection.exec_driver_sql(bodies, [(by_id[delivery_id], seq) for delivery_id, seq in new])
            notify(connection)
        return {delivery_id for delivery_id, _ in new}
