"""The work that `/mas docs …`, a check's button or a checkbox asks for."""

from __future__ import annotations

from functools import partial

from bot.commands import DocsRequest, Reply
from bot.domain import Action, CommitFiles, DocsTarget, OpenPullRequest, PublishBranch, PullRequestState
from bot.errors import ConflictError, RemoteError
from bot.messages import comments as comment_messages
from bot.messages import outcomes, replies
from bot.messages import pull_request as pull_request_messages
from bot.messages.entries import group_by_section
from bot.orchestrator.context import JobContext
from bot.orchestrator.pull_request import (
    PullRequestAnalysis,
    analyse_docs_pull_request,
    analyse_pull_request,
    publish_checks,
    refresh,
)
from bot.orchestrator.push import BranchUpdate, update_docs_pull_request
from bot.orchestrator.result import Skipped
from bot.planning import content_digest, files_with_edits


async def execute_docs_command(
    ctx: JobContext, pull_request: PullRequestState, user: str, request: DocsRequest
) -> Reply:
    """Do what a user asks of a pull request's documentation, and return the reply."""
    if pull_request.state != "open":
        return Reply(replies.not_open(pull_request.number), ok=False)
    if pull_request.ours:
        return await _execute_on_docs_pull_request(ctx, pull_request, user, request)
    analysis = await analyse_pull_request(ctx, pull_request)
    if isinstance(analysis, Skipped):
        return Reply(replies.did_nothing(analysis.reason), ok=False)
    match request.what:
        case "explain":
            return _explain(analysis, request.number)
        case "apply":
            return await _apply_edits(ctx, analysis)
        case "skip":
            text = await _reject_edits(ctx, analysis, user, request.why)
            await publish_checks(ctx, await refresh(ctx, analysis))
            return Reply(text)
        case _:
            result = await publish_checks(ctx, analysis)
            return Reply(replies.check_updated(analysis.head, result.reason))


async def _execute_on_docs_pull_request(
    ctx: JobContext, pull_request: PullRequestState, user: str, request: DocsRequest
) -> Reply:
    base = pull_request.base
    if pull_request.branch != DocsTarget(base).branch:
        return Reply(replies.not_for_base(pull_request.number, base), ok=False)
    if request.what in ("explain", "skip"):
        analysis = await analyse_docs_pull_request(ctx, pull_request)
        if request.what == "explain":
            return _explain(analysis, request.number)
        text = await _reject_edits(ctx, analysis, user, request.why)
        await update_docs_pull_request(ctx, BranchUpdate(base))
        return Reply(text)
    if request.what == "rebase":
        return await _rebase(ctx, pull_request)
    result = await update_docs_pull_request(ctx, BranchUpdate(base))
    return Reply(replies.branch_updated(result.reason))


async def _rebase(ctx: JobContext, pull_request: PullRequestState) -> Reply:
    """Rebuild the documentation branch, unless it has newer commits than the user knew of."""
    update = BranchUpdate(pull_request.base, discard=pull_request.head_oid)
    result = await update_docs_pull_request(ctx, update)
    if result.reason == outcomes.FOREIGN_COMMITS:
        return Reply(comment_messages.BRANCH_CHANGED, ok=False)
    return Reply(replies.branch_rebuilt(pull_request.base, pull_request.head_oid))


def _explain(analysis: PullRequestAnalysis, number: int) -> Reply:
    """Explain why the n-th edited section is to be edited."""
    groups = group_by_section(analysis.edits)
    if number > len(groups):
        return Reply(comment_messages.no_such_edit(number, len(groups)), ok=False)
    return Reply(comment_messages.explain_edit(number, analysis.draft, groups[number - 1], analysis.links))


async def _reject_edits(ctx: JobContext, analysis: PullRequestAnalysis, user: str, why: str) -> str:
    """Reject the edits of a pull request permanently. Return the reply."""
    fingerprints = frozenset(edit.fingerprint for edit in analysis.edits)
    detail = f"#{analysis.pull_request.number}: declined by {user}" + (f": {why}" if why else "")

    async def reject() -> int:
        await ctx.services.store.reject_edits(ctx.tenant, fingerprints, why=detail)
        return len(group_by_section(analysis.edits))

    return comment_messages.edits_rejected(await ctx.step("skip", reject))


# ------------------------------------------------------------------ apply


async def _apply_edits(ctx: JobContext, analysis: PullRequestAnalysis) -> Reply:
    """Commit the edits to the pull request's branch, or open a pull request against it where pushing is refused."""
    edits, branch = list(analysis.edits), analysis.pull_request.branch
    if not edits:
        return Reply(replies.NOTHING_TO_APPLY)
    if branch is None:
        return Reply(replies.BRANCH_IN_FORK, ok=False)
    files = files_with_edits(analysis.draft, edits)
    digest = content_digest(files)
    message = pull_request_messages.commit_message(edits, digest)
    commit = CommitFiles(branch, analysis.head, files, message, digest)
    url, refusal = await ctx.step("commit", partial(_commit, ctx, commit))
    if url is not None:
        return Reply(replies.edits_committed(len(group_by_section(edits)), len(files), url))
    if refusal == "moved":
        return Reply(replies.BRANCH_MOVED, ok=False)
    title = pull_request_messages.title(edits)
    await ctx.apply(1, _plan_stacked_pull_request(analysis.pull_request.number, commit, title))
    return Reply(replies.pull_request_instead(branch))


async def _commit(ctx: JobContext, commit: CommitFiles) -> tuple[str | None, str]:
    """Commit edits.

    Returns:
        The URL of the commit, or None and why there is none; a checkpoint holds this pair.
    """
    try:
        return await ctx.apply_audited("commit", commit), ""
    except ConflictError:
        return None, "moved"
    except RemoteError as error:
        if error.transient:
            raise
        return None, "refused"


def _plan_stacked_pull_request(number: int, commit: CommitFiles, title: str) -> list[Action]:
    """Return the actions that open a pull request against the branch of pull request `number`."""
    branch = f"mas/docs/pull-{number}"
    return [
        PublishBranch(branch, commit.expected, None, commit.files, commit.message, commit.digest),
        OpenPullRequest(branch, commit.branch, title, comment_messages.follow_up_body(number)),
    ]
