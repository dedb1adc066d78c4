"""From the inbox to the queue: parse row by row, drop what a newer push overtakes, move the rest at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import sqlalchemy as sa

from bot.domain import Event, IndexDue, Installed, Job, PullRequestChanged, Push, ReviewDue, Row, Tenant, Uninstalled
from bot.engine.outcome import Judge, Verdict
from bot.errors import RemoteError
from bot.inbox import Address, Delivery, Inbox, Move
from bot.telemetry.logs import about

OVERTAKEN = "a newer one takes this one along"

_BATCH = 200
"""Few enough that those who deliver meanwhile hardly wait: parsing and writing them takes about 10 ms."""

_PATIENCE = 4
"""Quiet periods after which a push waits no more."""


class Ignored(Protocol):
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
class _Found:
    """What a delivery says happened, and to what."""

    event: Event
    address: Address


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
        parse: Callable[[str, bytes], Event | Ignored],
        judge: Judge,
        quiet: float,
    ) -> None:
        self._inbox, self._queue = inbox, queue
        self._parse, self._judge, self._quiet = parse, judge, quiet

    async def move(self) -> bool:
        """Move a batch; whether there may be more."""
        deliveries = await self._inbox.waiting(_BATCH)
        if deliveries:
            batch = await asyncio.to_thread(lambda: [(d, self._read(d)) for d in deliveries])
            await self._inbox.transact(partial(self._transfer, batch))
        return len(deliveries) == _BATCH

    def _read(self, delivery: Delivery) -> _Found | Verdict:
        with about(delivery=delivery.delivery_id), self._judge.judging(f"delivery {delivery.delivery_id}") as verdict:
            found = self._parse(delivery.event, delivery.body)
            if isinstance(found, Event):
                return _Found(found, address_of(found))
            verdict.outcome, verdict.reason = "ignored", found.reason
        return verdict

    def _transfer(self, batch: list[tuple[Delivery, _Found | Verdict]], connection: sa.Connection) -> None:
        newest = {found.address.subject: delivery.seq for delivery, found in batch if isinstance(found, _Found)}
        moves: list[Move] = []
        jobs: list[tuple[Job, Address]] = []
        for delivery, found in batch:
            if isinstance(found, Verdict):
                moves.append(Move(delivery.seq, outcome=found.outcome, reason=found.reason))
            elif found.address.subject and newest[found.address.subject] > delivery.seq:
                moves.append(Move(delivery.seq, found.address, outcome="superseded", reason=OVERTAKEN))
            else:
                job = Job(delivery.seq, delivery.delivery_id, found.event, delivery.attempt)
                moves.append(Move(job.seq, found.address, job.id))
                jobs.append((job, found.address))
        if not self._inbox.move(connection, moves):
            connection.rollback()  # another process moves some of these
            return
        for job, address in jobs:
            self._hand_over(connection, job, address)

    def _hand_over(self, connection: sa.Connection, job: Job, address: Address) -> None:
        delay = 0.0
        if subject := address.subject:
            older = self._inbox.queued(connection, subject, below=job.seq)
            for cancelled in self._queue.cancel(connection, list(older)) if older else ():
                self._inbox.end(connection, *older[cancelled], "superseded", OVERTAKEN)
            if isinstance(job.event, Push):
                delay = self._pause(self._inbox.begun(connection, subject, below=job.seq))
        self._queue.enqueue(connection, job, _partition(address.tenant), delay)

    def _pause(self, begun: float | None) -> float:
        """Seconds that a push waits for further ones: none where the last work on its branch is long ago."""
        now = time.time()
        if begun is None or now - begun > _PATIENCE * self._quiet:
            return 0.0
        return max(0.0, min(self._quiet, begun + _PATIENCE * self._quiet - now))


def _partition(tenant: Tenant) -> str:
    """What the jobs of a repository have in common; those of a whole installation are apart."""
    return str(tenant.repository_id) if tenant.repository_id else f"installation {tenant.installation_id}"


def address_of(event: Event) -> Address:
    """What an event is about; one of several repositories is filed under the first, or under 0 if none is named.

    Raises:
        RemoteError: it names no repository; a job without one would stay queued for ever.
    """
    match event:
        case Push(repository=repository):
            address = Address(event.kind, repository.tenant, event.branch, event.before)
        case PullRequestChanged(repository=repository, number=number) | ReviewDue(repository=repository, number=number):
            address = Address(event.kind, repository.tenant, f"pull/{number}")
        case IndexDue(repository=repository, row=Row()):
            address = Address(event.kind, repository.tenant)  # nothing takes its place: others come after it
        case IndexDue(repository=repository, branch=branch):
            address = Address(event.kind, repository.tenant, branch)
        case Installed(installation_id=installation_id):
            return Address(event.kind, Tenant(installation_id, 0))
        case Uninstalled(tenants=(first, *_)):
            address = Address(event.kind, first)
        case Uninstalled(installation_id=int(installation_id)):
            return Address(event.kind, Tenant(installation_id, 0))
        case Uninstalled():
            raise RemoteError("The delivery names no repository.", transient=False)
        case _:
            address = Address(event.kind, event.repository.tenant)
    if address.tenant.repository_id <= 0:
        raise RemoteError("The delivery names no repository.", transient=False)
    return address
