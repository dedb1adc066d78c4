"""What the jobs work with, and what all of them do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from bot.audit import audited
from bot.commands.allowance import Allowance
from bot.domain import Action, Event, Job, Repository, Tenant, from_json, to_json
from bot.errors import Moved
from bot.ports import Forge, Knowledge, Source, Step, Store, Tally

T = TypeVar("T")

ROUNDS = 5
"""How often a job looks again when what it worked on moved under it."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the jobs work with, handed in by the composition root.

    `forget` ends a tenant's jobs that came before a `seq`, and drops what is kept of it outside the store; `tenants`
    are those of an installation that something is kept of there. `repositories(installation)` are those
    that we work on. `web(repository)` is the address of the repository's
    page, `login()` ours, `shared(repository, path)` a file of the owner's repository `.github`. `history(tenant)` are
    the newest deliveries of a repository, each with what came of it. `hand_on(job, name, event)` is a job of its own
    for an event, once for each name of a delivery. `holds(tenant)` asks the forge whether we still work there.
    """

    store: Store
    source: Source
    knowledge: Knowledge
    forge: Callable[[Repository], Awaitable[Forge]]
    forget: Callable[[Tenant, int], Awaitable[None]]
    tenants: Callable[[int], Awaitable[frozenset[Tenant]]]
    repositories: Callable[[int], Awaitable[Sequence[Repository]]]
    web: Callable[[Repository], str]
    login: Callable[[], Awaitable[str]]
    shared: Callable[[Repository, str], Awaitable[bytes | None]]
    history: Callable[[Tenant], Awaitable[Sequence[tuple[str, float, str | None, str | None]]]]
    allowance: Allowance
    tally: Tally
    hand_on: Callable[[Job, str, Event], Awaitable[None]]
    holds: Callable[[Tenant], Awaitable[bool]]


async def found(parts: Parts, step: Step, name: str, tenant: Tenant, work: Callable[[], Awaitable[T]], kind: Any) -> T:
    """What a piece of work finds in a step, which hands on the digest; the value, of that `kind`, lies in the store."""

    async def stored() -> str:
        return await parts.store.put(tenant, to_json(await work(), kind))

    value: T = from_json(kind, await parts.store.get(tenant, await step(name, stored)))
    return value


async def applied(
    parts: Parts, step: Step, job: Job, repository: Repository, turn: int | str, actions: Sequence[Action]
) -> bool:
    """Do what was planned, each in a step of its own; False when something moved meanwhile."""
    for number, action in enumerate(actions):
        key = f"{job.id} {turn}.{number}"
        if not await step(f"apply {turn}.{number} {action.kind}", partial(_apply, parts, repository, key, action)):
            return False
    return True


async def _apply(parts: Parts, repository: Repository, key: str, action: Action) -> bool:
    try:
        await done(parts, repository, key, action)
    except Moved:
        return False
    return True


async def done(parts: Parts, repository: Repository, key: str, action: Action) -> str | None:
    """Do one thing, on record before and after; returns the address of what was made.

    Raises:
        MasError: it could not be done; that too is on record.
    """
    work = partial((await parts.forge(repository)).apply, action)
    return (await audited(parts.store, repository.tenant, key, action.kind, work)).url
