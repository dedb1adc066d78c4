"""The security review of a person's pull request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from bot.agents.security_review.review import IN_CODE, Suppression, Suppressions
from bot.domain import (
    IgnoredFinding,
    Level,
    Plan,
    ReportedFindings,
    ReviewDue,
    ReviewState,
    ReviewTarget,
    SecurityReview,
    from_json,
    to_json,
)
from bot.domain.audit import AuditEntry
from bot.messages import outcomes
from bot.messages.entries import Permalinks
from bot.messages.sarif import to_sarif
from bot.orchestrator.context import JobContext
from bot.orchestrator.result import JobResult, Skipped
from bot.planning import DesiredReview, plan_review
from bot.repoconfig import SecuritySettings

_SUPPRESSIONS_KEY = "security ignored"


@dataclass(frozen=True, slots=True)
class ReviewedPullRequest:
    """A pull request and the security review of its head."""

    observed: ReviewState
    settings: SecuritySettings
    head: str
    review: SecurityReview
    links: Permalinks


async def on_review_due(ctx: JobContext, due: ReviewDue) -> JobResult:
    """Review a pull request, and publish the findings."""
    reviewed = await review_pull_request(ctx, due.number)
    if isinstance(reviewed, Skipped):
        return JobResult(reviewed.reason)
    return await publish_review(ctx, reviewed)


async def review_pull_request(ctx: JobContext, number: int) -> ReviewedPullRequest | Skipped:
    """Review a person's open pull request, unless the settings disable it."""
    config = (await ctx.settings()).config
    settings = config.security
    if not settings.enabled:
        return Skipped(outcomes.SECURITY_DISABLED)
    observe = partial(_observe, ctx, number)
    observed = await ctx.run("observe for the review", observe, ReviewState | None)
    if observed is None or observed.pull.state != "open" or observed.pull.ours:
        return Skipped(outcomes.not_reviewed(number, is_own=observed is not None and observed.pull.ours))
    fetch = partial(ctx.services.repositories.fetch_pull, ctx.repository, observed.pull.base, number)
    base, head = await ctx.step("fetch for the review", fetch)

    async def review() -> SecurityReview:
        suppressions = await _suppressions(ctx, settings)
        files = config.files.overrides
        result = await ctx.services.repositories.review(ctx.repository, base, head, suppressions, files)
        for finding in result.findings:
            ctx.services.metrics.count_finding(finding.hit.severity.name.lower())
        return result

    result = await ctx.run("review", review, SecurityReview)
    return ReviewedPullRequest(observed, settings, head, result, ctx.links(base, head))


async def _observe(ctx: JobContext, number: int) -> ReviewState | None:
    return await (await ctx.forge()).observe(ReviewTarget(number))


# ------------------------------------------------------------------ publication


async def publish_review(ctx: JobContext, reviewed: ReviewedPullRequest) -> JobResult:
    """Publish the check, the review comments and the summary of a review."""
    number = reviewed.observed.pull.number
    state_key = f"security #{number}"
    target = DesiredReview(
        reviewed.head,
        reviewed.review,
        reviewed.links,
        comment_severity=Level[reviewed.settings.remark_severity.upper()],
        fail_severity=_level(reviewed.settings.fail_severity),
        sarif=to_sarif(reviewed.review) if reviewed.settings.code_scanning else None,
    )

    async def plan() -> tuple[Plan, ReportedFindings]:
        value = await ctx.get_state(state_key)
        before = ReportedFindings() if value is None else from_json(ReportedFindings, value)
        return plan_review(target, reviewed.observed, before)

    planned, after = await ctx.run("plan the review", plan, tuple[Plan, ReportedFindings])
    if not await ctx.apply("review", planned.actions):
        return JobResult(outcomes.new_commits(number))

    async def save() -> None:
        await ctx.set_state(state_key, to_json(after).decode())
        # What a person ignores by a command is in the audit log already.
        for ignored in (each for each in reviewed.review.ignored if each.by == IN_CODE):
            await ctx.services.store.append_audit_entry(ctx.tenant, _audit_entry(ctx, number, ignored))

    await ctx.step("remember the review", save)
    return JobResult(planned.reason, tuple(action.kind for action in planned.actions))


def _level(name: str) -> Level | None:
    return None if name == "never" else Level[name.upper()]


def _audit_entry(ctx: JobContext, number: int, ignored: IgnoredFinding) -> AuditEntry:
    """Return the record of a finding that a comment in the code ignores, once per pull request."""
    finding = ignored.finding
    key = f"security #{number} leaves {finding.fingerprint}"
    detail = f"{ignored.by} ignores {finding.hit.rule} at {finding.path}:{finding.hit.line}: {ignored.why}"
    return AuditEntry(key, ctx.job.id, "leave finding", "done", detail)


# ------------------------------------------------------------------ suppressions


async def load_suppressions(ctx: JobContext) -> dict[str, Suppression]:
    """Return what people ignore in a repository, by the fingerprint of the finding."""
    value = await ctx.get_state(_SUPPRESSIONS_KEY)
    suppressions: dict[str, Suppression] = {} if value is None else from_json(dict[str, Suppression], value)
    return suppressions


async def save_suppressions(ctx: JobContext, suppressions: dict[str, Suppression]) -> None:
    """Replace what people ignore in a repository."""
    await ctx.set_state(_SUPPRESSIONS_KEY, to_json(suppressions, dict[str, Suppression]).decode())


async def _suppressions(ctx: JobContext, settings: SecuritySettings) -> Suppressions:
    today = datetime.now(UTC).date().isoformat()
    ignored = await load_suppressions(ctx)
    return Suppressions(
        disabled_rules=frozenset(settings.without), in_scope=settings.matches, by_fingerprint=ignored, today=today
    )
