"""The work that `/mas security …` asks for."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from bot.agents.security_review.review import Suppression, ignore_finding
from bot.commands import Reply, SecurityRequest
from bot.domain import Finding, PullRequestState, SecurityReview
from bot.domain.audit import AuditEntry
from bot.messages import replies
from bot.messages import review_comments as messages
from bot.orchestrator.context import JobContext
from bot.orchestrator.result import Skipped
from bot.orchestrator.security_review import (
    ReviewedPullRequest,
    load_suppressions,
    publish_review,
    review_pull_request,
    save_suppressions,
)


async def execute_security_command(
    ctx: JobContext, pull_request: PullRequestState, user: str, request: SecurityRequest
) -> Reply:
    """Do what a user asks of the security review, and return the reply."""
    reviewed = await review_pull_request(ctx, pull_request.number)
    if isinstance(reviewed, Skipped):
        return Reply(replies.did_nothing(reviewed.reason), ok=False)
    match request.what:
        case "explain":
            return _explain(reviewed, request.id)
        case "ignore":
            return await _ignore(ctx, reviewed, request.id, Suppression(user, request.why, request.until))
        case "review":
            result = await publish_review(ctx, reviewed)
            return Reply(replies.check_updated(reviewed.head, result.reason))


def _explain(reviewed: ReviewedPullRequest, finding_id: str) -> Reply:
    finding = _find(reviewed.review, finding_id)
    if finding is None:
        return Reply(messages.no_such_finding(finding_id, reviewed.review), ok=False)
    return Reply(messages.explain_finding(finding, reviewed.links))


async def _ignore(ctx: JobContext, reviewed: ReviewedPullRequest, finding_id: str, suppression: Suppression) -> Reply:
    """Ignore a finding from now on, record who did so and why, and publish the review again."""
    finding = _find(reviewed.review, finding_id)
    if finding is None:
        return Reply(messages.no_such_finding(finding_id, reviewed.review), ok=False)
    await ctx.step("ignore", partial(_save_suppression, ctx, finding, suppression))
    await publish_review(ctx, replace(reviewed, review=ignore_finding(reviewed.review, finding, suppression)))
    return Reply(replies.finding_ignored(finding.id, suppression.until))


async def _save_suppression(ctx: JobContext, finding: Finding, suppression: Suppression) -> None:
    await save_suppressions(ctx, {**await load_suppressions(ctx), finding.fingerprint: suppression})
    place = f"{finding.hit.rule} at {finding.path}:{finding.hit.line} ({finding.fingerprint})"
    until = f" until {suppression.until}" if suppression.until else ""
    detail = f"{suppression.by} ignores {place}{until}: {suppression.why}"
    key = f"{ctx.job.id}/ignore finding/done"
    await ctx.services.store.append_audit_entry(
        ctx.tenant, AuditEntry(key, ctx.job.id, "ignore finding", "done", detail)
    )


def _find(review: SecurityReview, finding_id: str) -> Finding | None:
    return next((finding for finding in review.findings if finding.id == finding_id.lower()), None)
