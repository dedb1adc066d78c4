"""From the inbox to the queue: parse row by row, drop what a newer push overtakes, move the rest at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

import sqlalchemy as sa

from bot.domain import Event, Job, PullRequestClosed, Push, Tenant, Uninstalled
from bot.engine.verdict import Judge, Verdict
from bot.errors import RemoteError
from bot.inbox import Address, Delivery, Inbox, Move

OVERTAKEN = "a newer push to the branch takes this one along"

_BATCH = 200
"""Few enough that those who deliver meanwhile hardly wait: parsing and writing them takes about 10 ms."""


class Ignored(Protocol):
    """What parsing answers for a delivery that is none of our business."""

    @property
    def reason(self) -> str: ...


class Queue(Protocol):
    """What the pump needs of the durable engine; both work in the caller's transaction."""

    def enqueue(self, connection: sa.Connection, job: Job, partition: str) -> None:
        """Add a job behind those of its partition."""
        ...

    def cancel(self, connection: sa.Connection, jobs: Sequence[str]) -> list[str]:
        """Take back those of the jobs that have not begun; returns them."""
        ...


class Pump:
    """Moves deliveries from an inbox to a queue.

    Args:
        parse: runs in a thread, outside the transaction; a delivery that it fails on ends failed.
    """

    def __init__(
        self,
        inbox: Inbox,
        queue: Queue,
        parse: Callable[[str, bytes], Event | Ignored],
        judge: Judge,
    ) -> None:
        self._inbox, self._queue = inbox, queue
        self._parse, self._judge = parse, judge

    async def move(self) -> bool:
        """Move a batch; whether there may be more."""
        deliveries = await self._inbox.waiting(_BATCH)
        if deliveries:
            batch = await asyncio.to_thread(lambda: [(d, self._read(d)) for d in deliveries])
            await self._inbox.transact(partial(self._transfer, batch))
        return len(deliveries) == _BATCH

    def _read(self, delivery: Delivery) -> Event | Verdict:
        with self._judge.judging(f"delivery {delivery.delivery_id}") as verdict:
            found = self._parse(delivery.event, delivery.body)
            if isinstance(found, Event):
                address_of(found)
                return found
            verdict.outcome, verdict.reason = "ignored", found.reason
        return verdict

    def _transfer(self, batch: list[tuple[Delivery, Event | Verdict]], connection: sa.Connection) -> None:
        newest = {ref(event): delivery.seq for delivery, event in batch if isinstance(event, Push)}
        moves: list[Move] = []
        jobs: list[Job] = []
        for delivery, event in batch:
            if isinstance(event, Verdict):
                moves.append(Move(delivery.seq, outcome=event.outcome, reason=event.reason))
                continue
            job = Job(delivery.seq, delivery.delivery_id, event, delivery.attempt)
            if isinstance(event, Push) and newest[ref(event)] > job.seq:
                moves.append(Move(job.seq, address_of(event), outcome="superseded", reason=OVERTAKEN))
            else:
                moves.append(Move(job.seq, address_of(event), job.id))
                jobs.append(job)
        if not self._inbox.move(connection, moves):
            connection.rollback()  # another process moves some of these
            return
        for job in jobs:
            self._hand_over(connection, job)

    def _hand_over(self, connection: sa.Connection, job: Job) -> None:
        if isinstance(job.event, Push):
            older = self._inbox.queued_pushes(connection, *ref(job.event), below=job.seq)
            for cancelled in self._queue.cancel(connection, list(older)) if older else ():
                self._inbox.end(connection, *older[cancelled], "superseded", OVERTAKEN)
        self._queue.enqueue(connection, job, str(address_of(job.event).tenant.repository_id))


def ref(push: Push) -> tuple[int, str]:
    """What pushes coalesce by."""
    return push.repository.tenant.repository_id, push.branch


def address_of(event: Event) -> Address:
    """What an event is about; one of several repositories is filed under the first, or under 0 if none is named.

    Raises:
        RemoteError: it names no repository; a job without one would stay queued for ever.
    """
    match event:
        case Push(repository=repository):
            address = Address(event.kind, repository.tenant, event.branch, event.before)
        case PullRequestClosed(repository=repository):
            address = Address(event.kind, repository.tenant)
        case Uninstalled(tenants=(first, *_)):
            address = Address(event.kind, first)
        case Uninstalled(installation_id=int(installation_id)):
            return Address(event.kind, Tenant(installation_id, 0))
        case _:
            raise RemoteError("The delivery names no repository.", transient=False)
    if address.tenant.repository_id <= 0:
        raise RemoteError("The delivery names no repository.", transient=False)
    return address
