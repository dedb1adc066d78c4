"""What people decide on our pull requests, and what becomes of repositories."""

from __future__ import annotations

from functools import partial
from typing import Any

from bot.domain import (
    ClosePullRequest,
    Comment,
    DefaultBranchChanged,
    DocsSubject,
    IndexDue,
    Installed,
    Job,
    PullRequestClosed,
    PullRequestReopened,
    Tenant,
    Uninstalled,
)
from bot.domain.markers import Marker
from bot.errors import RemoteError
from bot.orchestrator.context import Parts, applied
from bot.orchestrator.edit_outcomes import decided
from bot.ports import Step

_RENAMED = "The branch that this pull request follows is no longer the default one. I begin again with the next push."


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
    await decided(parts, closed.repository, closed.base, marker.fingerprints, merged=closed.merged)
    return {"reason": f"#{closed.number} was {'merged' if closed.merged else 'turned down'}"}


async def on_pull_request_reopened(parts: Parts, step: Step, job: Job, again: PullRequestReopened) -> dict[str, Any]:
    """What was turned down by closing is wanted after all."""

    async def restored() -> dict[str, Any]:
        marker = Marker.read(again.body)
        if marker is None or again.by == await parts.login():
            return {"reason": f"#{again.number} is open again, without a word of what it holds"}
        tenant = again.repository.tenant
        await parts.store.restore(tenant, marker.fingerprints)
        await parts.store.settle(tenant, again.base, marker.since, seq=job.seq)
        return {"reason": f"#{again.number} was opened again by {again.by}"}

    return await step("restore", restored)


async def on_default_branch_changed(
    parts: Parts, step: Step, job: Job, changed: DefaultBranchChanged
) -> dict[str, Any]:
    """Carry on upon the new default branch from where the docs of the old one were settled."""
    repository = changed.repository

    async def carried() -> int:
        tenant = repository.tenant
        await parts.hand_on(job, "index", IndexDue(repository, repository.default_branch))
        since = (await parts.store.memory(tenant, changed.before)).since
        if since is not None:
            branch = repository.default_branch
            await parts.store.settle(tenant, branch, since, seq=job.seq, only_if_unset=True)
        subject = DocsSubject(repository.default_branch, formerly=changed.before)
        standing = await (await parts.forge(repository)).observe(subject)
        return standing.open.number if standing.open else 0

    number = await step("carry", carried)
    if number:
        said = Comment(number, _RENAMED, "<!-- mas:docs renamed -->")
        await applied(parts, step, job, repository, 0, [said, ClosePullRequest(number)])
    return {"reason": f"the default branch is {repository.default_branch}, no longer {changed.before}"}


async def on_uninstalled(parts: Parts, step: Step, job: Job, gone: Uninstalled) -> dict[str, Any]:
    """Forget everything of the repositories that the App was removed from."""
    known: list[int] = []
    if gone.installation_id is not None:
        known = await step("know", partial(_known, parts, gone.installation_id))
    others = (Tenant(gone.installation_id or 0, number) for number in known)
    tenants = list(dict.fromkeys((*gone.tenants, *others)))
    for tenant in tenants:
        await step(f"forget {tenant.installation_id}/{tenant.repository_id}", partial(_forget, parts, tenant, job.seq))
    if gone.installation_id is None and tenants:  # one that was indexed may have had the others after it
        await step("go on", partial(parts.hand_on, job, "installed", Installed(tenants[0].installation_id)))
    return {"reason": f"{len(tenants)} repositories forgotten"}


async def _known(parts: Parts, installation_id: int) -> list[int]:
    known = await parts.store.tenants(installation_id) | await parts.tenants(installation_id)
    return sorted(tenant.repository_id for tenant in known)


async def _forget(parts: Parts, tenant: Tenant, seq: int) -> None:
    if await parts.holds(tenant):  # whoever has the webhook's secret can say anything: GitHub's own word counts
        raise RemoteError(f"GitHub still lets the App work on repository {tenant.repository_id}: nothing is forgotten.")
    await parts.forget(tenant, seq)  # first, for a job that still ran would bring data back
    await parts.store.purge(tenant)
