"""The settings in effect in a repository: those of its default branch, or the last valid ones."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import SerializerFunctionWrapHandler, WrapSerializer

from bot.agents.document_update.rules import RULES
from bot.domain import Job, Repository, Tenant, from_json, to_json
from bot.domain.audit import AuditEntry
from bot.orchestrator.services import JobServices
from bot.ports import Store
from bot.repoconfig import CONFIG_PATH, ConfigFile, RepoConfig, load_config

RULE_NAMES = tuple(rule.name for rule in RULES)
_STATE_KEY = "config"


def _omit_defaults_of_this_version(config: RepoConfig, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
    """Leave out unset sections that are new in this version, because a worker of the last version rejects them."""
    values: dict[str, Any] = dump(config)
    if config.files == type(config.files)():
        values.pop("files", None)
    return values


@dataclass(frozen=True, slots=True)
class ActiveSettings:
    """The settings in effect.

    Args:
        commit: the commit that they were read from; None when no valid file exists yet.
        problems: the mistakes in newer settings, which are not in effect.
        files: the paths of the settings files that were found.
    """

    config: Annotated[RepoConfig, WrapSerializer(_omit_defaults_of_this_version)]
    commit: str | None
    problems: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


async def is_known(store: Store, tenant: Tenant) -> bool:
    """Return whether the store has settings of a repository, as it has once a job worked on it."""
    return await store.get_state(tenant, _STATE_KEY) is not None


async def load_settings(services: JobServices, job: Job, repository: Repository) -> ActiveSettings:
    """Return the settings that were read last. Read them now if they never were."""
    return await _last(services.store, repository.tenant) or await reload_settings(services, job, repository)


async def reload_settings(
    services: JobServices, job: Job, repository: Repository, head: str | None = None
) -> ActiveSettings:
    """Read and save the settings of the default branch. Keep the last valid ones where the new ones have mistakes.

    Args:
        head: the head of the default branch; fetched when it is not given.
    """
    commit = head or await services.repositories.fetch_head(repository, repository.default_branch)
    sources = await _sources(services, repository, commit)
    # In a thread, because a hostile file takes a second or two to parse.
    config, problems = await asyncio.to_thread(load_config, sources, RULE_NAMES)
    files = tuple(source.file for source in sources)
    mistakes = tuple(map(str, problems))
    last = await _last(services.store, repository.tenant)
    if problems and last is not None and last.commit is not None:
        now = ActiveSettings(last.config, last.commit, mistakes, files)
    else:
        now = ActiveSettings(config, None if problems else commit, mistakes, files)
    if now.config != (last.config if last else RepoConfig()):
        detail = f"{', '.join(files) or 'no file'} at {commit}"
        entry = AuditEntry(f"{job.id}/configure/{commit}", job.id, "configure", "done", detail)
        await services.store.append_audit_entry(repository.tenant, entry)
    await services.store.set_state(repository.tenant, _STATE_KEY, to_json(now).decode(), seq=job.seq)
    return now


async def _sources(services: JobServices, repository: Repository, commit: str) -> list[ConfigFile]:
    """Read the settings files: the owner's, then the repository's own."""
    own = (await services.repositories.files(repository, commit, [CONFIG_PATH])).get(CONFIG_PATH)
    shared = None if repository.name == ".github" else await services.organization_file(repository, CONFIG_PATH)
    files = ((f"{repository.owner}/.github/{CONFIG_PATH}", shared), (CONFIG_PATH, own))
    return [ConfigFile(file, data) for file, data in files if data is not None]


async def _last(store: Store, tenant: Tenant) -> ActiveSettings | None:
    value = await store.get_state(tenant, _STATE_KEY)
    last: ActiveSettings | None = None if value is None else from_json(ActiveSettings, value)
    return last
