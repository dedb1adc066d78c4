"""Which settings are in force in a repository: those of its default branch, or the last ones that were right."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from bot.agents.document_update.rules import RULES
from bot.domain import Action, Job, ReportIssue, Repository, ResolveIssue, Tenant, from_json, to_json
from bot.domain.audit import AuditEntry
from bot.messages import config as words
from bot.orchestrator.context import Parts, found
from bot.ports import Step, Store
from bot.repoconfig import PATH, RepoConfig, Source, read

RULE_NAMES = tuple(rule.name for rule in RULES)
_IN_FORCE, _REPORTED = "config", "config reported"


@dataclass(frozen=True, slots=True)
class InForce:
    """The settings in force, the commit that they are of (None: nobody wrote any), and what is wrong with newer ones.

    `files` are those that were found, by the names that people call them.
    """

    config: RepoConfig
    commit: str | None
    problems: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


async def known_settings(parts: Parts, step: Step, job: Job, repository: Repository) -> InForce:
    """The settings as they were last read; read now where they never were. A step: a job has one view of them."""

    async def known() -> InForce:
        return await _last(parts, repository) or await read_settings(parts, job, repository)

    return await found(parts, step, "settings", repository.tenant, known, InForce)


async def is_known(store: Store, tenant: Tenant) -> bool:
    """Whether a repository is one that we work on, for all that the store knows."""
    return await store.kept(tenant, _IN_FORCE) is not None


async def read_settings(parts: Parts, job: Job, repository: Repository, head: str | None = None) -> InForce:
    """Read the settings of the default branch, and keep them; where they are wrong the last right ones stay.

    Args:
        head: the default branch's, where it was just fetched.
    """
    commit = head or await parts.source.head(repository, repository.default_branch)
    sources = await _sources(parts, repository, commit)
    # In a thread: a hostile file takes a second or two.
    config, problems = await asyncio.to_thread(read, sources, RULE_NAMES)
    files = tuple(source.file for source in sources)
    last = await _last(parts, repository)
    if problems and last is not None and last.commit is not None:
        now = InForce(last.config, last.commit, tuple(map(str, problems)), files)
    else:
        now = InForce(config, None if problems else commit, tuple(map(str, problems)), files)
    if now.config != (last.config if last else RepoConfig()):
        said = f"{', '.join(files) or 'no file'} at {commit}"
        entry = AuditEntry(f"{job.id}/configure/{commit}", job.id, "configure", "done", said)
        await parts.store.append(repository.tenant, entry)
    await parts.store.keep(repository.tenant, _IN_FORCE, to_json(now).decode(), seq=job.seq)
    return now


async def settings_report(parts: Parts, job: Job, repository: Repository, head: str, now: InForce) -> list[Action]:
    """What people are to be told of the settings: one issue while they are wrong, closed once they are right."""
    reported = await parts.store.kept(repository.tenant, _REPORTED)
    if now.problems:
        await parts.store.keep(repository.tenant, _REPORTED, head, seq=job.seq)
        branch, web = repository.default_branch, parts.web(repository)
        body = words.issue(now.problems, web=web, branch=branch, commit=head, good=now.commit)
        return [ReportIssue(words.TITLE, body, words.MARKER)]
    if reported:
        await parts.store.keep(repository.tenant, _REPORTED, "", seq=job.seq)
        return [ResolveIssue(words.MARKER, words.MENDED)]
    return []


async def _sources(parts: Parts, repository: Repository, commit: str) -> list[Source]:
    own = (await parts.source.files(repository, commit, [PATH])).get(PATH)
    shared = None if repository.name == ".github" else await parts.shared(repository, PATH)
    named = ((f"{repository.owner}/.github/{PATH}", shared), (PATH, own))
    return [Source(file, data) for file, data in named if data is not None]


async def _last(parts: Parts, repository: Repository) -> InForce | None:
    said = await parts.store.kept(repository.tenant, _IN_FORCE)
    last: InForce | None = None if said is None else from_json(InForce, said)
    return last
