"""Move deliveries from the inbox to the queue: parse each, drop superseded ones, move the rest in one transaction."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import sqlalchemy as sa

from bot.domain import (
    AppInstalled,
    AppUninstalled,
    BatchCursor,
    Event,
    IndexDue,
    Job,
    PullRequestChanged,
    Push,
    ReviewDue,
    Tenant,
)
from bot.engine.outcome import OutcomeRecorder, WorkOutcome
from bot.errors import RemoteError
from bot.inbox import Delivery, DeliveryTarget, Inbox, Move
from bot.telemetry.logs import log_context

SUPERSEDED_REASON = "superseded by a newer delivery"

_BATCH_SIZE = 200
"""Small enough that new deliveries hardly wait: parsing and writing a batch takes about 10 ms."""

_MAX_QUIET_PERIODS = 4
"""The longest wait of a push, in quiet periods."""


class IgnoredDelivery(Protocol):
    """The parser's result for a delivery that requires no job."""

    @property
    def reason(self) -> str: ...


class Queue(Protocol):
    """The durable queue. Its methods use the caller's transaction."""

    def enqueue(self, connection: sa.Connection, job: Job, partition: str, delay: float) -> None:
        """Add a job to its partition; it starts after `delay` seconds at the earliest."""
        ...

    def cancel(self, connection: sa.Connection, jobs: Sequence[str]) -> list[str]:
        """Cancel those of the jobs that have not started, and return them."""
        ...


@dataclass(frozen=True, slots=True)
class _ParsedDelivery:
    """The event of a delivery, and its target."""

    event: Event
    target: DeliveryTarget


class Pump:
    """Moves deliveries from an inbox to a queue.

    Args:
        parse: runs in a thread, outside the transaction; a delivery that it rejects is recorded as failed.
        quiet_seconds: how long a branch must have no further push before its next one is handled. The first push of a
            burst is handled at once, and none waits longer than `_MAX_QUIET_PERIODS` times that.
    """

    def __init__(
        self,
        inbox: Inbox,
        queue: Queue,
        parse: Callable[[str, bytes], Event | IgnoredDelivery],
        recorder: OutcomeRecorder,
        quiet_seconds: float,
    ) -> None:
        self._inbox, self._queue = inbox, queue
        self._parse, self._recorder, self._quiet_seconds = parse, recorder, quiet_seconds

    async def move_batch(self) -> bool:
        """Move a batch, and return whether there may be more."""
        deliveries = await self._inbox.waiting(_BATCH_SIZE)
        if deliveries:
            batch = await asyncio.to_thread(lambda: [(d, self._parse_delivery(d)) for d in deliveries])
            await self._inbox.transact(partial(self._transfer_batch, batch))
        return len(deliveries) == _BATCH_SIZE

    def _parse_delivery(self, delivery: Delivery) -> _ParsedDelivery | WorkOutcome:
        with (
            log_context(delivery=delivery.delivery_id),
            self._recorder.capture(f"delivery {delivery.delivery_id}") as result,
        ):
            event = self._parse(delivery.event, delivery.body)
            if isinstance(event, Event):
                return _ParsedDelivery(event, target_of(event))
            result.outcome, result.reason = "ignored", event.reason
        return result

    def _transfer_batch(
        self, batch: list[tuple[Delivery, _ParsedDelivery | WorkOutcome]], connection: sa.Connection
    ) -> None:
        newest = {
            parsed.target.coalesce_key: delivery.seq
            for delivery, parsed in batch
            if isinstance(parsed, _ParsedDelivery)
        }
        moves: list[Move] = []
        jobs: list[tuple[Job, DeliveryTarget]] = []
        for delivery, parsed in batch:
            if isinstance(parsed, WorkOutcome):
                moves.append(Move(delivery.seq, outcome=parsed.outcome, reason=parsed.reason))
            elif parsed.target.coalesce_key and newest[parsed.target.coalesce_key] > delivery.seq:
                moves.append(Move(delivery.seq, parsed.target, outcome="superseded", reason=SUPERSEDED_REASON))
            else:
                job = Job(delivery.seq, delivery.delivery_id, parsed.event, delivery.attempt)
                moves.append(Move(job.seq, parsed.target, job.id))
                jobs.append((job, parsed.target))
        if not self._inbox.record_moves(connection, moves):
            connection.rollback()  # another process has moved some of these
            return
        for job, target in jobs:
            self._enqueue(connection, job, target)

    def _enqueue(self, connection: sa.Connection, job: Job, target: DeliveryTarget) -> None:
        delay = 0.0
        if key := target.coalesce_key:
            older = self._inbox.older_jobs(connection, key, below=job.seq)
            for cancelled in self._queue.cancel(connection, list(older)) if older else ():
                self._inbox.write_outcome(connection, *older[cancelled], "superseded", SUPERSEDED_REASON)
            if isinstance(job.event, Push):
                delay = self._quiet_delay(self._inbox.last_moved_at(connection, key, below=job.seq))
        self._queue.enqueue(connection, job, _partition_key(target.tenant), delay)

    def _quiet_delay(self, last_moved_at: float | None) -> float:
        """Return the seconds that a push waits for further ones; 0 if the branch's last job is long ago."""
        now = time.time()
        if last_moved_at is None or now - last_moved_at > _MAX_QUIET_PERIODS * self._quiet_seconds:
            return 0.0
        return max(0.0, min(self._quiet_seconds, last_moved_at + _MAX_QUIET_PERIODS * self._quiet_seconds - now))


def _partition_key(tenant: Tenant) -> str:
    """Return the queue partition: the repository, or the installation for jobs of a whole installation."""
    return str(tenant.repository_id) if tenant.repository_id else f"installation {tenant.installation_id}"


def target_of(event: Event) -> DeliveryTarget:
    """Return an event's target: its repository, the first of several, or the installation if it names none.

    Raises:
        RemoteError: the event has neither. A job without a partition would be queued forever.
    """
    match event:
        case Push(repository=repository):
            target = DeliveryTarget(event.kind, repository.tenant, event.branch, event.before)
        case PullRequestChanged(repository=repository, number=number) | ReviewDue(repository=repository, number=number):
            target = DeliveryTarget(event.kind, repository.tenant, f"pull/{number}")
        case IndexDue(repository=repository, row=BatchCursor()):
            target = DeliveryTarget(event.kind, repository.tenant)  # not coalesced: a batch is followed by the next one
        case IndexDue(repository=repository, branch=branch):
            target = DeliveryTarget(event.kind, repository.tenant, branch)
        case AppInstalled(installation_id=installation_id):
            return DeliveryTarget(event.kind, Tenant(installation_id, 0))
        case AppUninstalled(tenants=(first, *_)):
            target = DeliveryTarget(event.kind, first)
        case AppUninstalled(installation_id=int(installation_id)):
            return DeliveryTarget(event.kind, Tenant(installation_id, 0))
        case AppUninstalled():
            raise RemoteError("The delivery names no repository.", transient=False)
        case _:
            target = DeliveryTarget(event.kind, event.repository.tenant)
    if target.tenant.repository_id <= 0:
        raise RemoteError("The delivery names no repository.", transient=False)
    return target
