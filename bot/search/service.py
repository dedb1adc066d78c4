"""The indexes of the repositories that the App works on: searched by any process, and made by those with mirrors.

What they hold lies in the store; the columns that are searched are made of it in each machine's data folder.
"""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from bot.cache.protocol import Cache
from bot.domain import Indexed, Repository, Tenant
from bot.domain.search import Found
from bot.errors import Absent, RemoteError, UserError
from bot.ports import Catalogue
from bot.process_pool import CpuPool
from bot.repositories.mirrors import Mirrors
from bot.search import worker
from bot.search.embedders import EMBEDDERS
from bot.search.embedders.choosing import asked
from bot.search.index import EVERYTHING, Model, Scope, alone
from bot.search.segments import folder_of
from bot.search.worker import Desk, Progress

_VECTOR_SECONDS = 3600.0
"""How long the vector of a query is kept that somebody was paid for."""
_NEW_SECONDS = 3600.0
"""How long a folder is left alone that nobody speaks of yet."""


class Indexes:
    """All indexes, to be searched.

    Args:
        catalogue: which there are.
        url: of the store in which they lie.
        home: the data folder, for what is made of them on this machine, and for what the embedder makes once.
        environment: the operator's variables that name the embedder.
        pool: searches them.
        cache: for the vectors of queries.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        url: str,
        home: Path,
        environment: Mapping[str, str],
        pool: CpuPool,
        cache: Cache,
    ) -> None:
        self.catalogue, self._url, self._home = catalogue, url, home
        self._folder = home / "index"
        self._environment, self._pool, self._cache = dict(environment), pool, cache
        self._model: str | None = None
        self._turn = asyncio.Semaphore(1)  # a second child is left to those who search

    async def search(self, tenant: Tenant, branch: str, query: str) -> tuple[str, Sequence[Found]] | None:
        """See `Knowledge.search`."""
        known = await self._searchable(tenant, branch)
        return await self.search_in(known, query) if known else None

    async def search_in(
        self, known: Indexed, query: str, limit: int = 10, scope: Scope = EVERYTHING
    ) -> tuple[str, Sequence[Found]] | None:
        """The commit that a branch is indexed at now, which may be later than `known` says, and what answers a query
        there, best first; None where it is no longer indexed."""
        try:
            return await self._searched(known, query, limit, scope)
        except Absent:  # it went between our two looks, perhaps for another model's
            now = await self._searchable(known.tenant, known.branch)
        try:
            return await self._searched(now, query, limit, scope) if now else None
        except Absent:
            return None

    async def _searched(self, known: Indexed, query: str, limit: int, scope: Scope) -> tuple[str, Sequence[Found]]:
        desk, name = self._desk(known.tenant), f"query {known.model} {hashlib.sha256(query.encode()).hexdigest()}"
        paid = any(each.price for each in EMBEDDERS if known.model.startswith(f"{each.model}@"))
        vector = await self._cache.get(known.tenant, name) if paid else None
        searching = self._pool.run(worker.search, desk, known.model, known.branch, query, scope, limit, vector)
        try:
            commit, found, made = await searching
        except UserError as error:  # the child took more time or memory than it may: not the fault of who asks
            raise RemoteError(str(error)) from error
        if paid and vector is None and made is not None:
            await self._cache.put(known.tenant, name, made, _VECTOR_SECONDS)
        return commit, found

    async def _searchable(self, tenant: Tenant, branch: str) -> Indexed | None:
        """A branch that can be searched."""
        stands = await self.standing(tenant, branch)
        return stands if stands and stands.commit else None

    async def standing(self, tenant: Tenant, branch: str) -> Indexed | None:
        """A branch that is indexed, or is being so."""
        return next((each for each in await self.known(tenant) if each.branch == branch), None)

    async def known_in(self, installation_id: int) -> Sequence[Indexed]:
        """See `Knowledge.known_in`."""
        return await self.catalogue.within(installation_id)

    async def known(self, tenant: Tenant) -> Sequence[Indexed]:
        """See `Knowledge.known`."""
        return await self.catalogue.of(tenant)

    async def model(self) -> str:
        """See `Knowledge.model`."""
        if asked(self._environment) is None:
            return Model.of(None, None).name
        async with self._turn:  # else each child would open the embedder to tell the same
            if self._model is None:
                self._model = await self._pool.run(worker.model, self._desk(Tenant(0, 0)))
            return self._model

    async def brought(
        self, tenant: Tenant, mirror: str, branch: str, commit: str, holds: Callable[[str], bool], seq: int
    ) -> Progress:
        """Bring what the index holds of a branch to a commit of a mirror, or some way there."""
        async with self._turn:
            return await self._pool.run(worker.update, self._desk(tenant), mirror, branch, commit, holds, seq)

    async def drop(self, tenant: Tenant, branch: str, but: str = "") -> None:
        """Drop what is held for a branch alone, by all models but one."""
        await self._pool.run(worker.forget, self._desk(tenant), branch, but)

    async def clear(self, tenant: Tenant) -> None:
        """Drop all that a tenant's index holds."""
        await self._pool.run(worker.clear, self._desk(tenant))

    async def remove(self, tenant: Tenant) -> None:
        """Delete what was made here of a tenant's index."""
        await asyncio.to_thread(_remove, self._of(tenant))

    async def sweep(self) -> None:
        """Delete what was made here of indexes that are no more: another process dropped them."""
        for folder in await asyncio.to_thread(lambda: list(self._folder.glob("*/*"))):
            numbers = folder.parent.name, folder.name
            if all(map(str.isdecimal, numbers)):
                known = await self.known(Tenant(*map(int, numbers)))
                await asyncio.to_thread(_leave, folder, {folder_of(each.model) for each in known})

    def _of(self, tenant: Tenant) -> Path:
        return self._folder / str(tenant.installation_id) / str(tenant.repository_id)

    def _desk(self, tenant: Tenant) -> Desk:
        return Desk(tenant, self._url, self._of(tenant), self._home, self._environment)


class Indexing:
    """All indexes, to be made as well; see `bot.ports.Knowledge`.

    Args:
        indexes: as they are searched.
        mirrors: where the repositories are.
    """

    def __init__(self, indexes: Indexes, mirrors: Mirrors) -> None:
        self._indexes, self._mirrors = indexes, mirrors
        self._catalogue = indexes.catalogue
        self.search, self.model = indexes.search, indexes.model
        self.known, self.known_in = indexes.known, indexes.known_in

    async def update(
        self, repository: Repository, branch: str, commit: str, holds: Callable[[str], bool], *, seq: int
    ) -> bool | None:
        """See `Knowledge.update`. A kill, or the end of the slice, costs no finished batch.

        What was indexed before is searched until all is done, also where it has another model's vectors.
        """
        tenant = repository.tenant
        before = await self._indexes.standing(tenant, branch) or Indexed(tenant, "", branch, "", "", 0.0, 0, 0)
        before = replace(before, repository=repository.full_name)
        if not await self._catalogue.note(before, seq=seq, begins=True):
            return None
        await self._mirrors.bring_searched(repository, commit, holds)
        made = await self._indexes.brought(tenant, str(self._mirrors.of(tenant)), branch, commit, holds, seq)
        await self._mirrors.runner.runs.record({"rag_management": made.seconds}, ok=True)
        now = replace(before, done=made.done, files=made.files)
        if made.finished:
            now = replace(now, commit=commit, model=made.model, at=time.time())
        if not await self._catalogue.note(now, seq=seq):
            await self._overtaken(tenant, branch)
            return None
        if made.finished and made.others:
            await self._indexes.drop(tenant, branch, but=made.model)
        return made.finished

    async def _overtaken(self, tenant: Tenant, branch: str) -> None:
        """A later job did it; or the branch was forgotten, or the tenant, and what was made since must go, too."""
        if not await self.known(tenant):
            await self._indexes.clear(tenant)
            await self._indexes.remove(tenant)
        elif await self._indexes.standing(tenant, branch) is None:
            await self._indexes.drop(tenant, branch)

    async def forget(self, tenant: Tenant, branch: str, *, seq: int) -> None:
        """See `Knowledge.forget`; what says that it is there goes last, so that a kill leaves that."""
        stands = await self._indexes.standing(tenant, branch)
        if stands and await self._catalogue.note(replace(stands, commit="", model=""), seq=seq):
            await self._indexes.drop(tenant, branch)
            await self._catalogue.drop(tenant, branch, seq=seq)


def _leave(folder: Path, used: set[str]) -> None:
    """Delete the folders of models that are not used, but for what is just being made; without any the whole folder."""
    old = time.time() - _NEW_SECONDS
    for path in folder.iterdir() if used else [folder]:
        if path.is_dir() and path.name not in used and path.stat().st_mtime < old:
            shutil.rmtree(path, ignore_errors=True)


def _remove(folder: Path) -> None:
    """Delete a folder, when nobody on this machine changes the index any more: a child that was ended may still."""
    if folder.is_dir():
        with alone(folder, "contents"):
            shutil.rmtree(folder, ignore_errors=True)
