"""A person's pull request: the checks of its documentation and of its settings file."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from functools import partial

from bot.domain import (
    Draft,
    Edit,
    MergeGroupChecksRequested,
    Plan,
    PullRequestChanged,
    PullRequestState,
    PullRequestTarget,
    ReviewDue,
    UpsertCheckRun,
)
from bot.messages import check as check_messages
from bot.messages import config as config_messages
from bot.messages import outcomes
from bot.messages.entries import Permalinks
from bot.messages.security import REVIEWED_BEFORE, security_check_passed
from bot.orchestrator.context import JobContext
from bot.orchestrator.push import BranchUpdate, draft_change, fetch_range
from bot.orchestrator.repo_settings import RULE_NAMES
from bot.orchestrator.result import JobResult, Skipped
from bot.planning import pending_edits
from bot.repoconfig import CONFIG_PATH, ConfigFile, RepoConfig, load_config

_TRAILER = "docs: skip"


@dataclass(frozen=True, slots=True)
class PullRequestAnalysis:
    """A pull request and the analysis of its change.

    Args:
        edits: those of the draft that nobody has rejected.
    """

    pull_request: PullRequestState
    config: RepoConfig
    base: str
    head: str
    draft: Draft
    edits: tuple[Edit, ...]
    links: Permalinks


# ------------------------------------------------------------------ handlers


async def on_pull_request_changed(ctx: JobContext, changed: PullRequestChanged) -> JobResult:
    """Publish the checks of a pull request, and enqueue its security review."""
    event = ReviewDue(ctx.repository, changed.number)
    await ctx.step("hand on", partial(ctx.enqueue_event, "security", event))
    pull_request = await observe_pull_request(ctx, changed.number)
    if pull_request is None or pull_request.state != "open" or pull_request.ours:
        is_own = pull_request is not None and pull_request.ours
        return JobResult(outcomes.not_reviewed(changed.number, is_own=is_own))
    analysis = await analyse_pull_request(ctx, pull_request)
    if isinstance(analysis, Skipped):
        return JobResult(analysis.reason)
    return await publish_checks(ctx, analysis)


async def on_queued(ctx: JobContext, queued: MergeGroupChecksRequested) -> JobResult:
    """Pass the checks of a merge queue's commit, because its pull requests were checked before."""
    config = (await ctx.settings()).config
    checks: list[UpsertCheckRun] = []
    if config.docs.enabled and config.docs.check.enabled:
        checks.append(check_messages.docs_check_passed(queued.head_oid, check_messages.CHECKED_BEFORE))
    if config.security.enabled:
        checks.append(security_check_passed(queued.head_oid, REVIEWED_BEFORE))
    if not checks:
        return JobResult(outcomes.CHECKS_DISABLED)
    await ctx.apply(0, checks)
    return JobResult(outcomes.MERGE_GROUP_PASSED)


# ------------------------------------------------------------------ analysis


async def observe_pull_request(ctx: JobContext, number: int) -> PullRequestState | None:
    """Return the state of a pull request, or None if it does not exist."""

    async def observe() -> PullRequestState | None:
        return await (await ctx.forge()).observe(PullRequestTarget(number))

    return await ctx.run("observe", observe, PullRequestState | None)


async def analyse_pull_request(ctx: JobContext, pull_request: PullRequestState) -> PullRequestAnalysis | Skipped:
    """Analyse the change of a person's pull request, unless the settings disable the check."""
    config = (await ctx.settings()).config
    if not config.docs.enabled or not config.docs.check.enabled:
        return Skipped(outcomes.DOCS_CHECK_DISABLED)
    fetch = partial(ctx.services.repositories.fetch_pull, ctx.repository, pull_request.base, pull_request.number)
    base, head = await ctx.step("fetch", fetch)
    return await _analyse(ctx, pull_request, config, (base, head))


async def analyse_docs_pull_request(ctx: JobContext, pull_request: PullRequestState) -> PullRequestAnalysis:
    """Repeat the analysis that a documentation pull request comes from."""
    config = (await ctx.settings()).config
    base, head = await ctx.step("fetch", partial(fetch_range, ctx, BranchUpdate(pull_request.base)))
    return await _analyse(ctx, pull_request, config, (base, head))


async def _analyse(
    ctx: JobContext, pull_request: PullRequestState, config: RepoConfig, commits: tuple[str, str]
) -> PullRequestAnalysis:
    base, head = commits
    draft = await ctx.run("analyse", partial(draft_change, ctx, config, base, head), Draft)
    links = ctx.links(base, head)
    return await refresh(ctx, PullRequestAnalysis(pull_request, config, base, head, draft, (), links))


async def refresh(ctx: JobContext, analysis: PullRequestAnalysis) -> PullRequestAnalysis:
    """Return the analysis with the edits that nobody has rejected by now."""
    memory = await ctx.services.store.get_memory(ctx.tenant, analysis.pull_request.base)
    return replace(analysis, edits=tuple(pending_edits(analysis.draft, memory)))


# ------------------------------------------------------------------ checks


async def publish_checks(ctx: JobContext, analysis: PullRequestAnalysis) -> JobResult:
    """Publish the documentation check, and the settings check where the settings file changes."""

    async def plan() -> Plan:
        checks = [await _docs_check(ctx, analysis)]
        if config_check := await _config_check(ctx, analysis):
            checks.append(config_check)
        return Plan(tuple(checks), checks[0].title)

    planned = await ctx.run("plan", plan, Plan)
    await ctx.apply(0, planned.actions)
    return JobResult(planned.reason, tuple(action.kind for action in planned.actions))


async def _docs_check(ctx: JobContext, analysis: PullRequestAnalysis) -> UpsertCheckRun:
    number = analysis.pull_request.number
    state_key = f"skipped #{number}"
    before = frozenset(filter(None, (await ctx.get_state(state_key) or "").split(",")))
    if why := _skip_reason(analysis):
        new = frozenset(edit.fingerprint for edit in analysis.edits)
        await ctx.services.store.reject_edits(ctx.tenant, new, why=f"#{number}: {why}")
        await ctx.set_state(state_key, ",".join(sorted(before | new)))
        return check_messages.docs_check_skipped(number, analysis.head, why)
    if before:  # the label or the trailer was removed, so the edits that it rejected are proposed again
        await ctx.services.store.restore_edits(ctx.tenant, before)
        await ctx.set_state(state_key, "")
        analysis = await refresh(ctx, analysis)
    return await asyncio.to_thread(
        check_messages.docs_check,
        number,
        analysis.head,
        analysis.draft,
        analysis.edits,
        analysis.links,
        blocking=analysis.config.docs.check.blocking,
        writable=analysis.pull_request.branch is not None,
    )


def _skip_reason(analysis: PullRequestAnalysis) -> str | None:
    if analysis.config.docs.has_skip_label(analysis.pull_request.labels):
        return check_messages.SKIP_LABEL
    if _TRAILER in (line.strip().lower() for line in analysis.pull_request.message.splitlines()):
        return check_messages.SKIP_TRAILER
    return None


async def _config_check(ctx: JobContext, analysis: PullRequestAnalysis) -> UpsertCheckRun | None:
    """Return the check of the settings file, or None where the pull request does not change it."""
    repositories = ctx.services.repositories
    before = (await repositories.files(ctx.repository, analysis.base, [CONFIG_PATH])).get(CONFIG_PATH)
    after = (await repositories.files(ctx.repository, analysis.head, [CONFIG_PATH])).get(CONFIG_PATH)
    if before == after or after is None:
        return None
    _, problems = await asyncio.to_thread(load_config, [ConfigFile(CONFIG_PATH, after)], RULE_NAMES)
    return config_messages.config_check(analysis.pull_request.number, analysis.head, problems)
