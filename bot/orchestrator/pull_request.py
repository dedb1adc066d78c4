"""Somebody's pull request: the check of its docs and of its settings, and what people ask of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from bot.domain import (
    Action,
    CommitFiles,
    Draft,
    Edit,
    Job,
    OpenPullRequest,
    Plan,
    PublishBranch,
    PullRequestChanged,
    PullStanding,
    PullSubject,
    PutCheck,
    Queued,
    Repository,
    ReviewDue,
)
from bot.errors import Moved, RemoteError
from bot.messages import check as checks
from bot.messages import comments
from bot.messages import config as config_words
from bot.messages import pull_request as words
from bot.messages.entries import Permalinks, grouped
from bot.messages.markdown import count
from bot.messages.security import security_passed
from bot.orchestrator.context import Parts, applied, done, found
from bot.orchestrator.push import Following, span, wanted_draft
from bot.orchestrator.repo_settings import RULE_NAMES, known_settings
from bot.planning import content_digest, edited_files, standing_edits
from bot.ports import Step
from bot.repoconfig import PATH, RepoConfig, Source, read

_TRAILER = "docs: skip"
QUEUED = "The documentation was checked on the pull requests that this commit is made of."
REVIEWED = "Security was reviewed on the pull requests that this commit is made of."


@dataclass(frozen=True, slots=True)
class Looked:
    """A pull request and what its change makes of the docs; `edits` are those that nobody turned down."""

    seen: PullStanding
    config: RepoConfig
    start: str
    head: str
    draft: Draft
    edits: tuple[Edit, ...]
    links: Permalinks


async def on_pull_request_changed(parts: Parts, step: Step, job: Job, changed: PullRequestChanged) -> dict[str, Any]:
    """Say in checks which docs a pull request makes stale; what it brings that is dangerous is a job of its own."""
    await step("hand on", partial(parts.hand_on, job, "security", ReviewDue(changed.repository, changed.number)))
    seen = await observe(parts, step, changed.repository, changed.number)
    if seen is None or seen.state != "open" or seen.ours:
        return {"reason": f"#{changed.number} is {'mine' if seen and seen.ours else 'not open'}"}
    looked = await look(parts, step, job, changed.repository, seen)
    if isinstance(looked, str):
        return {"reason": looked}
    return await check(parts, step, job, changed.repository, looked)


async def on_queued(parts: Parts, step: Step, job: Job, queued: Queued) -> dict[str, Any]:
    """Let a merge queue pass, whose pull requests were checked before."""
    config = (await known_settings(parts, step, job, queued.repository)).config
    made = [checks.passed(queued.head_oid, QUEUED)] if config.docs.enabled and config.docs.check.enabled else []
    made += [security_passed(queued.head_oid, REVIEWED)] if config.security.enabled else []
    if not made:
        return {"reason": "the settings ask for no check"}
    await applied(parts, step, job, queued.repository, 0, made)
    return {"reason": "the merge queue was answered"}


async def observe(parts: Parts, step: Step, repository: Repository, number: int) -> PullStanding | None:
    """A pull request as it stands."""

    async def observed() -> PullStanding | None:
        return await (await parts.forge(repository)).observe(PullSubject(number))

    return await found(parts, step, "observe", repository.tenant, observed, PullStanding | None)


async def look(parts: Parts, step: Step, job: Job, repository: Repository, seen: PullStanding) -> Looked | str:
    """Analyse the change of somebody's pull request; a reason where that is not wanted."""
    config = (await known_settings(parts, step, job, repository)).config
    if not config.docs.enabled or not config.docs.check.enabled:
        return "the settings ask for no check"
    start, head = await step("fetch", partial(parts.source.fetch_pull, repository, seen.base, seen.number))
    return await _analysed(parts, step, repository, seen, config, start, head)


async def propose(parts: Parts, step: Step, job: Job, repository: Repository, seen: PullStanding) -> Looked:
    """What our own pull request proposes, worked out anew."""
    config = (await known_settings(parts, step, job, repository)).config
    since, head = await step("fetch", partial(span, parts, job, Following(repository, seen.base)))
    return await _analysed(parts, step, repository, seen, config, since, head)


async def _analysed(
    parts: Parts, step: Step, repository: Repository, seen: PullStanding, config: RepoConfig, start: str, head: str
) -> Looked:
    analysing = partial(wanted_draft, parts, repository, config, start, head)
    draft: Draft = await found(parts, step, "analyse", repository.tenant, analysing, Draft)
    links = Permalinks(parts.web(repository), start, head)
    return await again(parts, repository, Looked(seen, config, start, head, draft, (), links))


async def again(parts: Parts, repository: Repository, looked: Looked) -> Looked:
    """The same, with the edits that nobody has turned down by now."""
    memory = await parts.store.memory(repository.tenant, looked.seen.base)
    return replace(looked, edits=tuple(standing_edits(looked.draft, memory)))


async def check(parts: Parts, step: Step, job: Job, repository: Repository, looked: Looked) -> dict[str, Any]:
    """Put the checks of a pull request."""

    async def planned() -> Plan:
        made = [await _docs_check(parts, job, repository, looked)]
        if settings := await _config_check(parts, repository, looked):
            made.append(settings)
        return Plan(tuple(made), made[0].title)

    plan: Plan = await found(parts, step, "plan", repository.tenant, planned, Plan)
    await applied(parts, step, job, repository, 0, plan.actions)
    return {"reason": plan.reason, "actions": [action.kind for action in plan.actions]}


async def _docs_check(parts: Parts, job: Job, repository: Repository, looked: Looked) -> PutCheck:
    seen, tenant = looked.seen, repository.tenant
    memo = f"skipped #{seen.number}"
    before = frozenset(filter(None, (await parts.store.kept(tenant, memo) or "").split(",")))
    if why := _skipped(looked):
        new = frozenset(edit.fingerprint for edit in looked.edits)
        await parts.store.reject(tenant, new, why=f"#{seen.number}: {why}")
        await parts.store.keep(tenant, memo, ",".join(sorted(before | new)), seq=job.seq)
        return checks.skipped(seen.number, looked.head, why)
    if before:  # the label or the trailer is gone: what it turned down is proposed again
        await parts.store.restore(tenant, before)
        await parts.store.keep(tenant, memo, "", seq=job.seq)
        looked = await again(parts, repository, looked)
    return await asyncio.to_thread(
        checks.docs_check,
        seen.number,
        looked.head,
        looked.draft,
        looked.edits,
        looked.links,
        blocking=looked.config.docs.check.blocking,
        writable=seen.branch is not None,
    )


def _skipped(looked: Looked) -> str | None:
    if looked.config.docs.skips(looked.seen.labels):
        return "A label of this pull request says that its documentation stays as it is."
    if _TRAILER in (line.strip().lower() for line in looked.seen.message.splitlines()):
        return "The newest commit's trailer `Docs: skip` says that its documentation stays as it is."
    return None


async def _config_check(parts: Parts, repository: Repository, looked: Looked) -> PutCheck | None:
    """The check of the settings file, where the pull request touches it."""
    before = (await parts.source.files(repository, looked.start, [PATH])).get(PATH)
    after = (await parts.source.files(repository, looked.head, [PATH])).get(PATH)
    if before == after or after is None:
        return None
    _, problems = await asyncio.to_thread(read, [Source(PATH, after)], RULE_NAMES)
    return config_words.check(looked.seen.number, looked.head, problems)


# ------------------------------------------------------------------ what people ask


async def apply_edits(parts: Parts, step: Step, job: Job, repository: Repository, looked: Looked) -> tuple[bool, str]:
    """Commit the edits to the pull request's branch; whether that was done, and the answer."""
    seen, edits = looked.seen, list(looked.edits)
    if not edits:
        return True, "There is nothing to apply: the documentation follows the change."
    if seen.branch is None:
        return False, (
            "The branch lies in another repository, where I may not write. The check's details hold the edits as a "
            "patch; once this is merged I open a pull request with what is still stale."
        )
    files = edited_files(looked.draft, edits)
    digest = content_digest(files)
    commit = CommitFiles(seen.branch, looked.head, files, words.message(edits, digest), digest)
    url, refused = await step("commit", partial(_commit, parts, job, repository, commit))
    if url is not None:
        return True, f"Done: [{count(len(edits), 'edit')} in {count(len(files), 'file')}]({url})."
    if refused == "moved":
        return False, "The branch moved meanwhile. I look at the new commits; ask again then."
    branch = f"mas/docs/pull-{seen.number}"
    stacked: list[Action] = [
        PublishBranch(branch, looked.head, None, files, commit.message, digest),
        OpenPullRequest(branch, seen.branch, words.title(edits), comments.stacked(seen.number)),
    ]
    await applied(parts, step, job, repository, 1, stacked)
    return True, f"GitHub let me not write to `{seen.branch}` itself, so I opened a pull request onto it."


async def _commit(parts: Parts, job: Job, repository: Repository, commit: CommitFiles) -> tuple[str | None, str]:
    try:
        return await done(parts, repository, f"{job.id} commit", commit), ""
    except Moved:
        return None, "moved"
    except RemoteError as error:
        if error.transient:
            raise
        return None, "refused"


async def skip_edits(parts: Parts, step: Step, repository: Repository, looked: Looked, by: str, why: str) -> str:
    """Turn down the edits of a pull request, for good."""
    fingerprints = frozenset(edit.fingerprint for edit in looked.edits)
    said = f"#{looked.seen.number}: turned down by {by}" + (f": {why}" if why else "")

    async def turned_down() -> int:
        await parts.store.reject(repository.tenant, fingerprints, why=said)
        return len(looked.edits)

    return comments.turned_down(await step("skip", turned_down))


def explain(looked: Looked, number: int) -> tuple[bool, str]:
    """Why the n-th edited section is to be edited."""
    groups = grouped(looked.edits)
    if number > len(groups):
        return False, comments.no_such_edit(number, len(groups))
    return True, comments.explained(number, looked.draft, groups[number - 1], looked.links)
