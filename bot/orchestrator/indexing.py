"""The search index of a branch, and what is answered from it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from bot.agents.rag_management.answering import passages
from bot.domain import BranchDeleted, IndexDue, Installed, Job, Repository, from_json, to_json
from bot.errors import Absent
from bot.orchestrator.parts import Parts
from bot.orchestrator.settings import known_settings
from bot.ports import Step
from bot.repoconfig import RepoConfig
from bot.words.answers import NOT_FOUND, NOT_INDEXED, quoted
from bot.words.entries import Permalinks

MOST_SLICES = 500
"""Jobs that make one index; a repository that takes longer is none for this machine."""

_ROW = 50
"""Repositories of an installation that are looked up at once."""


async def on_index_due(parts: Parts, step: Step, job: Job, due: IndexDue) -> dict[str, Any]:
    """Bring the index of a branch to its head, or a slice further; of a row of repositories, then see to the next."""
    told = await _brought(parts, step, job, due)
    if not told.get("more"):
        await go_on(parts, step, job, due)
    return told


async def _brought(parts: Parts, step: Step, job: Job, due: IndexDue) -> dict[str, Any]:
    head = await step("fetch for the index", partial(_head, parts, due))
    if not head:
        await step("forget", partial(parts.knowledge.forget, due.repository.tenant, due.branch, seq=job.seq))
        return {"reason": f"there is no branch {due.branch}"}
    config = (await known_settings(parts, step, job, due.repository)).config
    if reason := _unwanted(config, due):
        await step("forget", partial(_forget, parts, job, due.repository, config))
        return {"reason": reason}
    holds = config.index.holds
    if await step("index", partial(parts.knowledge.update, due.repository, due.branch, head, holds, seq=job.seq)):
        return {"reason": f"{due.branch} is indexed at {head[:9]}", "embeddings_updated": True}
    if due.slice_ >= MOST_SLICES:
        return {"reason": f"{due.branch} takes too long to index"}
    rest = replace(due, slice_=due.slice_ + 1)
    await step("hand on", partial(parts.hand_on, job, _named("index", rest), rest))
    return {"reason": f"{due.branch} is indexed in part; the next job goes on", "more": True}


def _unwanted(config: RepoConfig, due: IndexDue) -> str | None:
    if not config.index.enabled:
        return "the settings ask for no index"
    if not config.watches(due.branch, due.repository.default_branch):
        return f"{due.branch} is not a watched branch"
    return None


async def _head(parts: Parts, due: IndexDue) -> str:
    try:
        return await parts.source.head(due.repository, due.branch)
    except Absent:
        return ""


async def _forget(parts: Parts, job: Job, repository: Repository, config: RepoConfig) -> None:
    """Hold no branch that the settings do not ask for."""
    for each in await parts.knowledge.known(repository.tenant):
        if not config.index.enabled or not config.watches(each.branch, repository.default_branch):
            await parts.knowledge.forget(repository.tenant, each.branch, seq=job.seq)


async def on_branch_deleted(parts: Parts, step: Step, job: Job, deleted: BranchDeleted) -> dict[str, Any]:
    """Hold its index no longer."""
    forgetting = partial(parts.knowledge.forget, deleted.repository.tenant, deleted.branch, seq=job.seq)
    await step("forget", forgetting)
    return {"reason": f"{deleted.branch} was deleted"}


# ------------------------------------------------------------------ one repository after the other


async def on_installed(parts: Parts, step: Step, job: Job, installed: Installed) -> dict[str, Any]:
    """Index the next repository of an installation that is not indexed as it would be now."""

    async def look() -> str:
        model, row = await parts.knowledge.model(), list[Repository]()
        for each in await parts.repositories(installed.installation_id, installed.after):
            known = {at.branch: at.model for at in await parts.knowledge.known(each.tenant)}
            if known.get(each.default_branch) != model:
                row.append(each)
        return to_json(tuple(row[:_ROW]), tuple[Repository, ...]).decode()

    first, *others = from_json(tuple[Repository, ...], await step("look", look)) or [None]
    if first is None:
        return {"reason": "all repositories are indexed"}
    due = IndexDue(first, first.default_branch, then=tuple(others))
    await step("hand on", partial(parts.hand_on, job, _named("index", due), due))
    return {"reason": f"{first.full_name} is to be indexed, and {len(others)} after it"}


async def go_on(parts: Parts, step: Step, job: Job, due: IndexDue) -> None:
    """Index the next repository of a row, whatever came of this one."""
    if due.then is None:
        return
    if due.then:
        first, *others = due.then
        following = IndexDue(first, first.default_branch, then=tuple(others))
        await step("go on", partial(parts.hand_on, job, _named("index", following), following))
        return
    tenant = due.repository.tenant
    rest = Installed(tenant.installation_id, tenant.repository_id)
    await step("go on", partial(parts.hand_on, job, f"installed-{tenant.repository_id}", rest))


def _named(what: str, due: IndexDue) -> str:
    number = "" if due.then is None else f"-{due.repository.tenant.repository_id}"
    return f"{what}{number}-{due.slice_}"


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
