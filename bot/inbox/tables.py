"""The inbox's tables, and the types of their rows."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from bot.domain import Tenant

DeliveryOutcome = Literal["done", "ignored", "superseded", "failed"]

TARGET_COLUMNS = ("kind", "installation_id", "repository_id", "branch", "before_oid")

METADATA = sa.MetaData()
INBOX = sa.Table(
    "inbox",
    METADATA,
    sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("delivery_id", sa.Text, nullable=False, unique=True),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("received_at", sa.Double, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False, server_default="0"),
    sa.Column("moved_at", sa.Double),
    sa.Column("job", sa.Text),
    sa.Column("kind", sa.Text),
    sa.Column("installation_id", sa.BigInteger),
    sa.Column("repository_id", sa.BigInteger),
    sa.Column("branch", sa.Text),
    sa.Column("before_oid", sa.Text),
    sa.Column("outcome", sa.Text),
    sa.Column("reason", sa.Text),
    sqlite_autoincrement=True,
)
_C = INBOX.c
# Partial indexes, so that an insert updates only one small index.
for _name, _over, _where in (
    ("inbox_open", (_C.moved_at, _C.seq), _C.outcome.is_(None)),
    ("inbox_ended", (_C.outcome, _C.received_at), _C.outcome.is_not(None)),
    ("inbox_ref", (_C.repository_id, _C.branch, _C.seq), _C.repository_id.is_not(None)),
):
    sa.Index(_name, *_over, sqlite_where=_where, postgresql_where=_where)

# Bodies have their own table: a row changes several times, and SQLite rewrites all of it each time.
BODIES = sa.Table(
    "inbox_body",
    METADATA,
    sa.Column("seq", sa.ForeignKey(_C.seq, ondelete="CASCADE"), primary_key=True, autoincrement=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A waiting delivery; `attempt` counts from 0."""

    seq: int
    delivery_id: str
    event: str
    body: bytes
    attempt: int


@dataclass(frozen=True, slots=True)
class DeliveryTarget:
    """The target of a delivery, known once it is parsed.

    Deliveries with a `branch` (for a pull request its ref) coalesce: the newest supersedes the others. `before` is that
    of a push.
    """

    kind: str
    tenant: Tenant
    branch: str | None = None
    before: str | None = None

    @property
    def coalesce_key(self) -> CoalesceKey | None:
        return CoalesceKey(self.tenant.repository_id, self.kind, self.branch) if self.branch is not None else None


@dataclass(frozen=True, slots=True)
class CoalesceKey:
    """The key of deliveries of which only the newest needs a job."""

    repository_id: int
    kind: str
    branch: str


@dataclass(frozen=True, slots=True)
class Move:
    """The move of a delivery to a job or to an outcome."""

    seq: int
    target: DeliveryTarget | None = None
    job: str | None = None
    outcome: DeliveryOutcome | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class FailedDelivery:
    """A failed delivery and its reason."""

    delivery_id: str
    event: str
    attempt: int
    received_at: float
    reason: str


def column_values(move: Move) -> dict[str, object]:
    """Return the column values of a move; `of` is the row's `seq`."""
    to = move.target
    target = (to.kind, to.tenant.installation_id, to.tenant.repository_id, to.branch, to.before) if to else (None,) * 5
    return {
        "of": move.seq,
        "moved_at": time.time(),
        **dict(zip(TARGET_COLUMNS, target, strict=True)),
        "job": move.job,
        "outcome": move.outcome,
        "reason": move.reason,
    }
