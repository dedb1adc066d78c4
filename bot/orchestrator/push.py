"""A push to a watched branch: one documentation pull request per branch, kept up to date."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from bot.agents.document_update.rules import RULES
from bot.domain import DocsTarget, Draft, Edit, IndexDue, Plan, Push
from bot.errors import ConflictError
from bot.messages import outcomes
from bot.orchestrator.context import JobContext
from bot.orchestrator.edit_outcomes import count_proposals
from bot.orchestrator.result import JobResult
from bot.orchestrator.settings_refresh import refresh_settings
from bot.planning import DesiredDocs, PullRequestOptions, pending_edits, plan_docs, without_workflow_edits
from bot.repoconfig import RepoConfig, filter_draft, rules_off
from bot.repoconfig.codeowners import CODEOWNERS_PATHS, CodeOwners

MAX_TURNS = 5
"""The limit of how often a job starts over because the branch or the pull request changed while it ran."""


@dataclass(frozen=True, slots=True)
class BranchUpdate:
    """A branch whose documentation is to be updated.

    Args:
        before, after: the commits of the push that is the cause, if a push is.
        author: who pushed.
        discard: the head of the documentation branch at which it is rebuilt, even if others committed to it.
    """

    branch: str
    before: str | None = None
    after: str | None = None
    author: str | None = None
    discard: str | None = None


@dataclass(frozen=True, slots=True)
class BranchChange:
    """The change of a branch, from `base` to `head`, that its documentation does not follow yet."""

    update: BranchUpdate
    config: RepoConfig
    base: str
    head: str


async def on_push(ctx: JobContext, push: Push) -> JobResult:
    """Update the documentation of a watched branch, and enqueue the update of its index."""
    repository = ctx.repository
    if push.branch != repository.default_branch:
        config = (await ctx.settings()).config
        if not config.watches(push.branch, repository.default_branch):
            return JobResult(outcomes.not_watched(push.branch))
    await ctx.step("hand on", partial(ctx.enqueue_event, "index", IndexDue(repository, push.branch)))
    return await update_docs_pull_request(ctx, BranchUpdate(push.branch, push.before, push.after, push.sender))


async def update_docs_pull_request(ctx: JobContext, update: BranchUpdate) -> JobResult:
    """Fetch, analyse, plan and apply. Start over where something changed in between."""
    for turn in range(MAX_TURNS):
        base, head = await ctx.step(f"fetch {turn}", partial(fetch_range, ctx, update))
        if update.branch == ctx.repository.default_branch:
            await refresh_settings(ctx, turn, head)
        config = (await ctx.settings()).config
        if reason := _skip_reason(ctx, update, config):
            return JobResult(reason)
        change = BranchChange(update, config, base, head)
        draft = await ctx.run(f"analyse {turn}", partial(_analyse, ctx, change), Draft)
        planned = await ctx.run(f"plan {turn}", partial(_plan, ctx, change, draft), Plan)
        if not planned.moved and await ctx.apply(turn, planned.actions):
            await ctx.step("settle", partial(_advance_baseline, ctx, change, planned))
            return _result(change, planned)
    return JobResult(outcomes.restart_limit(update.branch, MAX_TURNS))


async def fetch_range(ctx: JobContext, update: BranchUpdate) -> tuple[str, str]:
    """Fetch a branch. Return its baseline (at first the commit before the push) and its head."""
    store, repositories, repository = ctx.services.store, ctx.services.repositories, ctx.repository
    before = update.before or await repositories.fetch_head(repository, update.branch)
    await store.advance_baseline(ctx.tenant, update.branch, before, seq=ctx.job.seq, only_if_unset=True)
    baseline = (await store.get_memory(ctx.tenant, update.branch)).baseline or before
    try:
        return baseline, await repositories.fetch(repository, update.branch, baseline)
    except ConflictError:
        # A force push removed the baseline. Start from one of the push's own commits instead.
        for start in (update.before, update.after):
            with suppress(ConflictError):
                if start is not None:
                    head = await repositories.fetch(repository, update.branch, start)
                    await store.advance_baseline(ctx.tenant, update.branch, start, seq=ctx.job.seq)
                    return start, head
        raise


def _skip_reason(ctx: JobContext, update: BranchUpdate, config: RepoConfig) -> str | None:
    if not config.docs.enabled or not config.docs.pull_request.enabled:
        return outcomes.DOCS_PULL_REQUEST_DISABLED
    if not config.watches(update.branch, ctx.repository.default_branch):
        return outcomes.not_watched(update.branch)
    return None


def _result(change: BranchChange, planned: Plan) -> JobResult:
    kinds = tuple(action.kind for action in planned.actions)
    return JobResult(
        planned.reason,
        kinds,
        change_detected=change.base != change.head,
        document_updated="publish-branch" in kinds,
    )


# ------------------------------------------------------------------ analyse


async def draft_change(ctx: JobContext, config: RepoConfig, base: str, head: str) -> Draft:
    """Return the edits and notices for a change: those that the settings ask for and the App may write."""
    disabled, files = rules_off(config.docs, RULES), config.files.overrides
    drafted = await ctx.services.repositories.analyse(ctx.repository, base, head, disabled, files)
    # In a thread, because a large draft takes a while and the event loop must stay responsive.
    return await asyncio.to_thread(lambda: without_workflow_edits(filter_draft(config.docs, drafted)))


async def _analyse(ctx: JobContext, change: BranchChange) -> Draft:
    draft = await draft_change(ctx, change.config, change.base, change.head)
    if draft.edits:
        await _reject_skipped_edits(ctx, change)
    return draft


async def _reject_skipped_edits(ctx: JobContext, change: BranchChange) -> None:
    """Reject the edits that are due to commits with the trailer `Docs: skip`."""
    repositories, files = ctx.services.repositories, change.config.files.overrides
    disabled = rules_off(change.config.docs, RULES)
    for parent, commit in await repositories.find_docs_skips(ctx.repository, change.base, change.head):
        with suppress(ConflictError):
            draft = await repositories.analyse(ctx.repository, parent, commit, disabled, files)
            fingerprints = frozenset(edit.fingerprint for edit in draft.edits)
            await ctx.services.store.reject_edits(ctx.tenant, fingerprints, why=f"Docs: skip in {commit}")


# ------------------------------------------------------------------ plan


async def _plan(ctx: JobContext, change: BranchChange, draft: Draft) -> Plan:
    update = change.update
    target = DocsTarget(update.branch)
    memory = await ctx.services.store.get_memory(ctx.tenant, update.branch)
    observed = await (await ctx.forge()).observe(target)
    edits = pending_edits(draft, memory, observed.pull_requests)
    is_new = bool(edits) and observed.open_pull_request is None
    options = await _pull_request_options(ctx, change, edits) if is_new else PullRequestOptions()
    web_url = ctx.services.web_url(ctx.repository)
    desired = DesiredDocs(target, change.base, change.head, web_url, draft, options, update.discard)
    planned = await asyncio.to_thread(plan_docs, desired, observed, memory)  # in a thread, as in `draft_change`
    await count_proposals(ctx, update.branch, planned, edits)
    return planned


async def _pull_request_options(ctx: JobContext, change: BranchChange, edits: Sequence[Edit]) -> PullRequestOptions:
    """Return the draft state, labels and reviewers of a pull request that is about to be opened."""
    config = change.config.docs.pull_request
    owners = await _code_owners(ctx, change.head, edits) if config.reviewers == "codeowners" else ()
    reviewers = config.choose_reviewers(owners, change.update.author)
    organization = f"{ctx.repository.owner.lower()}/"
    return PullRequestOptions(
        config.draft,
        config.labels,
        tuple(name for name in reviewers if "/" not in name),
        tuple(name.partition("/")[2] for name in reviewers if name.lower().startswith(organization)),
    )


async def _code_owners(ctx: JobContext, head: str, edits: Sequence[Edit]) -> tuple[str, ...]:
    files = await ctx.services.repositories.files(ctx.repository, head, CODEOWNERS_PATHS)
    content = next((files[place] for place in CODEOWNERS_PATHS if place in files), b"")
    return await asyncio.to_thread(lambda: CodeOwners.parse(content).owners_of(edit.path for edit in edits))


async def _advance_baseline(ctx: JobContext, change: BranchChange, planned: Plan) -> bool:
    if not planned.settles:
        return False
    return await ctx.services.store.advance_baseline(ctx.tenant, change.update.branch, change.head, seq=ctx.job.seq)
