"""SQL statements on DBOS's table of workflows, for operations that its API lacks.

They depend on the layout of that table, so the version of DBOS is pinned and each statement has a test.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import sqlalchemy as sa

QUEUE = "repositories"
"""The queue's name. Persisted: changing it strands the queued jobs."""

UNIQUE_RUNNING_INDEX = "mas_one_running"
"""The unique index that allows one running job per repository."""

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
    """Create the index that makes the database reject a second running job of a repository.

    The queue alone is not enough: it checks before it claims, so two processes may overlap if a later job has a higher
    priority.
    """
    schema = "" if connection.dialect.name == "sqlite" else "dbos."
    connection.exec_driver_sql(
        f"CREATE UNIQUE INDEX IF NOT EXISTS {UNIQUE_RUNNING_INDEX} ON {schema}workflow_status (queue_partition_key) "
        f"WHERE status = 'PENDING' AND queue_name = '{QUEUE}'"
    )


def cancel(connection: sa.Connection, jobs: Sequence[str]) -> list[str]:
    """Cancel those of the jobs that have not started, and return them."""
    table = _table(connection)
    columns = table.c
    cancelled = connection.execute(
        sa.update(table)
        .where(
            columns.workflow_uuid.in_(jobs),
            columns.status.in_(("ENQUEUED", "DELAYED")),
            columns.recovery_attempts == 0,
        )
        .values(status="CANCELLED", queue_name=None, completed_at=int(time.time() * 1000))
        .returning(columns.workflow_uuid)
    )
    return list(cancelled.scalars())


def active_executors(connection: sa.Connection) -> set[str]:
    """Return the executors that have running jobs."""
    columns = _table(connection).c
    query = sa.select(columns.executor_id).where(columns.status == "PENDING", columns.queue_name == QUEUE).distinct()
    return set(connection.execute(query).scalars())


def requeue(connection: sa.Connection, executor_id: str) -> int:
    """Put the running jobs of a dead executor back into the queue, and return their number.

    If the process is in fact alive, its current step is rejected when it is recorded, since the job then belongs to
    another executor.
    """
    table = _table(connection)
    columns = table.c
    update = sa.update(table).where(
        columns.status == "PENDING", columns.executor_id == executor_id, columns.queue_name == QUEUE
    )
    return connection.execute(update.values(status="ENQUEUED", owner_xid=None, started_at_epoch_ms=None)).rowcount
