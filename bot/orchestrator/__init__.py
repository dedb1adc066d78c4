"""The jobs: what MAS does when something happened.

branches   a push: one documentation pull request a branch
pulls      somebody's pull request: the checks of its docs and settings, and what is asked of them
reviews    its security review, and what is said to that
indexing   the search index, and answers from it
comments   slash-commands, buttons, boxes
life       what people decide on our pull requests, and what becomes of repositories
settings   which settings are in force

The steps of a job are few and never change their names or their order, since jobs that a crash
cut off go on from them. What happens inside a step may change in every release. Steps hand on
digests; the bodies lie in the store under the tenant.
"""

from __future__ import annotations

from typing import Any, assert_never

from bot.domain import (
    BranchDeleted,
    Clicked,
    Commented,
    DefaultBranchChanged,
    IndexDue,
    Installed,
    Job,
    PullRequestChanged,
    PullRequestClosed,
    PullRequestReopened,
    Push,
    Queued,
    ReviewDue,
    Uninstalled,
)
from bot.orchestrator import comments, lifecycle, pull_request, search_index, security_review
from bot.orchestrator import push as branches
from bot.orchestrator.comments import on_failed
from bot.orchestrator.context import Parts
from bot.orchestrator.repo_settings import is_known
from bot.ports import Step

__all__ = ["Parts", "handle", "is_known", "on_failed"]


async def handle(parts: Parts, step: Step, job: Job) -> dict[str, Any]:
    """Do a job; returns what came of it, for the record."""
    match job.event:
        case Push() as push:
            return await branches.on_push(parts, step, job, push)
        case PullRequestChanged() as changed:
            return await pull_request.on_pull_request_changed(parts, step, job, changed)
        case ReviewDue() as due:
            return await security_review.on_review_due(parts, step, job, due)
        case IndexDue() as due:
            return await search_index.on_index_due(parts, step, job, due)
        case Commented() as said:
            return await comments.on_comment(parts, step, job, said)
        case Clicked() as clicked:
            return await comments.on_clicked(parts, step, job, clicked)
        case Queued() as queued:
            return await pull_request.on_queued(parts, step, job, queued)
        case PullRequestClosed() as closed:
            return await lifecycle.on_pull_request_closed(parts, step, job, closed)
        case PullRequestReopened() as again:
            return await lifecycle.on_pull_request_reopened(parts, step, job, again)
        case DefaultBranchChanged() as renamed:
            return await lifecycle.on_default_branch_changed(parts, step, job, renamed)
        case BranchDeleted() as deleted:
            return await search_index.on_branch_deleted(parts, step, job, deleted)
        case Installed() as installed:
            return await search_index.on_installed(parts, step, job, installed)
        case Uninstalled() as gone:
            return await lifecycle.on_uninstalled(parts, step, job, gone)
        case never:
            assert_never(never)
