"""From the inbox to the queue: parse row by row, drop what a newer push overtakes, move the rest at once."""

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

SUPERSEDED_REASON = "a newer one takes this one along"

_BATCH_SIZE = 200
"""Few enough that those who deliver meanwhile hardly wait: parsing and writing them takes about 10 ms."""

_MAX_QUIET_PERIODS = 4
"""Quiet periods after which a push waits no more."""


class IgnoredDelivery(Protocol):
    """What parsing answers for a delivery that is none of our business."""

    @property
    def reason(self) -> str: ...


class Queue(Protocol):
    """What the pump needs of the durable engine; both work in the caller's transaction."""

    def enqueue(self, connection: sa.Connection, job: Job, partition: str, delay: float) -> None:
        """Add a job behind those of its partition, to begin in so many seconds."""
        ...

    def cancel(self, connection: sa.Connection, jobs: Sequence[str]) -> list[str]:
        """Take back those of the jobs that have not begun; returns them."""
        ...


@dataclass(frozen=True, slots=True)
class _ParsedDelivery:
    """What a delivery says happened, and to what."""

    event: Event
    target: DeliveryTarget


class Pump:
    """Moves deliveries from an inbox to a queue.

    Args:
        parse: runs in a thread, outside the transaction; a delivery that it fails on ends failed.
        quiet: seconds in which no further push should come to a branch before its next one is worked on; the first
            one of a burst is worked on at once, and none waits longer than a few times that.
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
        """Move a batch; whether there may be more."""
        deliveries = await self._inbox.waiting(_BATCH_SIZE)
        if deliveries:
            batch = await asyncio.to_thread(lambda: [(d, self._parse_delivery(d)) for d in deliveries])
            await self._inbox.transact(partial(self._transfer_batch, batch))
        return len(deliveries) == _BATCH_SIZE

    def _parse_delivery(self, delivery: Delivery) -> _ParsedDelivery | WorkOutcome:
        with (
            log_context(delivery=delivery.delivery_id),
            self._recorder.capture(f"delivery {delivery.delivery_id}") as verdict,
        ):
            found = self._parse(delivery.event, delivery.body)
            if isinstance(found, Event):
                return _ParsedDelivery(found, target_of(found))
            verdict.outcome, verdict.reason = "ignored", found.reason
        return verdict

    def _transfer_batch(
        self, batch: list[tuple[Delivery, _ParsedDelivery | WorkOutcome]], connection: sa.Connection
    ) -> None:
        newest = {
            found.target.coalesce_key: delivery.seq for delivery, found in batch if isinstance(found, _ParsedDelivery)
        }
        moves: list[Move] = []
        jobs: list[tuple[Job, DeliveryTarget]] = []
        for delivery, found in batch:
            if isinstance(found, WorkOutcome):
                moves.append(Move(delivery.seq, outcome=found.outcome, reason=found.reason))
            elif found.target.coalesce_key and newest[found.target.coalesce_key] > delivery.seq:
                moves.append(Move(delivery.seq, found.target, outcome="superseded", reason=SUPERSEDED_REASON))
            else:
                job = Job(delivery.seq, delivery.delivery_id, found.event, delivery.attempt)
                moves.append(Move(job.seq, found.target, job.id))
                jobs.append((job, found.target))
        if not self._inbox.record_moves(connection, moves):
            connection.rollback()  # another process moves some of these
            return
        for job, address in jobs:
            self._enqueue(connection, job, address)

    def _enqueue(self, connection: sa.Connection, job: Job, target: DeliveryTarget) -> None:
        delay = 0.0
        if subject := target.coalesce_key:
            older = self._inbox.older_jobs(connection, subject, below=job.seq)
            for cancelled in self._queue.cancel(connection, list(older)) if older else ():
                self._inbox.write_outcome(connection, *older[cancelled], "superseded", SUPERSEDED_REASON)
            if isinstance(job.event, Push):
                delay = self._quiet_delay(self._inbox.last_moved_at(connection, subject, below=job.seq))
        self._queue.enqueue(connection, job, _partition_key(target.tenant), delay)

    def _quiet_delay(self, last_moved_at: float | None) -> float:
        """Seconds that a push waits for further ones: none where the last work on its branch is long ago."""
        now = time.time()
        if last_moved_at is None or now - last_moved_at > _MAX_QUIET_PERIODS * self._quiet_seconds:
            return 0.0
        return max(0.0, min(self._quiet_seconds, last_moved_at + _MAX_QUIET_PERIODS * self._quiet_seconds - now))


def _partition_key(tenant: Tenant) -> str:
    """What the jobs of a repository have in common; those of a whole installation are apart."""
    return str(tenant.repository_id) if tenant.repository_id else f"installation {tenant.installation_id}"


def target_of(event: Event) -> DeliveryTarget:
    """What an event is about; one of several repositories is filed under the first, or under 0 if none is named.

    Raises:
        RemoteError: it names no repository; a job without one would stay queued for ever.
    """
    match event:
        case Push(repository=repository):
            address = DeliveryTarget(event.kind, repository.tenant, event.branch, event.before)
        case PullRequestChanged(repository=repository, number=number) | ReviewDue(repository=repository, number=number):
            address = DeliveryTarget(event.kind, repository.tenant, f"pull/{number}")
        case IndexDue(repository=repository, row=BatchCursor()):
            address = DeliveryTarget(event.kind, repository.tenant)  # nothing takes its place: others come after it
        case IndexDue(repository=repository, branch=branch):
            address = DeliveryTarget(event.kind, repository.tenant, branch)
        case AppInstalled(installation_id=installation_id):
            return DeliveryTarget(event.kind, Tenant(installation_id, 0))
        case AppUninstalled(tenants=(first, *_)):
            address = DeliveryTarget(event.kind, first)
        case AppUninstalled(installation_id=int(installation_id)):
            return DeliveryTarget(event.kind, Tenant(installation_id, 0))
        case AppUninstalled():
            raise RemoteError("The delivery names no repository.", transient=False)
        case _:
            address = DeliveryTarget(event.kind, event.repository.tenant)
    if address.tenant.repository_id <= 0:
        raise RemoteError("The delivery names no repository.", transient=False)
    return address
