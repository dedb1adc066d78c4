"""The search indexes of all repositories of the App.

Any process can search them; processes with mirrors also update them. The contents are in the store; each machine
builds the columns to search from them in its data folder.
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
"""How long the vector of a query from a paid provider is cached."""
_MIN_AGE_SECONDS = 3600.0
"""Minimum age of an unknown folder before it is deleted: its index may be in progress."""


class SearchService:
    """Searches the indexes.

    Args:
        index_catalog: the indexed branches.
        store_url: of the store with their contents.
        data_dir: folder for the columns, and for the files of the embedder.
        environment: the operator's variables that configure the embedder.
        pool: child processes that search.
        cache: for query vectors.
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
        self._update_slot = asyncio.Semaphore(1)  # leave the other child processes to searches

    async def search(self, tenant: Tenant, branch: str, query: str) -> tuple[str, Sequence[SearchResult]] | None:
        """See `SearchIndex.search`."""
        status = await self._find_searchable_branch(tenant, branch)
        return await self.search_branch(status, query) if status else None

    async def search_branch(
        self, branch: IndexStatus, query: str, limit: int = 10, filters: SearchFilters = NO_FILTERS
    ) -> tuple[str, Sequence[SearchResult]] | None:
        """Search a branch.

        Returns:
            The indexed commit, which may be later than that of `branch`, and the results, best first; None if the
            branch is no longer indexed.
        """
        try:
            return await self._search_once(branch, query, limit, filters)
        except NotFoundError:  # the index was dropped in between, perhaps for that of another model
            current = await self._find_searchable_branch(branch.tenant, branch.branch)
        try:
            return await self._search_once(current, query, limit, filters) if current else None
        except NotFoundError:
            return None

    async def _search_once(
        self, branch: IndexStatus, query: str, limit: int, filters: SearchFilters
    ) -> tuple[str, Sequence[SearchResult]]:
        location = self._location(branch.tenant)
        name = f"query {branch.model} {hashlib.sha256(query.encode()).hexdigest()}"
        is_paid = any(e.dollars_per_million_tokens for e in EMBEDDERS if branch.model.startswith(f"{e.model}@"))
        cached = await self._cache.get(branch.tenant, name) if is_paid else None
        search = self._pool.run(worker.search, location, branch.model, branch.branch, query, filters, limit, cached)
        try:
            commit, results, vector = await search
        except UserError as error:  # the child exceeded its time or memory: not the fault of the user
            raise RemoteError(str(error)) from error
        if is_paid and cached is None and vector is not None:
            await self._cache.store(branch.tenant, name, vector, _VECTOR_TTL_SECONDS)
        return commit, results

    async def _find_searchable_branch(self, tenant: Tenant, branch: str) -> IndexStatus | None:
        """Return the status of a branch whose index is complete, or None."""
        status = await self.find_branch(tenant, branch)
        return status if status and status.commit else None

    async def find_branch(self, tenant: Tenant, branch: str) -> IndexStatus | None:
        """Return the status of a branch that is indexed or being indexed, or None."""
        return next((status for status in await self.list_indexes(tenant) if status.branch == branch), None)

    async def list_installation_indexes(self, installation_id: int) -> Sequence[IndexStatus]:
        """See `SearchIndex.list_installation_indexes`."""
        return await self.index_catalog.list_for_installation(installation_id)

    async def list_indexes(self, tenant: Tenant) -> Sequence[IndexStatus]:
        """See `SearchIndex.list_indexes`."""
        return await self.index_catalog.list_for_tenant(tenant)

    async def current_model(self) -> str:
        """See `SearchIndex.current_model`."""
        if select_embedder(self._environment) is None:
            return EmbeddingModel.from_embedder(None, None).name
        async with self._update_slot:  # otherwise each child process would open the embedder
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
        """Update the index of a branch to a commit of a mirror, as far as one time slice allows."""
        async with self._update_slot:
            return await self._pool.run(
                worker.update, self._location(tenant), mirror, branch, commit, path_filter, files, seq
            )

    async def drop_branch(self, tenant: Tenant, branch: str, except_model: str = "") -> None:
        """Drop a branch from the indexes of all models but one."""
        await self._pool.run(worker.drop_branch, self._location(tenant), branch, except_model)

    async def clear(self, tenant: Tenant) -> None:
        """Delete the contents of a tenant's index."""
        await self._pool.run(worker.clear, self._location(tenant))

    async def remove_local_files(self, tenant: Tenant) -> None:
        """Delete the local files of a tenant's index."""
        await asyncio.to_thread(_remove_index_dir, self._index_dir(tenant))

    async def sweep(self) -> None:
        """Delete the local files of indexes that other processes dropped."""
        for folder in await asyncio.to_thread(lambda: list(self._folder.glob("*/*"))):
            numbers = folder.parent.name, folder.name
            if all(map(str.isdecimal, numbers)):
                used = {folder_name(each.model) for each in await self.list_indexes(Tenant(*map(int, numbers)))}
                await asyncio.to_thread(_remove_unused_models, folder, used)

    def _index_dir(self, tenant: Tenant) -> Path:
        return self._folder / str(tenant.installation_id) / str(tenant.repository_id)

    def _location(self, tenant: Tenant) -> IndexLocation:
        return IndexLocation(tenant, self._store_url, self._index_dir(tenant), self._data_dir, self._environment)


class IndexingService:
    """Searches and updates the indexes: implements `bot.ports.SearchIndex`.

    Args:
        search_service: searches the indexes.
        mirrors: of the repositories.
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
        """See `SearchIndex.update`. Finished batches outlast a kill and the end of the time slice.

        The previous index is searched until the update is complete, even if it has another model's vectors.
        """
        tenant = repository.tenant
        before = await self._search_service.find_branch(tenant, branch) or IndexStatus(
            tenant, "", branch, "", "", 0.0, 0, 0
        )
        before = replace(before, repository=repository.full_name)
        if not await self._index_catalog.record(before, seq=seq, create=True):
            return None
        await self._mirrors.fetch_searchable(repository, commit, in_scope)
        progress = await self._search_service.update_branch(
            tenant, str(self._mirrors.path_of(tenant)), branch, commit, in_scope, files, seq
        )
        await self._mirrors.runner.runs.record({"rag_management": progress.seconds}, ok=True)
        status = replace(before, done=progress.done, files=progress.files)
        if progress.finished:
            status = replace(status, commit=commit, model=progress.model, at=time.time())
        if not await self._index_catalog.record(status, seq=seq):
            await self._clean_up_superseded(tenant, branch)
            return None
        if progress.finished and progress.has_other_models:
            await self._search_service.drop_branch(tenant, branch, except_model=progress.model)
        return progress.finished

    async def _clean_up_superseded(self, tenant: Tenant, branch: str) -> None:
        """Delete what this job wrote, if the branch or the tenant was deleted in the meantime.

        If a later job updated the branch instead, there is nothing to delete.
        """
        if not await self.list_indexes(tenant):
            await self._search_service.clear(tenant)
            await self._search_service.remove_local_files(tenant)
        elif await self._search_service.find_branch(tenant, branch) is None:
            await self._search_service.drop_branch(tenant, branch)

    async def delete_branch(self, tenant: Tenant, branch: str, *, seq: int) -> None:
        """See `SearchIndex.delete_branch`. The catalog entry is deleted last, so that a retry after a kill finds it."""
        status = await self._search_service.find_branch(tenant, branch)
        if status and await self._index_catalog.record(replace(status, commit="", model=""), seq=seq):
            await self._search_service.drop_branch(tenant, branch)
            await self._index_catalog.delete(tenant, branch, seq=seq)


def _remove_unused_models(folder: Path, used: set[str]) -> None:
    """Delete the folders of unused models, or the whole folder if no model is used; recent folders are kept."""
    newest = time.time() - _MIN_AGE_SECONDS
    for path in folder.iterdir() if used else [folder]:
        if path.is_dir() and path.name not in used and path.stat().st_mtime < newest:
            shutil.rmtree(path, ignore_errors=True)


def _remove_index_dir(folder: Path) -> None:
    """Delete a folder under the lock of its index: a child process that is being stopped may still write to it."""
    if folder.is_dir():
        with index_lock(folder, "contents"):
            shutil.rmtree(folder, ignore_errors=True)
