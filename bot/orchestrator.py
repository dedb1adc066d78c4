"""The jobs: what MAS does when something happened, told from top to bottom.

The steps of a push are few and never change their names or their order, since jobs that a crash
cut off go on from them: `fetch`, `analyse`, `plan`, `apply`…, `settle`. What happens inside a step may
change in every release. Steps hand on digests; the bodies lie in the store under the tenant.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, assert_never

from bot.audit import audited
from bot.domain import (
    Action,
    DocsSubject,
    Draft,
    Job,
    Plan,
    PullRequestClosed,
    Push,
    Repository,
    Tenant,
    Uninstalled,
    from_json,
    to_json,
)
from bot.errors import Moved
from bot.planning import Wanted, plan
from bot.ports import Forge, Step, Store
from bot.words.pull_request import Marker

ROUNDS = 5
"""How often a job looks again when what it worked on moved under it."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the jobs work with, handed in by the composition root.

    `fetch(repository, branch, commit)` brings the mirror up to date, with the blobs that an analysis
    of `commit` against the branch's head reads, and returns that head; it raises `Moved` where the
    commit is no longer to be had. `analyse(repository, base, head)` is `analysis.analyse` in a
    process of its own. `forget` ends a tenant's jobs that came before a `seq`, and drops what is kept
    of it outside the store; `tenants` are those of an installation that something is kept of there.
    `web(repository)` is the address of the repository's page, `login()` ours.
    """

    store: Store
    forge: Callable[[Repository], Awaitable[Forge]]
    fetch: Callable[[Repository, str, str], Awaitable[str]]
    analyse: Callable[[Repository, str, str], Awaitable[Draft]]
    forget: Callable[[Tenant, int], Awaitable[None]]
    tenants: Callable[[int], Awaitable[frozenset[Tenant]]]
    web: Callable[[Repository], str]
    login: Callable[[], Awaitable[str]]


async def handle(parts: Parts, step: Step, job: Job) -> dict[str, Any]:
    """Do a job; returns what came of it, for the record."""
    match job.event:
        case Push() as push:
            return await on_push(parts, step, job, push)
        case PullRequestClosed() as closed:
            return await on_pull_request_closed(parts, step, job, closed)
        case Uninstalled() as gone:
            return await on_uninstalled(parts, step, job, gone)
        case never:
            assert_never(never)


async def on_push(parts: Parts, step: Step, job: Job, push: Push) -> dict[str, Any]:
    """Make the docs of a branch follow its code: one pull request a branch, kept up to date."""
    for turn in range(ROUNDS):
        since, head = await step(f"fetch {turn}", partial(_fetch, parts, job, push))
        drafted = await step(f"analyse {turn}", partial(_analyse, parts, push.repository, since, head))
        planned = await step(f"plan {turn}", partial(_plan, parts, push, since, head, drafted))
        decided: Plan = from_json(Plan, await parts.store.get(push.repository.tenant, planned))
        if not decided.moved and await _apply(parts, step, job, push.repository, turn, decided):
            await step("settle", partial(_settle, parts, job, push, head, decided))
            return {"reason": decided.reason, "actions": [action.kind for action in decided.actions]}
    return {"reason": f"{push.branch} moved {ROUNDS} times meanwhile; its next push goes on from here"}


async def _fetch(parts: Parts, job: Job, push: Push) -> tuple[str, str]:
    """From where to where: the last settled commit (at first the one before the push), and the newest."""
    tenant = push.repository.tenant
    await parts.store.settle(tenant, push.branch, push.before, seq=job.seq, only_if_unset=True)
    since = (await parts.store.memory(tenant, push.branch)).since or push.before
    try:
        return since, await parts.fetch(push.repository, push.branch, since)
    except Moved:
        # History was rewritten and swept. What the push names is the next best start, and the last one itself.
        for start in (push.before, push.after):
            with suppress(Moved):
                head = await parts.fetch(push.repository, push.branch, start)
                await parts.store.settle(tenant, push.branch, start, seq=job.seq)
                return start, head
        raise


async def _analyse(parts: Parts, repository: Repository, since: str, head: str) -> str:
    drafted = await parts.analyse(repository, since, head)
    return await parts.store.put(repository.tenant, to_json(drafted))


async def _plan(parts: Parts, push: Push, since: str, head: str, drafted: str) -> str:
    tenant, subject = push.repository.tenant, DocsSubject(push.branch)
    wanted = Wanted(
        subject, since, head, parts.web(push.repository), from_json(Draft, await parts.store.get(tenant, drafted))
    )
    standing = await (await parts.forge(push.repository)).observe(subject)
    # In a thread: a large draft takes a while, and deliveries must not wait for it.
    decided = await asyncio.to_thread(plan, wanted, standing, await parts.store.memory(tenant, push.branch))
    return await parts.store.put(tenant, to_json(decided))


async def _apply(parts: Parts, step: Step, job: Job, repository: Repository, turn: int, decided: Plan) -> bool:
    """Do what was planned, each in a step of its own; False when something moved meanwhile."""
    for number, action in enumerate(decided.actions):
        name = f"apply {turn}.{number} {action.kind}"
        if not await step(name, partial(_apply_one, parts, repository, f"{job.id} {turn}.{number}", action)):
            return False
    return True


async def _apply_one(parts: Parts, repository: Repository, key: str, action: Action) -> bool:
    try:
        work = partial((await parts.forge(repository)).apply, action)
        await audited(parts.store, repository.tenant, key, action.kind, work)
    except Moved:
        return False
    return True


async def _settle(parts: Parts, job: Job, push: Push, head: str, decided: Plan) -> bool:
    if not decided.settles:
        return False
    return await parts.store.settle(push.repository.tenant, push.branch, head, seq=job.seq)


async def on_pull_request_closed(parts: Parts, step: Step, job: Job, closed: PullRequestClosed) -> dict[str, Any]:
    """Remember what a person decided: what was merged is settled, what was closed stays turned down."""
    return await step("remember", partial(_remember, parts, job, closed))


async def _remember(parts: Parts, job: Job, closed: PullRequestClosed) -> dict[str, Any]:
    if closed.closed_by == await parts.login():
        return {"reason": "closed by me"}
    marker = Marker.read(closed.body)
    if marker is None:
        return {"reason": f"#{closed.number} carries no marker of mine"}
    if closed.branch != DocsSubject(closed.base).branch:
        return {"reason": f"#{closed.number} was pointed at {closed.base} by somebody"}
    tenant = closed.repository.tenant
    if not closed.merged:
        await parts.store.reject(tenant, marker.fingerprints, why=f"#{closed.number} was closed by {closed.closed_by}")
    await parts.store.settle(tenant, closed.base, marker.head, seq=job.seq)
    return {"reason": f"#{closed.number} was {'merged' if closed.merged else 'turned down'}"}


async def on_uninstalled(parts: Parts, step: Step, job: Job, gone: Uninstalled) -> dict[str, Any]:
    """Forget everything of the repositories that the App was removed from."""
    known: list[int] = []
    if gone.installation_id is not None:
        known = await step("know", partial(_known, parts, gone.installation_id))
    others = (Tenant(gone.installation_id or 0, number) for number in known)
    tenants = list(dict.fromkeys((*gone.tenants, *others)))
    for tenant in tenants:
        await step(f"forget {tenant.installation_id}/{tenant.repository_id}", partial(_forget, parts, tenant, job.seq))
    return {"reason": f"{len(tenants)} repositories forgotten"}


async def _known(parts: Parts, installation_id: int) -> list[int]:
    known = await parts.store.tenants(installation_id) | await parts.tenants(installation_id)
    return sorted(tenant.repository_id for tenant in known)


async def _forget(parts: Parts, tenant: Tenant, seq: int) -> None:
    await parts.forget(tenant, seq)  # first, for a job that still ran would bring data back
    await parts.store.purge(tenant)
