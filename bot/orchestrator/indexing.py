"""The search index of a branch, and what is answered from it."""

from __future__ import annotations

from functools import partial
from typing import Any

from bot.agents.rag_management.answering import passages
from bot.domain import IndexDue, Job, Repository
from bot.orchestrator.parts import Parts
from bot.orchestrator.settings import known_settings
from bot.ports import Step
from bot.words.answers import NOT_FOUND, NOT_INDEXED, quoted
from bot.words.entries import Permalinks

MOST_SLICES = 500
"""Jobs that make one index; a repository that takes longer is none for this machine."""

_LOOKED_AT = 20
"""Passages that are found before those of the files that the settings leave out are gone."""


async def on_index_due(parts: Parts, step: Step, job: Job, due: IndexDue) -> dict[str, Any]:
    """Bring the index of a branch to its head, or a slice further."""
    config = (await known_settings(parts, step, job, due.repository)).config
    if not config.index.enabled:
        return {"reason": "the settings ask for no index"}
    if not config.watches(due.branch, due.repository.default_branch):
        return {"reason": f"{due.branch} is not a watched branch"}
    head = await step("fetch for the index", partial(parts.source.head, due.repository, due.branch))
    if await step("index", partial(parts.knowledge.update, due.repository, due.branch, head)):
        return {"reason": f"{due.branch} is indexed at {head[:9]}", "embeddings_updated": True}
    if due.slice_ >= MOST_SLICES:
        return {"reason": f"{due.branch} takes too long to index"}
    rest = IndexDue(due.repository, due.branch, due.slice_ + 1)
    await step("hand on", partial(parts.hand_on, job, f"index-{rest.slice_}", rest))
    return {"reason": f"{due.branch} is indexed in part; the next job goes on"}


async def again(parts: Parts, step: Step, job: Job, repository: Repository) -> str:
    """Bring the index of the default branch to its head, after this job."""
    due = IndexDue(repository, repository.default_branch)
    await step("hand on", partial(parts.hand_on, job, "index", due))
    return f"The index of `{due.branch}` follows; `/mas status` says when it is done."


async def ask(parts: Parts, step: Step, job: Job, repository: Repository, question: str) -> str:
    """What the repository says to a question: its best passages, word for word."""
    config = (await known_settings(parts, step, job, repository)).config
    if not config.index.enabled:
        return "The settings ask for no index, so I know nothing."
    found = await parts.knowledge.search(repository.tenant, repository.default_branch, question, _LOOKED_AT)
    if found is None:
        return NOT_INDEXED
    commit, results = found
    said = passages([each for each in results if config.index.holds(each.path)])
    return quoted(said, Permalinks(parts.web(repository), commit, commit)) if said else NOT_FOUND
