"""The search index of a branch, and the commands that use it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from functools import partial

from bot.agents.rag_management.answering import select_passages
from bot.domain import AppInstalled, BatchCursor, BranchDeleted, IndexDue, Repository, Tenant, from_json, to_json
from bot.errors import NotFoundError
from bot.messages import outcomes, replies
from bot.messages.search_results import NOT_FOUND, NOT_INDEXED, format_passages
from bot.orchestrator.context import JobContext
from bot.orchestrator.result import JobResult
from bot.repoconfig import RepoConfig

MAX_SLICES = 500
"""The maximum number of jobs that build one index. A repository that needs more is too large for this machine."""


# ------------------------------------------------------------------ one branch


async def on_index_due(ctx: JobContext, due: IndexDue) -> JobResult:
    """Update the index of a branch, or a slice of it. Then continue with the next branch of its row, if any."""
    result = await _update_index(ctx, due)
    if not result.more:
        await continue_row(ctx, due)
    return result


async def _update_index(ctx: JobContext, due: IndexDue) -> JobResult:
    main = replace(due, branch=due.repository.default_branch)
    head = await ctx.step("fetch for the index", partial(_fetch_head, ctx, main.branch))
    if not head and due != main:  # the default branch was renamed, which is the event of another job
        return JobResult(outcomes.no_such_branch(main.branch))
    if not head:
        return await _forget_branch(ctx, due.branch)
    config = (await ctx.settings()).config
    await ctx.step("forget", partial(_forget_unwanted_branches, ctx, config))
    if not _is_wanted(config, due.repository, due.branch):
        return JobResult(outcomes.not_indexed(due.branch))
    if due != main:
        head = await ctx.step("fetch the branch", partial(_fetch_head, ctx, due.branch))
    if not head:
        return await _forget_branch(ctx, due.branch)
    return await _index_slice(ctx, due, config, head)


async def _index_slice(ctx: JobContext, due: IndexDue, config: RepoConfig, head: str) -> JobResult:
    in_scope, files = config.index.matches, config.files.overrides
    update = partial(ctx.services.search_index.update, due.repository, due.branch, head, in_scope, files)
    is_complete = await ctx.step("index", partial(update, seq=ctx.job.seq))
    if is_complete is None:
        return JobResult(outcomes.index_superseded(due.branch))
    if is_complete:
        return JobResult(outcomes.index_complete(due.branch, head), embeddings_updated=True)
    if due.slice_ >= MAX_SLICES:
        return JobResult(outcomes.index_too_large(due.branch))
    rest = replace(due, slice_=due.slice_ + 1)
    await ctx.step("hand on", partial(ctx.enqueue_event, _event_name(rest), rest))
    return JobResult(outcomes.index_partial(due.branch), more=True)


async def _forget_branch(ctx: JobContext, branch: str) -> JobResult:
    await ctx.step("forget it", partial(ctx.services.search_index.delete_branch, ctx.tenant, branch, seq=ctx.job.seq))
    return JobResult(outcomes.no_such_branch(branch))


def _is_wanted(config: RepoConfig, repository: Repository, branch: str) -> bool:
    return config.index.enabled and config.watches(branch, repository.default_branch)


async def _fetch_head(ctx: JobContext, branch: str) -> str:
    """Fetch a branch. Return its head, or an empty string if it does not exist."""
    try:
        return await ctx.services.repositories.fetch_head(ctx.repository, branch)
    except NotFoundError:
        return ""


async def _forget_unwanted_branches(ctx: JobContext, config: RepoConfig) -> None:
    """Delete the indexes of branches that the settings do not include."""
    for indexed in await ctx.services.search_index.list_indexes(ctx.tenant):
        if not _is_wanted(config, ctx.repository, indexed.branch):
            await ctx.services.search_index.delete_branch(ctx.tenant, indexed.branch, seq=ctx.job.seq)


async def on_branch_deleted(ctx: JobContext, deleted: BranchDeleted) -> JobResult:
    """Delete the index of a deleted branch."""
    forget = partial(ctx.services.search_index.delete_branch, ctx.tenant, deleted.branch, seq=ctx.job.seq)
    await ctx.step("forget", forget)
    return JobResult(outcomes.branch_deleted(deleted.branch))


# ------------------------------------------------------------------ the branches of an installation, one by one

_Branches = tuple[tuple[Repository, str], ...]
_ROW_KEY = "row of branches"


async def on_installed(ctx: JobContext, installed: AppInstalled) -> JobResult:
    """Start a row: index the branches of an installation that need it, one after the other.

    It replaces an earlier row of the installation, which ends.
    """
    installation_id, job, store = installed.installation_id, ctx.job, ctx.services.store
    owner = Tenant(installation_id, 0)

    async def list_branches() -> tuple[str, int]:
        branches = await _branches_to_index(ctx, installation_id)
        return await store.put_blob(owner, to_json(branches, _Branches)), len(branches)

    digest, count = await ctx.step("look", list_branches)
    await ctx.step("begin", partial(store.set_state, owner, _ROW_KEY, str(job.seq), seq=job.seq))
    await ctx.step("hand on", partial(_enqueue_row, ctx, installation_id, BatchCursor(digest, 0, job.seq)))
    return JobResult(outcomes.branches_queued(count))


async def _branches_to_index(ctx: JobContext, installation_id: int) -> _Branches:
    """Return the default branches without an index, and the branches whose index is by another model."""
    index = ctx.services.search_index
    model, indexed = await index.current_model(), await index.list_installation_indexes(installation_id)
    models: dict[Tenant, dict[str, str]] = defaultdict(dict)
    for each in indexed:
        models[each.tenant][each.branch] = each.model
    missing = list[tuple[Repository, str]]()
    for repository in await ctx.services.list_repositories(installation_id):
        by_branch = {repository.default_branch: "", **models[repository.tenant]}
        missing += [(repository, branch) for branch in sorted(by_branch) if by_branch[branch] != model]
    return tuple(missing)


async def continue_row(ctx: JobContext, due: IndexDue) -> None:
    """Enqueue the next branch of a row, whether or not this one was indexed."""
    if due.row is not None:
        row = replace(due.row, place=due.row.place + 1)
        await ctx.step("go on", partial(_enqueue_row, ctx, due.repository.tenant.installation_id, row))


async def _enqueue_row(ctx: JobContext, installation_id: int, row: BatchCursor) -> None:
    """Enqueue the branch at the place of a row, unless the row is at its end or a later one replaced it."""
    owner, store = Tenant(installation_id, 0), ctx.services.store
    if await store.get_state(owner, _ROW_KEY) != str(row.number):
        return
    branches = from_json(_Branches, await store.get_blob(owner, row.digest))
    if row.place < len(branches):
        repository, branch = branches[row.place]
        due = IndexDue(repository, branch, row=row)
        await ctx.enqueue_event(_event_name(due), due)


def _event_name(due: IndexDue) -> str:
    row = f"-{due.row.number}-{due.row.place}" if due.row else ""
    return f"index{row}-{due.slice_}"


# ------------------------------------------------------------------ commands


async def reindex(ctx: JobContext) -> str:
    """Enqueue an update of the default branch's index. Return the reply."""
    due = IndexDue(ctx.repository, ctx.repository.default_branch)
    await ctx.step("hand on", partial(ctx.enqueue_event, "index", due))
    return replies.index_queued(due.branch)


async def ask(ctx: JobContext, question: str) -> str:
    """Answer a question with the best passages of the repository, quoted."""
    config = (await ctx.settings()).config
    if not config.index.enabled:
        return replies.INDEX_DISABLED
    result = await ctx.services.search_index.search(ctx.tenant, ctx.repository.default_branch, question)
    if result is None:
        return NOT_INDEXED
    commit, hits = result
    answers = select_passages(hits)
    return format_passages(answers, ctx.links(commit, commit)) if answers else NOT_FOUND
