"""A push: the docs of a branch follow its code, by one pull request a branch that is kept up to date."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from bot.agents.document_update.rules import RULES
from bot.domain import DocsSubject, Draft, Edit, IndexDue, Job, Memory, Plan, Push, Repository, Standing
from bot.errors import Moved
from bot.orchestrator.context import ROUNDS, Parts, applied, found
from bot.orchestrator.edit_outcomes import proposed
from bot.orchestrator.repo_settings import InForce, known_settings, read_settings, settings_report
from bot.planning import Manner, Wanted, plan, standing_edits, writable
from bot.ports import Step
from bot.repoconfig import RepoConfig, kept, rules_off
from bot.repoconfig.codeowners import PLACES, CodeOwners


@dataclass(frozen=True, slots=True)
class Following:
    """A branch whose docs are to follow its code.

    `before` and `after` are a push's, where one is the cause; `author` made it. `anew` is
    the commit of our branch that may be left behind, whoever made it: the branch is started again.
    """

    repository: Repository
    branch: str
    before: str | None = None
    after: str | None = None
    author: str | None = None
    anew: str | None = None


async def on_push(parts: Parts, step: Step, job: Job, push: Push) -> dict[str, Any]:
    """Make the docs of a watched branch follow its code."""
    repository = push.repository
    if push.branch != repository.default_branch:
        config = (await known_settings(parts, step, job, repository)).config
        if not config.watches(push.branch, repository.default_branch):
            return {"reason": f"{push.branch} is not a watched branch"}
    await step("hand on", partial(parts.hand_on, job, "index", IndexDue(repository, push.branch)))
    return await follow(parts, step, job, Following(repository, push.branch, push.before, push.after, push.sender))


async def follow(parts: Parts, step: Step, job: Job, what: Following) -> dict[str, Any]:
    """Look, analyse, plan and apply, again where something moved meanwhile."""
    tenant = what.repository.tenant
    for turn in range(ROUNDS):
        since, head = await step(f"fetch {turn}", partial(span, parts, job, what))
        in_force = await _settings(parts, step, job, what, turn, head)
        if reason := _unwanted(in_force.config, what):
            return {"reason": reason}
        analysing = partial(_analyse, parts, what.repository, in_force.config, since, head)
        draft: Draft = await found(parts, step, f"analyse {turn}", tenant, analysing, Draft)
        planning = partial(_plan, parts, job, what, in_force.config, since, head, draft)
        made: Plan = await found(parts, step, f"plan {turn}", tenant, planning, Plan)
        if not made.moved and await applied(parts, step, job, what.repository, turn, made.actions):
            await step("settle", partial(_settle, parts, job, what, head, made))
            kinds = [action.kind for action in made.actions]
            told = {"change_detected": since != head, "document_updated": "publish-branch" in kinds}
            return {"reason": made.reason, "actions": kinds, **told}
    return {"reason": f"{what.branch} moved {ROUNDS} times meanwhile; its next push goes on from here"}


async def span(parts: Parts, job: Job, what: Following) -> tuple[str, str]:
    """From where to where: the last settled commit (at first the one before the push), and the newest."""
    tenant = what.repository.tenant
    before = what.before or await parts.source.head(what.repository, what.branch)
    await parts.store.settle(tenant, what.branch, before, seq=job.seq, only_if_unset=True)
    since = (await parts.store.memory(tenant, what.branch)).since or before
    try:
        return since, await parts.source.fetch(what.repository, what.branch, since)
    except Moved:
        # History was rewritten and swept. What the push names is the next best start, and the last one itself.
        for start in (what.before, what.after):
            with suppress(Moved):
                if start is not None:
                    head = await parts.source.fetch(what.repository, what.branch, start)
                    await parts.store.settle(tenant, what.branch, start, seq=job.seq)
                    return start, head
        raise


async def _settings(parts: Parts, step: Step, job: Job, what: Following, turn: int, head: str) -> InForce:
    """The settings in force; a push to the default branch brings new ones, and what is to be said of them."""
    repository = what.repository
    if what.branch == repository.default_branch:

        async def read() -> Plan:
            now = await read_settings(parts, job, repository, head)
            return Plan(tuple(await settings_report(parts, job, repository, head, now)), "")

        report: Plan = await found(parts, step, f"read settings {turn}", repository.tenant, read, Plan)
        await applied(parts, step, job, repository, f"settings {turn}", report.actions)
    return await known_settings(parts, step, job, repository)


def _unwanted(config: RepoConfig, what: Following) -> str | None:
    if not config.docs.enabled or not config.docs.pull_request.enabled:
        return "the settings ask for no documentation pull request"
    if not config.watches(what.branch, what.repository.default_branch):
        return f"{what.branch} is not a watched branch"
    return None


async def _analyse(parts: Parts, repository: Repository, config: RepoConfig, since: str, head: str) -> Draft:
    draft = await wanted_draft(parts, repository, config, since, head)
    if draft.edits:
        await _skip(parts, repository, since, head, rules_off(config.docs, RULES))
    return draft


async def wanted_draft(parts: Parts, repository: Repository, config: RepoConfig, base: str, head: str) -> Draft:
    """What a change makes of the docs, as far as the settings ask for it and the App may write it."""
    drafted = await parts.source.analyse(repository, base, head, rules_off(config.docs, RULES))
    # In a thread: a large draft takes a while, and deliveries must not wait for it.
    return await asyncio.to_thread(lambda: writable(kept(config.docs, drafted)))


async def _skip(parts: Parts, repository: Repository, since: str, head: str, without: frozenset[str]) -> None:
    """Turn down what commits with the trailer `Docs: skip` would bring."""
    for parent, commit in await parts.source.skips(repository, since, head):
        with suppress(Moved):
            theirs = await parts.source.analyse(repository, parent, commit, without)
            turned_down = frozenset(edit.fingerprint for edit in theirs.edits)
            await parts.store.reject(repository.tenant, turned_down, why=f"Docs: skip in {commit}")


async def _plan(
    parts: Parts, job: Job, what: Following, config: RepoConfig, since: str, head: str, draft: Draft
) -> Plan:
    subject = DocsSubject(what.branch)
    memory = await parts.store.memory(what.repository.tenant, what.branch)
    standing = await (await parts.forge(what.repository)).observe(subject)
    manner = await _manner(parts, what, config, head, draft, standing, memory)
    wanted = Wanted(subject, since, head, parts.web(what.repository), draft, manner, what.anew)
    made = await asyncio.to_thread(plan, wanted, standing, memory)  # in a thread, as `wanted_draft`
    edits = standing_edits(draft, memory, standing.pull_requests)
    await proposed(parts, job, what.repository, what.branch, made, edits)
    return made


async def _manner(
    parts: Parts, what: Following, config: RepoConfig, head: str, draft: Draft, standing: Standing, memory: Memory
) -> Manner:
    """How a pull request would be opened; looked up only where one will be."""
    asked = config.docs.pull_request
    edits = standing_edits(draft, memory, standing.pull_requests)
    if not edits or standing.open is not None:
        return Manner()
    owners = await _owners(parts, what.repository, head, edits) if asked.reviewers == "codeowners" else ()
    people = asked.asked(owners, what.author)
    owner = f"{what.repository.owner.lower()}/"
    return Manner(
        asked.draft,
        asked.labels,
        tuple(name for name in people if "/" not in name),
        tuple(name.partition("/")[2] for name in people if name.lower().startswith(owner)),
    )


async def _owners(parts: Parts, repository: Repository, head: str, edits: Sequence[Edit]) -> tuple[str, ...]:
    files = await parts.source.files(repository, head, PLACES)
    found = next((files[place] for place in PLACES if place in files), b"")
    return await asyncio.to_thread(lambda: CodeOwners.read(found).of(edit.path for edit in edits))


async def _settle(parts: Parts, job: Job, what: Following, head: str, made: Plan) -> bool:
    if not made.settles:
        return False
    return await parts.store.settle(what.repository.tenant, what.branch, head, seq=job.seq)
