"""The repositories that the App works on, read through git: a mirror each, under the tenant's numbers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from bot.agents.security_review import Quiet
from bot.analysis import analyse, is_read, reads
from bot.children import CpuPool
from bot.domain import Draft, Repository, Review, Tenant
from bot.github.app import GitHub
from bot.github.client import READ_CONTENT
from bot.gitrepo import CredentialsRefused, GitRepo, Mirror, Remote
from bot.reviewing import review

T = TypeVar("T")

CACHE = "mas"
"""The folder in a mirror for what is known of the repository's past: it goes when the mirror goes."""

LARGEST_FILE = 1_000_000
COMMITS_LOOKED_AT = 1_000


@dataclass(slots=True)
class Mirrors:
    """All mirrors; see `bot.ports.Source`.

    Args:
        folder: holds them.
        github: where they come from.
        pool: does the analyses.
        settings: the operator's that name what a scanner needs, by their variables.
    """

    folder: Path
    github: GitHub
    pool: CpuPool
    settings: Mapping[str, str] = field(default_factory=dict)

    def of(self, tenant: Tenant) -> Path:
        """Where a tenant's mirror is, or would be."""
        return self.folder / str(tenant.installation_id) / f"{tenant.repository_id}.git"

    async def fetch(self, repository: Repository, branch: str, commit: str) -> str:
        """See `Source.fetch`."""

        def work(mirror: Mirror, remote: Remote) -> str:
            head = mirror.update(remote, branch, [commit])
            mirror.bring(remote, reads(str(mirror.path), commit, head, mirror.path / CACHE), is_read)
            return head

        return await self._with_token(repository, work)

    async def fetch_pull(self, repository: Repository, base: str, number: int) -> tuple[str, str]:
        """See `Source.fetch_pull`."""
        reference = f"refs/pull/{number}/head"

        def work(mirror: Mirror, remote: Remote) -> tuple[str, str]:
            upon = mirror.update(remote, base, others=[reference])
            head = mirror.at(reference)
            with GitRepo.open(mirror.path) as known:
                start = known.merge_base(upon, head)
            mirror.bring(remote, reads(str(mirror.path), start, head, mirror.path / CACHE), is_read)
            return start, head

        return await self._with_token(repository, work)

    async def head(self, repository: Repository, branch: str) -> str:
        """See `Source.head`."""
        return await self._with_token(repository, lambda mirror, remote: mirror.update(remote, branch))

    async def files(self, repository: Repository, commit: str, paths: Sequence[str]) -> dict[str, bytes]:
        """See `Source.files`."""

        def work(mirror: Mirror, remote: Remote) -> dict[str, bytes]:
            mirror.bring(remote, [(commit, commit)], lambda path: path in paths)
            with GitRepo.open(mirror.path) as known:
                tree = known.tree(commit)
                there = [path for path in paths if path in tree and tree[path].size <= LARGEST_FILE]
                return {path: tree[path].data for path in there}

        return await self._with_token(repository, work)

    async def analyse(self, repository: Repository, base: str, head: str, without: frozenset[str]) -> Draft:
        """See `Source.analyse`: in a process of its own."""
        mirror = self.of(repository.tenant)
        return await self.pool.run(analyse, str(mirror), base, head, cache=mirror / CACHE, without=without)

    async def review(self, repository: Repository, base: str, head: str, quiet: Quiet) -> Review:
        """See `Source.review`: in a process of its own, and its scanners in processes of theirs."""

        def work(mirror: Mirror, remote: Remote) -> None:
            with GitRepo.open(mirror.path) as known:
                paths = known.changed(base, head)
            mirror.bring(remote, [(base, head)], paths.__contains__)

        await self._with_token(repository, work)
        mirror = str(self.of(repository.tenant))
        return await self.pool.run(review, mirror, base, head, quiet=quiet, settings=self.settings)

    async def skips(self, repository: Repository, base: str, head: str) -> list[tuple[str, str]]:
        """See `Source.skips`."""

        def work() -> list[tuple[str, str]]:
            with GitRepo.open(self.of(repository.tenant)) as known:
                return known.with_trailer(base, head, "Docs", "skip", COMMITS_LOOKED_AT)

        return await asyncio.to_thread(work)

    def tenants(self, installation_id: int) -> frozenset[Tenant]:
        """Those of an installation that have a mirror."""
        names = (path.stem for path in (self.folder / str(installation_id)).glob("*.git"))
        return frozenset(Tenant(installation_id, int(name)) for name in names if name.isdecimal())

    async def remove(self, tenant: Tenant) -> None:
        """Delete a tenant's mirror, if there is one."""
        path = self.of(tenant)
        if path.parent.is_dir():
            await asyncio.to_thread(Mirror(path).remove)

    # -------------------------------------------------------------- git

    async def _with_token(self, repository: Repository, work: Callable[[Mirror, Remote], T]) -> T:
        """Work on a mirror in a thread, with a token that reads content; once more with a new one if it is refused."""
        try:
            return await self._worked(repository, work)
        except CredentialsRefused:  # the token was revoked since it was made
            self.github.app.installation(repository.tenant.installation_id).forget_tokens()
            return await self._worked(repository, work)

    async def _worked(self, repository: Repository, work: Callable[[Mirror, Remote], T]) -> T:
        client = self.github.app.installation(repository.tenant.installation_id)
        token = await client.token(repository.tenant.repository_id, permissions=READ_CONTENT)
        remote = Remote(self.github.app.git_url(repository.owner, repository.name), token)
        mirror = Mirror(self.of(repository.tenant))
        mirror.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            return await asyncio.to_thread(partial(work, mirror, remote))
        except asyncio.CancelledError:
            mirror.interrupt()  # else its thread would keep the process from ending
            raise
