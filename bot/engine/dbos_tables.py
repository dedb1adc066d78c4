"""Own statements on DBOS's table of workflows, for what its core has no call for.

They rely on how that table is laid out, which is why the version is pinned: each has its test.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import sqlalchemy as sa

QUEUE = "repositories"
"""Written into the database: changing it strands the jobs that stand there."""

UNIQUE_RUNNING_INDEX = "mas_one_running"
"""The index that lets one job of a repository run."""

_COLUMNS = (
    "workflow_uuid",
    "status",
    "recovery_attempts",
    "queue_name",
    "completed_at",
    "executor_id",
    "owner_xid",
    "started_at_epoch_ms",
)


def _table(connection: sa.Connection) -> sa.TableClause:
    schema = None if connection.dialect.name == "sqlite" else "dbos"
    return sa.table("workflow_status", *map(sa.column, _COLUMNS), schema=schema)


def create_unique_running_index(connection: sa.Connection) -> None:
    """Have the database refuse a second running job of a repository.

    The queue alone lets two processes overlap where a later job is more urgent: it looks before it claims.
    """
    schema = "" if connection.dialect.name == "sqlite" else "dbos."
    connection.exec_driver_sql(
        f"CREATE UNIQUE INDEX IF NOT EXISTS {UNIQUE_RUNNING_INDEX} ON {schema}workflow_status (queue_partition_key) "
        f"WHERE status = 'PENDING' AND queue_name = '{QUEUE}'"
    )


def cancel(connection: sa.Connection, jobs: Sequence[str]) -> list[str]:
    """Take back those of the jobs that have not begun; returns them."""
    table = _table(connection)
    at = table.c
    cancelled = connection.execute(
        sa.update(table)
        .where(at.workflow_uuid.in_(jobs), at.status.in_(("ENQUEUED", "DELAYED")), at.recovery_attempts == 0)
        .values(status="CANCELLED", queue_name=None, completed_at=int(time.time() * 1000))
        .returning(at.workflow_uuid)
    )
    return list(cancelled.scalars())


def active_executors(connection: sa.Connection) -> set[str]:
    """The executors that have a job begun."""
    at = _table(connection).c
    begun = sa.select(at.executor_id).where(at.status == "PENDING", at.queue_name == QUEUE).distinct()
    return set(connection.execute(begun).scalars())


def requeue(connection: sa.Connection, executor_id: str) -> int:
    """Put the begun jobs of an executor back into the queue, whose owner is dead; returns how many.

    A step of a dead process that still runs, since it was only thought dead, is refused when it is recorded: the
    job is another's by then.
    """
    table = _table(connection)
    at = table.c
    begun = sa.update(table).where(at.status == "PENDING", at.executor_id == executor_id, at.queue_name == QUEUE)
    return connection.execute(begun.values(status="ENQUEUED", owner_xid=None, started_at_epoch_ms=None)).rowcount
