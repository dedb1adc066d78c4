"""The App's repositories, read through one git mirror each; implements `ports.Repositories`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from cachetools import LRUCache

from bot.agents.rag_management.files import is_searchable
from bot.agents.security_review.review import Suppressions
from bot.analysis.docs import is_relevant, ranges_to_fetch
from bot.domain import Draft, Repository, SecurityReview, Tenant
from bot.formats import FORMATS
from bot.git import CredentialsRejected, GitRepo, Mirror, Remote
from bot.github.app import GitHub
from bot.github.client import READ_CONTENT
from bot.languages import LANGUAGES
from bot.repositories.runner import CACHE_DIR, AgentRunner
from bot.text.file_classes import NO_OVERRIDES, Overrides
from bot.text.file_classes.attributes import is_attributes_file

T = TypeVar("T")

MAX_FILE_BYTES = 1_000_000
MAX_COMMITS = 1_000
_MAX_FETCHED_CHANGES = 4096
_STALE_SECONDS = 24 * 3600


@dataclass(slots=True)
class Mirrors:
    """All mirrors; see `ports.Repositories`.

    Args:
        folder: parent folder of the mirrors.
        github: the source of tokens and URLs.
        runner: runs analyses and reviews.
    """

    folder: Path
    github: GitHub
    runner: AgentRunner
    _fetched: LRUCache[tuple[Tenant, str, str], bool] = field(default_factory=lambda: LRUCache(_MAX_FETCHED_CHANGES))
    """Changes whose blobs this process has fetched."""

    def path_of(self, tenant: Tenant) -> Path:
        """Return the path of a tenant's mirror, whether or not it exists."""
        return self.folder / str(tenant.installation_id) / f"{tenant.repository_id}.git"

    async def fetch(self, repository: Repository, branch: str, commit: str) -> str:
        """See `ports.Repositories.fetch`."""

        def work(mirror: Mirror, remote: Remote) -> str:
            head = mirror.update(remote, branch, [commit])
            _fetch_change_blobs(mirror, remote, commit, head)
            return head

        head = await self._with_mirror(repository, work)
        self._fetched[repository.tenant, commit, head] = True
        return head

    async def fetch_pull(self, repository: Repository, base: str, number: int) -> tuple[str, str]:
        """See `ports.Repositories.fetch_pull`."""
        reference = f"refs/pull/{number}/head"

        def work(mirror: Mirror, remote: Remote) -> tuple[str, str]:
            base_head = mirror.update(remote, base, extra_refs=[reference])
            head = mirror.resolve_ref(reference)
            with GitRepo.open(mirror.path) as git_repo:
                start = git_repo.merge_base(base_head, head)
            _fetch_change_blobs(mirror, remote, start, head)
            return start, head

        start, head = await self._with_mirror(repository, work)
        self._fetched[repository.tenant, start, head] = True
        return start, head

    async def fetch_head(self, repository: Repository, branch: str) -> str:
        """See `ports.Repositories.fetch_head`."""
        return await self._with_mirror(repository, lambda mirror, remote: mirror.update(remote, branch))

    async def files(self, repository: Repository, commit: str, paths: Sequence[str]) -> dict[str, bytes]:
        """See `ports.Repositories.files`."""

        def work(mirror: Mirror, remote: Remote) -> dict[str, bytes]:
            if not mirror.has_commits(commit):  # see `_ensure_fetched`
                mirror.update(remote, repository.default_branch, [commit])
            mirror.fetch_blobs(remote, [(commit, commit)], lambda path: path in paths)
            with GitRepo.open(mirror.path) as git_repo:
                tree = git_repo.tree(commit)
                readable = [path for path in paths if path in tree and tree[path].size <= MAX_FILE_BYTES]
                return {path: tree[path].data for path in readable}

        return await self._with_mirror(repository, work)

    async def analyse(
        self,
        repository: Repository,
        base: str,
        head: str,
        disabled_rules: frozenset[str],
        files: Overrides = NO_OVERRIDES,
    ) -> Draft:
        """See `ports.Repositories.analyse`. Runs in a separate process."""
        await self._ensure_fetched(repository, base, head)
        return await self.runner.analyse(self.path_of(repository.tenant), base, head, disabled_rules, files)

    async def review(
        self, repository: Repository, base: str, head: str, suppressions: Suppressions, files: Overrides = NO_OVERRIDES
    ) -> SecurityReview:
        """See `ports.Repositories.review`. Runs in a separate process, and its scanners in further ones."""
        await self._ensure_fetched(repository, base, head)

        def work(mirror: Mirror, remote: Remote) -> None:
            with GitRepo.open(mirror.path) as git_repo:
                paths = git_repo.diff_paths(base, head)
            mirror.fetch_blobs(remote, [(base, head)], lambda path: path in paths or is_attributes_file(path))

        await self._with_mirror(repository, work)
        return await self.runner.review(self.path_of(repository.tenant), base, head, suppressions, files)

    async def fetch_searchable(self, repository: Repository, commit: str, is_included: Callable[[str], bool]) -> None:
        """Fetch the searchable files of a commit whose paths `is_included` accepts, if they are missing."""

        def is_wanted(path: str) -> bool:
            return (is_searchable(path, LANGUAGES, FORMATS) and is_included(path)) or is_attributes_file(path)

        def work(mirror: Mirror, remote: Remote) -> None:
            if not mirror.has_commits(commit):  # see `_ensure_fetched`
                mirror.update(remote, repository.default_branch, [commit])
            mirror.fetch_blobs(remote, [(commit, commit)], is_wanted)

        await self._with_mirror(repository, work)

    async def find_docs_skips(self, repository: Repository, base: str, head: str) -> list[tuple[str, str]]:
        """See `ports.Repositories.find_docs_skips`."""
        await self._ensure_fetched(repository, base, head)

        def work() -> list[tuple[str, str]]:
            with GitRepo.open(self.path_of(repository.tenant)) as git_repo:
                return git_repo.commits_with_trailer(base, head, "Docs", "skip", MAX_COMMITS)

        return await asyncio.to_thread(work)

    def tenants(self, installation_id: int) -> frozenset[Tenant]:
        """Return the tenants of an installation that have a mirror."""
        names = (path.stem for path in (self.folder / str(installation_id)).glob("*.git"))
        return frozenset(Tenant(installation_id, int(name)) for name in names if name.isdecimal())

    async def remove_stale(self, is_known: Callable[[Tenant], Awaitable[bool]]) -> list[Tenant]:
        """Delete mirrors of unknown repositories that had no fetch for a day, and return their tenants.

        Needed since only one worker handles the removal of a repository, and each has its own disk.
        """
        oldest = time.time() - _STALE_SECONDS

        def list_stale() -> list[Tenant]:
            paths = [path for path in self.folder.glob("*/*.git") if path.stat().st_mtime < oldest]
            ids = [(path.parent.name, path.stem) for path in paths]
            return [Tenant(int(a), int(b)) for a, b in ids if a.isdecimal() and b.isdecimal()]

        unknown = [tenant for tenant in await asyncio.to_thread(list_stale) if not await is_known(tenant)]
        for tenant in unknown:
            await self.remove(tenant)
        return unknown

    async def remove(self, tenant: Tenant) -> None:
        """Delete a tenant's mirror, if there is one."""
        for key in [key for key in self._fetched if key[0] == tenant]:
            del self._fetched[key]
        path = self.path_of(tenant)
        if path.parent.is_dir():
            await asyncio.to_thread(Mirror(path).remove)

    # -------------------------------------------------------------- git

    async def _ensure_fetched(self, repository: Repository, base: str, head: str) -> None:
        """Fetch a change unless this process has done so, as when it recovers a job of a worker with another disk.

        Raises as `fetch` does.
        """
        if (repository.tenant, base, head) in self._fetched:
            return

        def work(mirror: Mirror, remote: Remote) -> None:
            if not mirror.has_commits(base, head):
                mirror.update(remote, repository.default_branch, [base, head])
            _fetch_change_blobs(mirror, remote, base, head)

        await self._with_mirror(repository, work)
        self._fetched[repository.tenant, base, head] = True

    async def _with_mirror(self, repository: Repository, work: Callable[[Mirror, Remote], T]) -> T:
        """Run `work` on a mirror in a thread, with a token that can read content; retry once with a new token."""
        try:
            return await self._attempt(repository, work)
        except CredentialsRejected:  # the token was revoked
            self.github.app.installation(repository.tenant.installation_id).invalidate_tokens()
            return await self._attempt(repository, work)

    async def _attempt(self, repository: Repository, work: Callable[[Mirror, Remote], T]) -> T:
        client = self.github.app.installation(repository.tenant.installation_id)
        token = await client.token(repository.tenant.repository_id, permissions=READ_CONTENT)
        remote = Remote(self.github.app.git_url(repository.owner, repository.name), token)
        mirror = Mirror(self.path_of(repository.tenant))
        mirror.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            return await asyncio.to_thread(partial(work, mirror, remote))
        except asyncio.CancelledError:
            mirror.interrupt()  # else the thread would block the exit of the process
            raise


def _fetch_change_blobs(mirror: Mirror, remote: Remote, base: str, head: str) -> None:
    mirror.fetch_blobs(remote, ranges_to_fetch(str(mirror.path), base, head, mirror.path / CACHE_DIR), is_relevant)
