"""The history of agent runs: outcome and duration of each run, for a week, in the queue's database.

Records nothing about the analysed repositories. All processes share the database, so any of them can report on all.
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
"""Id of a PostgreSQL advisory lock; `bot.inbox` uses the preceding one."""

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
    """Statistics of an agent over the last day. `last_run` is a Unix time in seconds."""

    agent: str
    last_run: float | None
    runs: int
    failed: int
    median_seconds: float | None
    p95_seconds: float | None

    @property
    def error_rate(self) -> float:
        """The fraction of failed runs, 0 to 1."""
        return self.failed / self.runs if self.runs else 0.0


class AgentRuns:
    """The table of agent runs. Call `open` first."""

    def __init__(self, database: sa.Engine) -> None:
        self._database = database

    async def open(self) -> None:
        """Create the table if it is missing."""

        def work(connection: sa.Connection) -> None:
            if connection.dialect.name == "postgresql":  # two processes may start at the same time
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_SCHEMA_LOCK)))
            _METADATA.create_all(connection)

        await asyncio.to_thread(self._transact, work)

    async def record(self, seconds: dict[str, float], *, ok: bool) -> None:
        """Record a run of each agent with its duration in seconds."""
        now = time.time()
        rows = [{"agent": agent, "at": now, "seconds": took, "ok": ok} for agent, took in seconds.items()]
        await asyncio.to_thread(self._transact, lambda c: c.execute(sa.insert(_RUNS), rows))

    async def expire(self) -> None:
        """Delete runs older than a week."""
        old = sa.delete(_RUNS).where(_C.at < time.time() - _RETENTION_SECONDS)
        await asyncio.to_thread(self._transact, lambda c: c.execute(old))

    async def summaries(self, agents: Sequence[str] = AGENTS) -> list[AgentSummary]:
        """Return the statistics of each agent."""
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
    """Return the quantile of sorted values (nearest rank)."""
    return ordered[max(0, math.ceil(fraction * len(ordered)) - 1)] if ordered else None
