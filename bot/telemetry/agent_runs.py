"""How the agents do: each of their runs, with how long it took, kept for a week beside the queue.

Of what they looked at nothing is kept. The database is the one that all processes share, so that whoever is asked
can tell of all.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

AGENTS = ("change_detection", "document_update", "security_review", "rag_management")

WINDOW_SECONDS = 24 * 3600
_RETENTION_SECONDS = 7 * 24 * 3600
_MAX_RUNS = 20_000
_SCHEMA_LOCK = 775
"""A number of PostgreSQL's advisory locks; `bot.inbox.ledger` has the one before."""

_METADATA = sa.MetaData()
_RUNS = sa.Table(
    "agent_run",
    _METADATA,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("agent", sa.Text, nullable=False),
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("seconds", sa.Double, nullable=False),
    sa.Column("ok", sa.Boolean, nullable=False),
    sa.Index("agent_run_at", "agent", "at"),
)
_C = _RUNS.c


@dataclass(frozen=True, slots=True)
class AgentSummary:
    """An agent's last day: when it last ran (seconds since 1970), how often, how often not well, and how long."""

    agent: str
    last_run: float | None
    runs: int
    failed: int
    median_seconds: float | None
    p95_seconds: float | None

    @property
    def error_rate(self) -> float:
        """Which part of the runs failed, 0 to 1."""
        return self.failed / self.runs if self.runs else 0.0


class AgentRuns:
    """The table of runs; call `open` before anything else."""

    def __init__(self, database: sa.Engine) -> None:
        self._database = database

    async def open(self) -> None:
        """Make the table where it is missing."""

        def work(connection: sa.Connection) -> None:
            if connection.dialect.name == "postgresql":  # two processes that start at once would both make it
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_SCHEMA_LOCK)))
            _METADATA.create_all(connection)

        await asyncio.to_thread(self._transact, work)

    async def record(self, seconds: dict[str, float], *, ok: bool) -> None:
        """Keep a run of each of these agents, and how long it took."""
        now = time.time()
        rows = [{"agent": agent, "at": now, "seconds": took, "ok": ok} for agent, took in seconds.items()]
        await asyncio.to_thread(self._transact, lambda c: c.execute(sa.insert(_RUNS), rows))

    async def expire(self) -> None:
        """Drop what is older than a week."""
        old = sa.delete(_RUNS).where(_C.at < time.time() - _RETENTION_SECONDS)
        await asyncio.to_thread(self._transact, lambda c: c.execute(old))

    async def summaries(self, agents: Sequence[str] = AGENTS) -> list[AgentSummary]:
        """Each agent's last day."""
        return await asyncio.to_thread(lambda: [self._summarise(agent) for agent in agents])

    def _summarise(self, agent: str) -> AgentSummary:
        since = time.time() - WINDOW_SECONDS
        last = sa.select(sa.func.max(_C.at)).where(_C.agent == agent)
        runs = (
            sa.select(_C.seconds, _C.ok)
            .where(_C.agent == agent, _C.at >= since)
            .order_by(_C.at.desc())
            .limit(_MAX_RUNS)
        )
        with self._database.connect() as connection:
            at = connection.execute(last).scalar()
            rows = connection.execute(runs).all()
        took = sorted(row.seconds for row in rows)
        failed = sum(not row.ok for row in rows)
        return AgentSummary(agent, at, len(rows), failed, _quantile(took, 0.5), _quantile(took, 0.95))

    def _transact(self, work: Callable[[sa.Connection], object]) -> None:
        with self._database.begin() as connection:
            work(connection)


def _quantile(ordered: Sequence[float], fraction: float) -> float | None:
    """The value that this part of the ordered values does not exceed."""
    return ordered[max(0, math.ceil(fraction * len(ordered)) - 1)] if ordered else None
