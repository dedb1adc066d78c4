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
from bot.domain import IndexStatus, Repository, Tenant
from bot.domain.search import SearchResult
from bot.errors import NotFoundError, RemoteError, UserError
from bot.ports import IndexCatalog
from bot.process_pool import CpuPool
from bot.repositories.mirrors import Mirrors
from bot.search import worker
from bot.search.embedders import EMBEDDERS
from bot.search.embedders.factory import select_embedder
from bot.search.index import NO_FILTERS, EmbeddingModel, SearchFilters, index_lock
from bot.search.segments import folder_name
from bot.search.worker import IndexLocation, UpdateProgress
from bot.text.file_classes import NO_OVERRIDES, Overrides

_VECTOR_TTL_SECONDS = 3600.0
"""How long the vector of a query is kept that somebody was paid for."""
_MIN_AGE_SECONDS = 3600.0
"""How long a folder is left alone that nobody speaks of yet."""


class SearchService:
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
        index_catalog: IndexCatalog,
        store_url: str,
        data_dir: Path,
        environment: Mapping[str, str],
        pool: CpuPool,
        cache: Cache,
    ) -> None:
        self.index_catalog, self._store_url, self._data_dir = index_catalog, store_url, data_dir
        self._folder = data_dir / "index"
        self._environment, self._pool, self._cache = dict(environment), pool, cache
        self._model: str | None = None
        self._update_slot = asyncio.Semaphore(1)  # a second child is left to those who search

    async def search(self, tenant: Tenant, branch: str, query: str) -> tuple[str, Sequence[SearchResult]] | None:
        """See `SearchIndex.search`."""
        known = await self._find_searchable_branch(tenant, branch)
        return await self.search_branch(known, query) if known else None

    async def search_branch(
        self, branch: IndexStatus, query: str, limit: int = 10, filters: SearchFilters = NO_FILTERS
    ) -> tuple[str, Sequence[SearchResult]] | None:
        """The commit that a branch is indexed at now, which may be later than `known` says, and what answers a query
        there, best first; None where it is no longer indexed."""
        try:
            return await self._search_once(branch, query, limit, filters)
        except NotFoundError:  # it went between our two looks, perhaps for another model's
            now = await self._find_searchable_branch(branch.tenant, branch.branch)
        try:
            return await self._search_once(now, query, limit, filters) if now else None
        except NotFoundError:
            return None

    async def _search_once(
        self, branch: IndexStatus, query: str, limit: int, filters: SearchFilters
    ) -> tuple[str, Sequence[SearchResult]]:
        desk, name = self._location(branch.tenant), f"query {branch.model} {hashlib.sha256(query.encode()).hexdigest()}"
        paid = any(each.dollars_per_million_tokens for each in EMBEDDERS if branch.model.startswith(f"{each.model}@"))
        vector = await self._cache.get(branch.tenant, name) if paid else None
        searching = self._pool.run(worker.search, desk, branch.model, branch.branch, query, filters, limit, vector)
        try:
            commit, found, made = await searching
        except UserError as error:  # the child took more time or memory than it may: not the fault of who asks
            raise RemoteError(str(error)) from error
        if paid and vector is None and made is not None:
            await self._cache.store(branch.tenant, name, made, _VECTOR_TTL_SECONDS)
        return commit, found

    async def _find_searchable_branch(self, tenant: Tenant, branch: str) -> IndexStatus | None:
        """A branch that can be searched."""
        stands = await self.find_branch(tenant, branch)
        return stands if stands and stands.commit else None

    async def find_branch(self, tenant: Tenant, branch: str) -> IndexStatus | None:
        """A branch that is indexed, or is being so."""
        return next((each for each in await self.list_indexes(tenant) if each.branch == branch), None)

    async def list_installation_indexes(self, installation_id: int) -> Sequence[IndexStatus]:
        """See `SearchIndex.list_installation_indexes`."""
        return await self.index_catalog.list_for_installation(installation_id)

    async def list_indexes(self, tenant: Tenant) -> Sequence[IndexStatus]:
        """See `SearchIndex.known`."""
        return await self.index_catalog.list_for_tenant(tenant)

    async def current_model(self) -> str:
        """See `SearchIndex.model`."""
        if select_embedder(self._environment) is None:
            return EmbeddingModel.from_embedder(None, None).name
        async with self._update_slot:  # else each child would open the embedder to tell the same
            if self._model is None:
                self._model = await self._pool.run(worker.current_model_name, self._location(Tenant(0, 0)))
            return self._model

    async def update_branch(
        self,
        tenant: Tenant,
        mirror: str,
        branch: str,
        commit: str,
        path_filter: Callable[[str], bool],
        files: Overrides,
        seq: int,
    ) -> UpdateProgress:
        """Bring what the index holds of a branch to a commit of a mirror, or some way there."""
        async with self._update_slot:
            return await self._pool.run(
                worker.update, self._location(tenant), mirror, branch, commit, path_filter, files, seq
            )

    async def drop_branch(self, tenant: Tenant, branch: str, except_model: str = "") -> None:
        """Drop what is held for a branch alone, by all models but one."""
        await self._pool.run(worker.drop_branch, self._location(tenant), branch, except_model)

    async def clear(self, tenant: Tenant) -> None:
        """Drop all that a tenant's index holds."""
        await self._pool.run(worker.clear, self._location(tenant))

    async def remove_local_files(self, tenant: Tenant) -> None:
        """Delete what was made here of a tenant's index."""
        await asyncio.to_thread(_remove_index_dir, self._index_dir(tenant))

    async def sweep(self) -> None:
        """Delete what was made here of indexes that are no more: another process dropped them."""
        for folder in await asyncio.to_thread(lambda: list(self._folder.glob("*/*"))):
            numbers = folder.parent.name, folder.name
            if all(map(str.isdecimal, numbers)):
                known = await self.list_indexes(Tenant(*map(int, numbers)))
                await asyncio.to_thread(_remove_unused_models, folder, {folder_name(each.model) for each in known})

    def _index_dir(self, tenant: Tenant) -> Path:
        return self._folder / str(tenant.installation_id) / str(tenant.repository_id)

    def _location(self, tenant: Tenant) -> IndexLocation:
        return IndexLocation(tenant, self._store_url, self._index_dir(tenant), self._data_dir, self._environment)


class IndexingService:
    """All indexes, to be made as well; see `bot.ports.SearchIndex`.

    Args:
        indexes: as they are searched.
        mirrors: where the repositories are.
    """

    def __init__(self, search_service: SearchService, mirrors: Mirrors) -> None:
        self._search_service, self._mirrors = search_service, mirrors
        self._index_catalog = search_service.index_catalog
        self.search, self.current_model = search_service.search, search_service.current_model
        self.list_indexes, self.list_installation_indexes = (
            search_service.list_indexes,
            search_service.list_installation_indexes,
        )

    async def update(
        self,
        repository: Repository,
        branch: str,
        commit: str,
        in_scope: Callable[[str], bool],
        files: Overrides = NO_OVERRIDES,
        *,
        seq: int,
    ) -> bool | None:
        """See `SearchIndex.update`. A kill, or the end of the slice, costs no finished batch.

        What was indexed before is searched until all is done, also where it has another model's vectors.
        """
        tenant = repository.tenant
        before = await self._search_service.find_branch(tenant, branch) or IndexStatus(
            tenant, "", branch, "", "", 0.0, 0, 0
        )
        before = replace(before, repository=repository.full_name)
        if not await self._index_catalog.record(before, seq=seq, create=True):
            return None
        await self._mirrors.fetch_searchable(repository, commit, in_scope)
        made = await self._search_service.update_branch(
            tenant, str(self._mirrors.path_of(tenant)), branch, commit, in_scope, files, seq
        )
        await self._mirrors.runner.runs.record({"rag_management": made.seconds}, ok=True)
        now = replace(before, done=made.done, files=made.files)
        if made.finished:
            now = replace(now, commit=commit, model=made.model, at=time.time())
        if not await self._index_catalog.record(now, seq=seq):
            await self._clean_up_superseded(tenant, branch)
            return None
        if made.finished and made.has_other_models:
            await self._search_service.drop_branch(tenant, branch, except_model=made.model)
        return made.finished

    async def _clean_up_superseded(self, tenant: Tenant, branch: str) -> None:
        """A later job did it; or the branch was forgotten, or the tenant, and what was made since must go, too."""
        if not await self.list_indexes(tenant):
            await self._search_service.clear(tenant)
            await self._search_service.remove_local_files(tenant)
        elif await self._search_service.find_branch(tenant, branch) is None:
            await self._search_service.drop_branch(tenant, branch)

    async def delete_branch(self, tenant: Tenant, branch: str, *, seq: int) -> None:
        """See `SearchIndex.forget`; what says that it is there goes last, so that a kill leaves that."""
        stands = await self._search_service.find_branch(tenant, branch)
        if stands and await self._index_catalog.record(replace(stands, commit="", model=""), seq=seq):
            await self._search_service.drop_branch(tenant, branch)
            await self._index_catalog.delete(tenant, branch, seq=seq)


def _remove_unused_models(folder: Path, used: set[str]) -> None:
    """Delete the folders of models that are not used, but for what is just being made; without any the whole folder."""
    old = time.time() - _MIN_AGE_SECONDS
    for path in folder.iterdir() if used else [folder]:
        if path.is_dir() and path.name not in used and path.stat().st_mtime < old:
            shutil.rmtree(path, ignore_errors=True)


def _remove_index_dir(folder: Path) -> None:
    """Delete a folder, when nobody on this machine changes the index any more: a child that was ended may still."""
    if folder.is_dir():
        with index_lock(folder, "contents"):
            shutil.rmtree(folder, ignore_errors=True)
