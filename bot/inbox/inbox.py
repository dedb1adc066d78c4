"""The inbox: what waits, what was moved, and what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

import sqlalchemy as sa

from bot.domain import Tenant
from bot.errors import RemoteError
from bot.inbox.group_commit import GroupCommit
from bot.inbox.notify import notify
from bot.inbox.tables import (
    BODIES,
    INBOX,
    METADATA,
    TARGET_COLUMNS,
    CoalesceKey,
    Delivery,
    DeliveryOutcome,
    FailedDelivery,
    Move,
    column_values,
)

T = TypeVar("T")

_STAGES = ("waiting", "moved", "done", "ignored", "superseded", "failed")

_C = INBOX.c
_SCHEMA_LOCK = 774
"""A number of PostgreSQL's advisory locks; `bot.engine.life` has the ones before."""


class Inbox:
    """The tables of deliveries and of their bodies.

    Args:
        database: where the tables are made.
        capacity: how many deliveries may wait for a commit before `put` refuses.
    """

    def __init__(self, database: sa.Engine, capacity: int = 1000) -> None:
        self._database = database
        self._commits = GroupCommit(database, capacity)

    async def open(self) -> None:
        """Make the tables where they are missing; deliveries are taken from now on."""
        await self.transact(_create_tables)
        self._commits.open()

    async def close(self) -> None:
        """Take nothing more; returns when all that was taken is on disk or refused."""
        await self._commits.close()

    async def add(self, delivery_id: str, event: str, body: bytes) -> bool:
        """Keep a delivery; on disk when this returns. False when it was there before.

        Raises:
            Unavailable: it was not kept, and should be sent again.
        """
        return await self._commits.add(delivery_id, event, body)

    async def check(self) -> None:
        """Raises `RemoteError` when the database does not answer."""
        try:
            await self.active_jobs(1)
        except sa.exc.SQLAlchemyError as error:
            raise RemoteError(f"The database does not answer ({type(error).__name__}).") from error

    # -------------------------------------------------------------- on

    async def waiting(self, limit: int) -> list[Delivery]:
        """The oldest deliveries that nobody has looked at yet."""
        query = (
            sa.select(_C.seq, _C.delivery_id, _C.event, BODIES.c.body, _C.attempt)
            .join(BODIES)
            .where(_C.moved_at.is_(None), _C.outcome.is_(None))
            .order_by(_C.seq)
            .limit(limit)
        )
        return await self._query(lambda c: [Delivery(*row) for row in c.execute(query)])

    def record_moves(self, connection: sa.Connection, moves: Sequence[Move]) -> bool:
        """Write down where deliveries go, in the caller's transaction; False when another process has one."""
        rows = (
            sa.update(INBOX)
            .where(_C.seq == sa.bindparam("of"), _C.moved_at.is_(None), _C.outcome.is_(None))
            .values({name: sa.bindparam(name) for name in ("moved_at", *TARGET_COLUMNS, "job", "outcome", "reason")})
        )
        moved: int = connection.execute(rows, [column_values(move) for move in moves]).rowcount
        return moved == len(moves)

    def write_outcome(
        self, connection: sa.Connection, seq: int, attempt: int, outcome: DeliveryOutcome, reason: str
    ) -> None:
        """Write down what came of an attempt, in the caller's transaction; the first word stands."""
        row = sa.update(INBOX).where(_C.seq == seq, _C.attempt == attempt, _C.outcome.is_(None))
        connection.execute(row.values(outcome=outcome, reason=reason))

    async def record_outcome(self, seq: int, attempt: int, outcome: DeliveryOutcome, reason: str) -> None:
        """`end` in a transaction of its own."""
        await self.transact(lambda c: self.write_outcome(c, seq, attempt, outcome, reason))

    def older_jobs(self, connection: sa.Connection, key: CoalesceKey, below: int) -> dict[str, tuple[int, int]]:
        """Unfinished deliveries on a subject that are older than `below`: job → seq and attempt."""
        query = sa.select(_C.job, _C.seq, _C.attempt).where(
            *_matches_key(key), _C.seq < below, _C.moved_at.is_not(None), _C.outcome.is_(None)
        )
        return {job: (seq, attempt) for job, seq, attempt in connection.execute(query)}

    def last_moved_at(self, connection: sa.Connection, key: CoalesceKey, below: int) -> float | None:
        """When the newest delivery on a subject that was not overtaken, and is older than `below`, was moved."""
        query = sa.select(sa.func.max(_C.moved_at)).where(
            *_matches_key(key), _C.seq < below, _C.outcome.is_(None) | _C.outcome.in_(("done", "failed"))
        )
        found: float | None = connection.execute(query).scalar()
        return found

    async def find_newer(self, key: CoalesceKey, seq: int) -> int | None:
        """A later delivery on the same subject that is done or will be."""
        query = sa.select(sa.func.max(_C.seq)).where(
            *_matches_key(key), _C.seq > seq, _C.outcome.is_(None) | (_C.outcome == "done")
        )
        return await self._query(lambda c: c.execute(query).scalar())

    async def first_unprocessed_oid(self, key: CoalesceKey, seq: int) -> str | None:
        """Where the work of a push begins when pushes before it were overtaken or failed.

        That is the `before` of the first push to the branch after the last one that ended done; a
        push that was never worked on is thereby never lost, whoever overtook it and where.
        """
        pushes = sa.and_(*_matches_key(key), _C.seq <= seq)
        done = sa.select(sa.func.coalesce(sa.func.max(_C.seq), 0)).where(pushes, _C.outcome == "done")
        query = sa.select(_C.before_oid).where(pushes, _C.seq > done.scalar_subquery()).order_by(_C.seq).limit(1)
        return await self._query(lambda c: c.execute(query).scalar())

    # -------------------------------------------------------------- on record

    async def active_jobs(self, limit: int) -> dict[str, tuple[int, int]]:
        """Deliveries that the engine has, oldest first: job → seq and attempt."""
        query = sa.select(_C.job, _C.seq, _C.attempt).where(_C.moved_at.is_not(None), _C.outcome.is_(None))
        query = query.order_by(_C.seq).limit(limit)
        return await self._query(lambda c: {job: (seq, attempt) for job, seq, attempt in c.execute(query)})

    async def tenant_jobs(self, tenant: Tenant, before: int) -> dict[str, tuple[int, int]]:
        """A tenant's deliveries that the engine has and that came before a `seq`: job → seq and attempt."""
        query = sa.select(_C.job, _C.seq, _C.attempt).where(
            _C.installation_id == tenant.installation_id,
            _C.repository_id == tenant.repository_id,
            _C.seq < before,
            _C.moved_at.is_not(None),
            _C.outcome.is_(None),
        )
        return await self._query(lambda c: {job: (seq, attempt) for job, seq, attempt in c.execute(query)})

    async def failures(self, limit: int = 100) -> list[FailedDelivery]:
        """Deliveries that ended failed, newest first."""
        query = (
            sa.select(_C.delivery_id, _C.event, _C.attempt, _C.received_at, _C.reason)
            .where(_C.outcome == "failed")
            .order_by(_C.received_at.desc())
            .limit(limit)
        )
        return await self._query(lambda c: [FailedDelivery(*row) for row in c.execute(query)])

    async def retry(self, delivery_id: str) -> bool:
        """Let a failed delivery run again, as a new attempt; False when none of this id is kept."""
        kept = sa.exists().where(BODIES.c.seq == _C.seq)
        row = sa.update(INBOX).where(_C.delivery_id == delivery_id, _C.outcome == "failed", kept)
        again = row.values(attempt=_C.attempt + 1, moved_at=None, job=None, outcome=None, reason=None)

        def run(connection: sa.Connection) -> bool:
            notify(connection)
            return connection.execute(again).rowcount > 0

        return await self.transact(run)

    async def recent(self, tenant: Tenant, limit: int = 10) -> list[tuple[str, float, str | None, str | None]]:
        """A tenant's newest deliveries: event, when it came (seconds since the epoch), outcome and reason."""
        theirs = (_C.installation_id == tenant.installation_id, _C.repository_id == tenant.repository_id)
        query = sa.select(_C.event, _C.received_at, _C.outcome, _C.reason).where(*theirs)
        query = query.order_by(_C.seq.desc()).limit(limit)
        return await self._query(lambda c: [(row[0], row[1], row[2], row[3]) for row in c.execute(query)])

    async def counts(self) -> dict[str, int]:
        """How many deliveries wait, are with the engine, and ended in each way."""
        stage = sa.case((_C.moved_at.is_(None), "waiting"), else_="moved")
        still = sa.select(stage, sa.func.count()).where(_C.outcome.is_(None)).group_by(stage)
        ended = sa.select(_C.outcome, sa.func.count()).where(_C.outcome.is_not(None)).group_by(_C.outcome)
        found = await self._query(lambda c: [*c.execute(still), *c.execute(ended)])
        return dict.fromkeys(_STAGES, 0) | {row[0]: row[1] for row in found}

    async def backlog(self) -> dict[str, tuple[int, float]]:
        """Deliveries without an outcome, by kind (before they are parsed by event): how many, and when the first came.

        The time is in seconds since 1970.
        """
        kind = sa.func.coalesce(_C.kind, _C.event)
        query = sa.select(kind, sa.func.count(), sa.func.min(_C.received_at)).where(_C.outcome.is_(None)).group_by(kind)
        return await self._query(lambda c: {row[0]: (row[1], row[2]) for row in c.execute(query)})

    async def tenants(self, installation_id: int) -> frozenset[Tenant]:
        """The tenants of an installation that deliveries were about."""
        about = sa.select(_C.installation_id, _C.repository_id).distinct()
        query = about.where(_C.installation_id == installation_id, _C.repository_id > 0)
        return await self._query(lambda c: frozenset(Tenant(*row) for row in c.execute(query)))

    async def purge_tenant(self, tenant: Tenant) -> list[str]:
        """Drop the bodies and reasons of a tenant's ended deliveries; returns the jobs that did them."""
        theirs = sa.and_(
            _C.installation_id == tenant.installation_id,
            _C.repository_id == tenant.repository_id,
            _C.outcome.is_not(None),
        )
        bodies = sa.delete(BODIES).where(BODIES.c.seq.in_(sa.select(_C.seq).where(theirs)))
        rows = sa.update(INBOX).where(theirs).values(reason="forgotten", branch=None, before_oid=None)

        def drop(connection: sa.Connection) -> list[str]:
            connection.execute(bodies)
            return [job for job in connection.execute(rows.returning(_C.job)).scalars() if job is not None]

        return await self.transact(drop)

    async def expire(self, before: float) -> int:
        """Delete ended deliveries received before a time (seconds since the epoch); returns how many."""
        old = sa.delete(INBOX).where(_C.outcome.is_not(None), _C.received_at < before)
        return await self.transact(lambda c: c.execute(old).rowcount)

    async def transact(self, work: Callable[[sa.Connection], T]) -> T:
        """Write in a transaction, in turn with the deliveries; `work` runs in the thread that writes them."""
        return await self._commits.transact(work)

    async def _query(self, read: Callable[[sa.Connection], T]) -> T:
        def run() -> T:
            with self._database.connect() as connection:
                return read(connection)

        return await asyncio.to_thread(run)


def _create_tables(connection: sa.Connection) -> None:
    if connection.dialect.name == "postgresql":  # two processes that start at once would both make them
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_SCHEMA_LOCK)))
    METADATA.create_all(connection)


def _matches_key(key: CoalesceKey) -> tuple[sa.ColumnElement[bool], ...]:
    return _C.repository_id == key.repository_id, _C.kind == key.kind, _C.branch == key.branch
