"""The search index of a branch, and what is answered from it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from functools import partial
from typing import Any

from bot.agents.rag_management.answering import passages
from bot.domain import BranchDeleted, IndexDue, Installed, Job, Repository, Row, Tenant, from_json, to_json
from bot.errors import Absent
from bot.messages.answers import NOT_FOUND, NOT_INDEXED, quoted
from bot.messages.entries import Permalinks
from bot.orchestrator.context import Parts
from bot.orchestrator.repo_settings import known_settings
from bot.ports import Step
from bot.repoconfig import RepoConfig

MOST_SLICES = 500
"""Jobs that make one index; a repository that takes longer is none for this machine."""


async def on_index_due(parts: Parts, step: Step, job: Job, due: IndexDue) -> dict[str, Any]:
    """Bring the index of a branch to its head, or a slice further; of a row of repositories, then see to the next."""
    told = await _brought(parts, step, job, due)
    if not told.get("more"):
        await go_on(parts, step, job, due)
    return told


async def _brought(parts: Parts, step: Step, job: Job, due: IndexDue) -> dict[str, Any]:
    repository, branch = due.repository, due.branch
    main = replace(due, branch=repository.default_branch)
    head = await step("fetch for the index", partial(_head, parts, main))
    if not head and due != main:  # that branch has another name by now, which another job goes by
        return {"reason": f"there is no branch {main.branch}"}
    if not head:
        return await _gone(parts, step, job, due)
    config = (await known_settings(parts, step, job, repository)).config
    await step("forget", partial(_forget, parts, job, repository, config))
    if not _asked(config, repository, branch):
        return {"reason": f"{branch} is not to be indexed"}
    if due != main:
        head = await step("fetch the branch", partial(_head, parts, due))
    if not head:
        return await _gone(parts, step, job, due)
    holds = config.index.holds
    done = await step("index", partial(parts.knowledge.update, repository, branch, head, holds, seq=job.seq))
    if done is None:
        return {"reason": f"a later job indexed {branch}, or it is forgotten"}
    if done:
        return {"reason": f"{branch} is indexed at {head[:9]}", "embeddings_updated": True}
    if due.slice_ >= MOST_SLICES:
        return {"reason": f"{branch} takes too long to index"}
    rest = replace(due, slice_=due.slice_ + 1)
    await step("hand on", partial(parts.hand_on, job, _named(rest), rest))
    return {"reason": f"{branch} is indexed in part; the next job goes on", "more": True}


async def _gone(parts: Parts, step: Step, job: Job, due: IndexDue) -> dict[str, Any]:
    await step("forget it", partial(parts.knowledge.forget, due.repository.tenant, due.branch, seq=job.seq))
    return {"reason": f"there is no branch {due.branch}"}


def _asked(config: RepoConfig, repository: Repository, branch: str) -> bool:
    return config.index.enabled and config.watches(branch, repository.default_branch)


async def _head(parts: Parts, due: IndexDue) -> str:
    try:
        return await parts.source.head(due.repository, due.branch)
    except Absent:
        return ""


async def _forget(parts: Parts, job: Job, repository: Repository, config: RepoConfig) -> None:
    """Hold no branch that the settings do not ask for."""
    for each in await parts.knowledge.known(repository.tenant):
        if not _asked(config, repository, each.branch):
            await parts.knowledge.forget(repository.tenant, each.branch, seq=job.seq)


async def on_branch_deleted(parts: Parts, step: Step, job: Job, deleted: BranchDeleted) -> dict[str, Any]:
    """Hold its index no longer."""
    forgetting = partial(parts.knowledge.forget, deleted.repository.tenant, deleted.branch, seq=job.seq)
    await step("forget", forgetting)
    return {"reason": f"{deleted.branch} was deleted"}


# ------------------------------------------------------------------ one repository after the other

_Branches = tuple[tuple[Repository, str], ...]
_ROW = "row of branches"


async def on_installed(parts: Parts, step: Step, job: Job, installed: Installed) -> dict[str, Any]:
    """Index all branches of an installation that are not indexed as they would be now, one after the other.

    An earlier row ends where it is.
    """
    number = installed.installation_id

    async def look() -> tuple[str, int]:
        branches = await _lacking(parts, number)
        return await parts.store.put(Tenant(number, 0), to_json(branches, _Branches)), len(branches)

    digest, count = await step("look", look)
    await step("begin", partial(parts.store.keep, Tenant(number, 0), _ROW, str(job.seq), seq=job.seq))
    await step("hand on", partial(_hand_on, parts, job, number, Row(digest, 0, job.seq)))
    return {"reason": f"{count} branches are to be indexed"}


async def _lacking(parts: Parts, installation_id: int) -> _Branches:
    """Default branches that are not indexed, and branches that are by another model than that of now."""
    model, known = await parts.knowledge.model(), await parts.knowledge.known_in(installation_id)
    models: dict[Tenant, dict[str, str]] = defaultdict(dict)
    for at in known:
        models[at.tenant][at.branch] = at.model
    lacking = list[tuple[Repository, str]]()
    for each in await parts.repositories(installation_id):
        own = {each.default_branch: "", **models[each.tenant]}
        lacking += [(each, branch) for branch in sorted(own) if own[branch] != model]
    return tuple(lacking)


async def go_on(parts: Parts, step: Step, job: Job, due: IndexDue) -> None:
    """Index the next branch of a row, whatever came of this one."""
    if due.row is not None:
        following = replace(due.row, place=due.row.place + 1)
        installation_id = due.repository.tenant.installation_id
        await step("go on", partial(_hand_on, parts, job, installation_id, following))


async def _hand_on(parts: Parts, job: Job, installation_id: int, row: Row) -> None:
    whole = Tenant(installation_id, 0)
    if await parts.store.kept(whole, _ROW) != str(row.number):
        return  # a later one has all that is left of this one
    branches = from_json(_Branches, await parts.store.get(whole, row.digest))
    if row.place < len(branches):
        repository, branch = branches[row.place]
        due = IndexDue(repository, branch, row=row)
        await parts.hand_on(job, _named(due), due)


def _named(due: IndexDue) -> str:
    row = f"-{due.row.number}-{due.row.place}" if due.row else ""
    return f"index{row}-{due.slice_}"


# ------------------------------------------------------------------ what people ask for


async def again(parts: Parts, step: Step, job: Job, repository: Repository) -> str:
    """Bring the index of the default branch to its head, after this job."""
    due = IndexDue(repository, repository.default_branch)
    await step("hand on", partial(parts.hand_on, job, "index", due))
    return f"The index of `{due.branch}` follows; `/mas status` says how far it is."


async def ask(parts: Parts, step: Step, job: Job, repository: Repository, question: str) -> str:
    """What the repository says to a question: its best passages, word for word."""
    config = (await known_settings(parts, step, job, repository)).config
    if not config.index.enabled:
        return "The settings ask for no index, so I know nothing."
    found = await parts.knowledge.search(repository.tenant, repository.default_branch, question)
    if found is None:
        return NOT_INDEXED
    commit, results = found
    said = passages(results)
    return quoted(said, Permalinks(parts.web(repository), commit, commit)) if said else NOT_FOUND
