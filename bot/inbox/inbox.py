"""The inbox: waiting deliveries, their jobs, and their outcomes."""

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
"""Key of a PostgreSQL advisory lock; `bot.engine.membership` has the previous numbers."""


class Inbox:
    """The tables of deliveries and their bodies.

    Args:
        database: the database of the tables.
        capacity: how many deliveries may wait for a commit before `add` rejects further ones.
    """

    def __init__(self, database: sa.Engine, capacity: int = 1000) -> None:
        self._database = database
        self._commits = GroupCommit(database, capacity)

    async def open(self) -> None:
        """Create missing tables, and accept deliveries from now on."""
        await self.transact(_create_tables)
        self._commits.open()

    async def close(self) -> None:
        """Accept no more deliveries, and wait until those accepted are on disk or rejected."""
        await self._commits.close()

    async def add(self, delivery_id: str, event: str, body: bytes) -> bool:
        """Save a delivery to disk; return False if it was already saved.

        Raises:
            InboxUnavailable: it was not saved, and should be sent again.
        """
        return await self._commits.add(delivery_id, event, body)

    async def check(self) -> None:
        """Raise `RemoteError` if the database does not answer."""
        try:
            await self.active_jobs(1)
        except sa.exc.SQLAlchemyError as error:
            raise RemoteError(f"The database does not answer ({type(error).__name__}).") from error

    # -------------------------------------------------------------- processing

    async def waiting(self, limit: int) -> list[Delivery]:
        """Return the oldest deliveries that have not been moved."""
        query = (
            sa.select(_C.seq, _C.delivery_id, _C.event, BODIES.c.body, _C.attempt)
            .join(BODIES)
            .where(_C.moved_at.is_(None), _C.outcome.is_(None))
            .order_by(_C.seq)
            .limit(limit)
        )
        return await self._query(lambda c: [Delivery(*row) for row in c.execute(query)])

    def record_moves(self, connection: sa.Connection, moves: Sequence[Move]) -> bool:
        """Record moves in the caller's transaction; return False if another process has moved one of them."""
        update = (
            sa.update(INBOX)
            .where(_C.seq == sa.bindparam("of"), _C.moved_at.is_(None), _C.outcome.is_(None))
            .values({name: sa.bindparam(name) for name in ("moved_at", *TARGET_COLUMNS, "job", "outcome", "reason")})
        )
        moved: int = connection.execute(update, [column_values(move) for move in moves]).rowcount
        return moved == len(moves)

    def write_outcome(
        self, connection: sa.Connection, seq: int, attempt: int, outcome: DeliveryOutcome, reason: str
    ) -> None:
        """Record the outcome of an attempt, in the caller's transaction; a recorded outcome is never overwritten."""
        update = sa.update(INBOX).where(_C.seq == seq, _C.attempt == attempt, _C.outcome.is_(None))
        connection.execute(update.values(outcome=outcome, reason=reason))

    async def record_outcome(self, seq: int, attempt: int, outcome: DeliveryOutcome, reason: str) -> None:
        """Run `write_outcome` in its own transaction."""
        await self.transact(lambda c: self.write_outcome(c, seq, attempt, outcome, reason))

    def older_jobs(self, connection: sa.Connection, key: CoalesceKey, below: int) -> dict[str, tuple[int, int]]:
        """Return the unfinished deliveries of a key that are older than `below`: job → seq and attempt."""
        query = sa.select(_C.job, _C.seq, _C.attempt).where(
            *_matches_key(key), _C.seq < below, _C.moved_at.is_not(None), _C.outcome.is_(None)
        )
        return {job: (seq, attempt) for job, seq, attempt in connection.execute(query)}

    def last_moved_at(self, connection: sa.Connection, key: CoalesceKey, below: int) -> float | None:
        """Return when the newest delivery of a key was moved, among those before `below` that were not superseded."""
        query = sa.select(sa.func.max(_C.moved_at)).where(
            *_matches_key(key), _C.seq < below, _C.outcome.is_(None) | _C.outcome.in_(("done", "failed"))
        )
        moved_at: float | None = connection.execute(query).scalar()
        return moved_at

    async def find_newer(self, key: CoalesceKey, seq: int) -> int | None:
        """Return the newest later delivery of the same key that is done or unfinished."""
        query = sa.select(sa.func.max(_C.seq)).where(
            *_matches_key(key), _C.seq > seq, _C.outcome.is_(None) | (_C.outcome == "done")
        )
        return await self._query(lambda c: c.execute(query).scalar())

    async def first_unprocessed_oid(self, key: CoalesceKey, seq: int) -> str | None:
        """Return the commit at which the job of a push starts if earlier pushes were superseded or failed.

        That is the `before` of the first push to the branch after the last successful one, so no push is lost,
        whichever process superseded it.
        """
        pushes = sa.and_(*_matches_key(key), _C.seq <= seq)
        done = sa.select(sa.func.coalesce(sa.func.max(_C.seq), 0)).where(pushes, _C.outcome == "done")
        query = sa.select(_C.before_oid).where(pushes, _C.seq > done.scalar_subquery()).order_by(_C.seq).limit(1)
        return await self._query(lambda c: c.execute(query).scalar())

    # -------------------------------------------------------------- records

    async def active_jobs(self, limit: int) -> dict[str, tuple[int, int]]:
        """Return the deliveries that are in the engine, oldest first: job → seq and attempt."""
        query = sa.select(_C.job, _C.seq, _C.attempt).where(_C.moved_at.is_not(None), _C.outcome.is_(None))
        query = query.order_by(_C.seq).limit(limit)
        return await self._query(lambda c: {job: (seq, attempt) for job, seq, attempt in c.execute(query)})

    async def tenant_jobs(self, tenant: Tenant, before: int) -> dict[str, tuple[int, int]]:
        """Return a tenant's deliveries that are in the engine and older than `before`: job → seq and attempt."""
        query = sa.select(_C.job, _C.seq, _C.attempt).where(
            _C.installation_id == tenant.installation_id,
            _C.repository_id == tenant.repository_id,
            _C.seq < before,
            _C.moved_at.is_not(None),
            _C.outcome.is_(None),
        )
        return await self._query(lambda c: {job: (seq, attempt) for job, seq, attempt in c.execute(query)})

    async def failures(self, limit: int = 100) -> list[FailedDelivery]:
        """Return the failed deliveries, newest first."""
        query = (
            sa.select(_C.delivery_id, _C.event, _C.attempt, _C.received_at, _C.reason)
            .where(_C.outcome == "failed")
            .order_by(_C.received_at.desc())
            .limit(limit)
        )
        return await self._query(lambda c: [FailedDelivery(*row) for row in c.execute(query)])

    async def retry(self, delivery_id: str) -> bool:
        """Run a failed delivery again, as a new attempt; return False if there is none with this id."""
        has_body = sa.exists().where(BODIES.c.seq == _C.seq)
        failed = sa.update(INBOX).where(_C.delivery_id == delivery_id, _C.outcome == "failed", has_body)
        reset = failed.values(attempt=_C.attempt + 1, moved_at=None, job=None, outcome=None, reason=None)

        def update(connection: sa.Connection) -> bool:
            notify(connection)
            return connection.execute(reset).rowcount > 0

        return await self.transact(update)

    async def recent(self, tenant: Tenant, limit: int = 10) -> list[tuple[str, float, str | None, str | None]]:
        """Return a tenant's newest deliveries: event, time of arrival (seconds since the epoch), outcome and reason."""
        of_tenant = (_C.installation_id == tenant.installation_id, _C.repository_id == tenant.repository_id)
        query = sa.select(_C.event, _C.received_at, _C.outcome, _C.reason).where(*of_tenant)
        query = query.order_by(_C.seq.desc()).limit(limit)
        return await self._query(lambda c: [(row[0], row[1], row[2], row[3]) for row in c.execute(query)])

    async def counts(self) -> dict[str, int]:
        """Count deliveries by stage (waiting, moved to the engine) and outcome."""
        stage = sa.case((_C.moved_at.is_(None), "waiting"), else_="moved")
        unfinished = sa.select(stage, sa.func.count()).where(_C.outcome.is_(None)).group_by(stage)
        finished = sa.select(_C.outcome, sa.func.count()).where(_C.outcome.is_not(None)).group_by(_C.outcome)
        rows = await self._query(lambda c: [*c.execute(unfinished), *c.execute(finished)])
        return dict.fromkeys(_STAGES, 0) | {row[0]: row[1] for row in rows}

    async def backlog(self) -> dict[str, tuple[int, float]]:
        """Return the number and the oldest arrival of unfinished deliveries, by kind (by event before parsing).

        Times are in seconds since the epoch.
        """
        kind = sa.func.coalesce(_C.kind, _C.event)
        query = sa.select(kind, sa.func.count(), sa.func.min(_C.received_at)).where(_C.outcome.is_(None)).group_by(kind)
        return await self._query(lambda c: {row[0]: (row[1], row[2]) for row in c.execute(query)})

    async def tenants(self, installation_id: int) -> frozenset[Tenant]:
        """Return the tenants of an installation that have deliveries."""
        tenants = sa.select(_C.installation_id, _C.repository_id).distinct()
        query = tenants.where(_C.installation_id == installation_id, _C.repository_id > 0)
        return await self._query(lambda c: frozenset(Tenant(*row) for row in c.execute(query)))

    async def purge_tenant(self, tenant: Tenant) -> list[str]:
        """Delete the bodies and reasons of a tenant's finished deliveries, and return their jobs."""
        of_tenant = sa.and_(
            _C.installation_id == tenant.installation_id,
            _C.repository_id == tenant.repository_id,
            _C.outcome.is_not(None),
        )
        bodies = sa.delete(BODIES).where(BODIES.c.seq.in_(sa.select(_C.seq).where(of_tenant)))
        rows = sa.update(INBOX).where(of_tenant).values(reason="data deleted", branch=None, before_oid=None)

        def purge(connection: sa.Connection) -> list[str]:
            connection.execute(bodies)
            return [job for job in connection.execute(rows.returning(_C.job)).scalars() if job is not None]

        return await self.transact(purge)

    async def expire(self, before: float) -> int:
        """Delete finished deliveries received before a time (seconds since the epoch), and return their number."""
        old = sa.delete(INBOX).where(_C.outcome.is_not(None), _C.received_at < before)
        return await self.transact(lambda c: c.execute(old).rowcount)

    async def transact(self, work: Callable[[sa.Connection], T]) -> T:
        """Run `work` in a transaction, in the thread that writes deliveries."""
        return await self._commits.transact(work)

    async def _query(self, read: Callable[[sa.Connection], T]) -> T:
        def run() -> T:
            with self._database.connect() as connection:
                return read(connection)

        return await asyncio.to_thread(run)


def _create_tables(connection: sa.Connection) -> None:
    if connection.dialect.name == "postgresql":  # two processes that start together would both create them
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_SCHEMA_LOCK)))
    METADATA.create_all(connection)


def _matches_key(key: CoalesceKey) -> tuple[sa.ColumnElement[bool], ...]:
    return _C.repository_id == key.repository_id, _C.kind == key.kind, _C.branch == key.branch
