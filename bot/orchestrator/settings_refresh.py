"""New settings on the default branch: read, and reported in an issue while they have mistakes."""

from __future__ import annotations

from functools import partial

from bot.domain import Action, Plan, ReportIssue, ResolveIssue
from bot.messages import config as messages
from bot.orchestrator.context import JobContext
from bot.orchestrator.repo_settings import ActiveSettings, reload_settings

_STATE_KEY = "config reported"


async def refresh_settings(ctx: JobContext, turn: int, head: str) -> None:
    """Load the settings at the head of the default branch, and report their mistakes."""
    report = await ctx.run(f"read settings {turn}", partial(_reload, ctx, head), Plan)
    await ctx.apply(f"settings {turn}", report.actions)
    ctx.discard_settings()


async def _reload(ctx: JobContext, head: str) -> Plan:
    settings = await reload_settings(ctx.services, ctx.job, ctx.repository, head)
    return Plan(tuple(await _report(ctx, head, settings)), "")


async def _report(ctx: JobContext, head: str, settings: ActiveSettings) -> list[Action]:
    """Return the actions that open one issue while the settings have mistakes, and close it afterwards."""
    is_reported = await ctx.get_state(_STATE_KEY)
    if settings.problems:
        await ctx.set_state(_STATE_KEY, head)
        branch, web = ctx.repository.default_branch, ctx.services.web_url(ctx.repository)
        body = messages.issue_body(settings.problems, web=web, branch=branch, commit=head, last_valid=settings.commit)
        return [ReportIssue(messages.ISSUE_TITLE, body, messages.ISSUE_MARKER)]
    if is_reported:
        await ctx.set_state(_STATE_KEY, "")
        return [ResolveIssue(messages.ISSUE_MARKER, messages.ISSUE_RESOLVED)]
    return []
