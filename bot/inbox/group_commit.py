"""Group commit: one thread writes, and all that wait while it commits share the next commit."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa

from bot.errors import RemoteError

_COMMIT_ROWS = 500
_WAITING_BYTES = 256 * 2**20


class Unavailable(RemoteError):
    """The inbox cannot take a delivery now: it is full or closing, or its database does not answer."""


class GroupCommit:
    """Writes deliveries, many to a commit.

    Args:
        database: where the inbox's table is.
        capacity: how many deliveries may wait for a commit before `put` refuses.
    """

    def __init__(self, database: sa.Engine, capacity: int) -> None:
        self._database = database
        self._capacity = capacity
        self._marker = "?" if database.dialect.paramstyle == "qmark" else "%s"
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="inbox")
        self._waiting: list[tuple[tuple[str, str, bytes, float], asyncio.Future[bool]]] = []
        self._bytes = 0
        self._writing: asyncio.Task[None] | None = None
        self._open = False

    def open(self) -> None:
        """Take deliveries from now on."""
        self._open = True

    async def close(self) -> None:
        """Take nothing more; returns when all that was taken is on disk or refused."""
        self._open = False
        if self._writing is not None:
            await self._writing
        self._thread.shutdown()

    async def put(self, delivery_id: str, event: str, body: bytes) -> bool:
        """Keep a delivery; on disk when this returns. False when it was there before.

        Raises:
            Unavailable: it was not kept, and should be sent again.
        """
        if not self._open:
            raise Unavailable("The inbox is closed.", retry_after=5)
        if len(self._waiting) >= self._capacity or self._bytes + len(body) > _WAITING_BYTES:
            raise Unavailable("The inbox is full.", retry_after=5)
        kept: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append(((delivery_id, event, body, time.time()), kept))
        self._bytes += len(body)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        return await kept

    async def _write(self) -> None:
        """Group commit: all that wait while a commit runs share the next one."""
        loop = asyncio.get_running_loop()
        while self._waiting:
            batch, self._waiting = self._waiting[:_COMMIT_ROWS], self._waiting[_COMMIT_ROWS:]
            rows = [row for row, _ in batch]
            try:
                new: set[str] | Unavailable = await loop.run_in_executor(self._thread, self._commit, rows)
            except sa.exc.SQLAlchemyError as error:
                new = Unavailable(f"The inbox's database does not answer ({type(error).__name__}).", retry_after=5)
            for (delivery_id, _, body, _), kept in batch:
                self._bytes -= len(body)
                if kept.done():  # its request went away meanwhile
                    continue
                if isinstance(new, Unavailable):
                    kept.set_exception(new)
                else:
                    kept.set_result(delivery_id in new)
                    new.discard(delivery_id)

    def _commit(self, rows: list[tuple[str, str, bytes, float]]) -> set[str]:
        # One statement by hand: SQLAlchemy's own way to insert many took a third longer.
        row = f"({', '.join([self._marker] * 4)})"
        statement = (
            "INSERT INTO inbox (delivery_id, event, body, received_at) VALUES "  # noqa: S608 - only markers are put in
            + ", ".join([row] * len(rows))
            + " ON CONFLICT (delivery_id) DO NOTHING RETURNING delivery_id"
        )
        with self._database.begin() as connection:
            return set(connection.exec_driver_sql(statement, tuple(v for r in rows for v in r)).scalars())
