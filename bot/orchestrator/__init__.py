"""The jobs: what MAS does for each event.

push                  a push: one documentation pull request per branch
settings_refresh      new settings that a push brings
pull_request          a person's pull request: the checks of its documentation and settings
security_review       its security review
search_index          the search index of a branch, and answers from it
comments              slash-commands, buttons and checkboxes
command_permissions   who may use a command, and where
docs_commands         the work that commands about documentation ask for
security_commands     the work that commands about security ask for
lifecycle             decisions about documentation pull requests, renamed branches, removed repositories
repo_settings         the settings in effect
edit_outcomes         counts of proposed, merged and rejected edits
context, services     what every handler works with
result                what a handler returns

A handler runs its work in steps. The names and the order of steps never change, because interrupted jobs continue
from their checkpoints. The work within a step may change in every release. A checkpoint holds the digest of a large
value, and the store holds the value under its tenant.
"""

from __future__ import annotations

from typing import assert_never

from bot.domain import (
    AppInstalled,
    AppUninstalled,
    BranchDeleted,
    ButtonClicked,
    CommentPosted,
    DefaultBranchChanged,
    IndexDue,
    Job,
    MergeGroupChecksRequested,
    PullRequestChanged,
    PullRequestClosed,
    PullRequestReopened,
    Push,
    ReviewDue,
)
from bot.orchestrator import comments, lifecycle, pull_request, push, search_index, security_review
from bot.orchestrator.comments import on_failed
from bot.orchestrator.context import JobContext
from bot.orchestrator.repo_settings import is_known
from bot.orchestrator.result import JobResult
from bot.orchestrator.services import JobServices
from bot.ports import Step

__all__ = ["JobResult", "JobServices", "handle", "is_known", "on_failed"]


async def handle(services: JobServices, step: Step, job: Job) -> JobResult:
    """Do a job, and return its result."""
    ctx = JobContext(services, step, job)
    match job.event:
        case Push() as event:
            return await push.on_push(ctx, event)
        case PullRequestChanged() as event:
            return await pull_request.on_pull_request_changed(ctx, event)
        case ReviewDue() as event:
            return await security_review.on_review_due(ctx, event)
        case IndexDue() as event:
            return await search_index.on_index_due(ctx, event)
        case CommentPosted() as event:
            return await comments.on_comment(ctx, event)
        case ButtonClicked() as event:
            return await comments.on_clicked(ctx, event)
        case MergeGroupChecksRequested() as event:
            return await pull_request.on_queued(ctx, event)
        case PullRequestClosed() as event:
            return await lifecycle.on_pull_request_closed(ctx, event)
        case PullRequestReopened() as event:
            return await lifecycle.on_pull_request_reopened(ctx, event)
        case DefaultBranchChanged() as event:
            return await lifecycle.on_default_branch_changed(ctx, event)
        case BranchDeleted() as event:
            return await search_index.on_branch_deleted(ctx, event)
        case AppInstalled() as event:
            return await search_index.on_installed(ctx, event)
        case AppUninstalled() as event:
            return await lifecycle.on_uninstalled(ctx, event)
        case never:
            assert_never(never)
