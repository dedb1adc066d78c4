"""What people decide about documentation pull requests, and what happens to branches and repositories."""

from __future__ import annotations

from functools import partial

from bot.domain import (
    AddComment,
    AppInstalled,
    AppUninstalled,
    ClosePullRequest,
    DefaultBranchChanged,
    DocsTarget,
    IndexDue,
    PullRequestClosed,
    PullRequestReopened,
    Tenant,
)
from bot.domain.markers import DocsMarker
from bot.errors import RemoteError
from bot.messages import outcomes
from bot.messages.comments import BRANCH_RENAMED
from bot.orchestrator.context import JobContext
from bot.orchestrator.edit_outcomes import count_decisions
from bot.orchestrator.result import JobResult


async def on_pull_request_closed(ctx: JobContext, closed: PullRequestClosed) -> JobResult:
    """Record what a person decided: a merge advances the baseline, and closing rejects the edits too."""
    return await ctx.complete_in_step("remember", partial(_record_decision, ctx, closed))


async def _record_decision(ctx: JobContext, closed: PullRequestClosed) -> JobResult:
    if closed.closed_by == await ctx.services.bot_login():
        return JobResult(outcomes.CLOSED_BY_MAS)
    marker = DocsMarker.parse(closed.body)
    if marker is None:
        return JobResult(outcomes.no_marker(closed.number))
    if closed.branch != DocsTarget(closed.base).branch:
        return JobResult(outcomes.base_change(closed.number, closed.base))
    store = ctx.services.store
    if not closed.merged:
        why = f"#{closed.number} was closed by {closed.closed_by}"
        await store.reject_edits(ctx.tenant, marker.fingerprints, why=why)
    await store.advance_baseline(ctx.tenant, closed.base, marker.head, seq=ctx.job.seq)
    await count_decisions(ctx, closed.base, marker.fingerprints, "merged" if closed.merged else "rejected")
    return JobResult(outcomes.decision(closed.number, merged=closed.merged))


async def on_pull_request_reopened(ctx: JobContext, reopened: PullRequestReopened) -> JobResult:
    """Propose the edits again that closing the pull request rejected."""
    return await ctx.complete_in_step("restore", partial(_restore_edits, ctx, reopened))


async def _restore_edits(ctx: JobContext, reopened: PullRequestReopened) -> JobResult:
    marker = DocsMarker.parse(reopened.body)
    if marker is None or reopened.by == await ctx.services.bot_login():
        return JobResult(outcomes.no_marker(reopened.number))
    await ctx.services.store.restore_edits(ctx.tenant, marker.fingerprints)
    await ctx.services.store.advance_baseline(ctx.tenant, reopened.base, marker.baseline, seq=ctx.job.seq)
    return JobResult(outcomes.reopening(reopened.number, reopened.by))


async def on_default_branch_changed(ctx: JobContext, changed: DefaultBranchChanged) -> JobResult:
    """Continue on the new default branch from the baseline of the old one, and close the old pull request."""
    number = await ctx.step("carry", partial(_transfer_baseline, ctx, changed.before))
    if number:
        comment = AddComment(number, BRANCH_RENAMED, "<!-- mas:docs renamed -->")
        await ctx.apply(0, [comment, ClosePullRequest(number)])
    return JobResult(outcomes.default_branch_changed(changed.before, ctx.repository.default_branch))


async def _transfer_baseline(ctx: JobContext, before: str) -> int:
    """Give the new default branch the baseline of the old one.

    Returns:
        The number of the old branch's open documentation pull request, or 0.
    """
    branch, store = ctx.repository.default_branch, ctx.services.store
    await ctx.enqueue_event("index", IndexDue(ctx.repository, branch))
    baseline = (await store.get_memory(ctx.tenant, before)).baseline
    if baseline is not None:
        await store.advance_baseline(ctx.tenant, branch, baseline, seq=ctx.job.seq, only_if_unset=True)
    observed = await (await ctx.forge()).observe(DocsTarget(branch, previous_base=before))
    return observed.open_pull_request.number if observed.open_pull_request else 0


async def on_uninstalled(ctx: JobContext, uninstalled: AppUninstalled) -> JobResult:
    """Delete all data of the repositories that the App was removed from."""
    installation_id = uninstalled.installation_id
    numbers: list[int] = []
    if installation_id is not None:
        numbers = await ctx.step("know", partial(_list_repository_ids, ctx, installation_id))
    others = (Tenant(installation_id or 0, number) for number in numbers)
    tenants = list(dict.fromkeys((*uninstalled.tenants, *others)))
    for tenant in tenants:
        await ctx.step(f"forget {tenant.installation_id}/{tenant.repository_id}", partial(_forget, ctx, tenant))
    if installation_id is None and tenants:  # a removed repository may have been the next one to be indexed
        event = AppInstalled(tenants[0].installation_id)
        await ctx.step("go on", partial(ctx.enqueue_event, "installed", event))
    return JobResult(outcomes.repositories_deleted(len(tenants)))


async def _list_repository_ids(ctx: JobContext, installation_id: int) -> list[int]:
    services = ctx.services
    tenants = await services.store.list_tenants(installation_id) | await services.list_tenants(installation_id)
    return sorted(tenant.repository_id for tenant in tenants)


async def _forget(ctx: JobContext, tenant: Tenant) -> None:
    # Anyone who has the webhook's secret can claim that the App was removed, so ask GitHub.
    if await ctx.services.has_access(tenant):
        raise RemoteError(f"The App still has access to repository {tenant.repository_id}, so nothing was deleted.")
    await ctx.services.forget_tenant(tenant, ctx.job.seq)  # first, because a running job could write data again
    await ctx.services.store.purge(tenant)
