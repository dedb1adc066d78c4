"""The search service: deletions during an update, overlapping jobs, and steps that run twice."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.cache.memory import MemoryCache
from bot.domain import Blob, IndexStatus, Repository, Tenant
from bot.process_pool import CpuPool
from bot.repositories.mirrors import Mirrors
from bot.search import update
from bot.search.index import EmbeddingModel, Index, IndexStorage, indexable_files
from bot.search.service import IndexingService, SearchService
from bot.stores import factory
from bot.stores.factory import ManagedStore
from tests.contracts.test_index import FakeEmbedding
from tests.repositories import commit, repository

OURS = Tenant(1, 10)
SAMPLE = Repository(OURS, "octo", "sample", "main")


class Mirrored:
    """A fetched mirror; `during_fetch` is called while the files to index are fetched."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.runner = SimpleNamespace(runs=SimpleNamespace(record=self._record))
        self.during_fetch: Callable[[], Awaitable[object]] | None = None

    def path_of(self, _tenant: Tenant) -> Path:
        return self.path

    async def fetch_searchable(self, *_: object) -> None:
        if self.during_fetch is not None:
            await self.during_fetch()

    async def _record(self, *_: object, ok: bool) -> None:
        assert ok


class Scene:
    """A store, a mirror with one commit, and the indexing service."""

    def __init__(self, folder: Path, pool: CpuPool) -> None:
        url = f"sqlite:///{folder / 'mas.db'}"
        self.store: ManagedStore = factory.create_store(url)
        self.storage: IndexStorage = factory.create_index_storage(url, OURS)
        self.folder = folder / "index" / "1" / "10"
        self.mirror = Mirrored(repository(folder / "sample"))
        self.head = commit(self.mirror.path, {"docs/guide.md": "# Guide\n\nHello.\n"})
        search = SearchService(self.store.index_catalog, url, folder, {"MAS_EMBEDDER": "none"}, pool, MemoryCache())
        self.service = IndexingService(search, cast(Mirrors, self.mirror))

    async def update(self, seq: int, branch: str = "main") -> bool | None:
        return await self.service.update(SAMPLE, branch, self.head, any_path, seq=seq)

    async def branches(self) -> list[IndexStatus]:
        return await self.store.index_catalog.list_for_tenant(OURS)

    def add_index_of_another_model(self) -> None:
        """Index the branch like a bot with another embedder."""
        other = Index(self.folder, self.storage, EmbeddingModel("other@1", 8, FakeEmbedding()))
        update.update_branch(
            other.contents, "main", self.head, indexable_files({"docs/guide.md": Blob.of("# Guide\n\nHello.\n")})
        )

    def entries(self) -> set[str]:
        return {name for kind in ("stamp", "head", "begun", "digests", "chunks", "vector") for name in self.names(kind)}

    def names(self, kind: str) -> set[str]:
        return self.storage.list_names(f"{kind}/")


def any_path(_path: str) -> bool:
    return True


@pytest.fixture(scope="module")
def pool() -> Iterator[CpuPool]:
    children = CpuPool(1)
    yield children
    children.close()


@pytest.fixture
async def scene(tmp_path: Path, pool: CpuPool) -> AsyncIterator[Scene]:
    scene = Scene(tmp_path, pool)
    await scene.store.open()
    yield scene
    await scene.store.close()


async def test_a_tenant_purged_during_an_update_stays_deleted(scene: Scene) -> None:
    async def purge() -> None:
        await scene.store.purge(OURS)

    assert await scene.update(1)
    scene.mirror.during_fetch = purge

    assert await scene.update(2) is None
    assert await scene.branches() == []
    assert scene.entries() == set()
    assert not scene.folder.exists()


async def test_a_branch_deleted_during_an_update_stays_deleted_and_other_branches_stay(scene: Scene) -> None:
    async def delete() -> None:
        await scene.service.delete_branch(OURS, "next", seq=3)

    assert await scene.update(1)
    scene.mirror.during_fetch = delete

    assert await scene.update(2, "next") is None
    assert [each.branch for each in await scene.branches()] == ["main"]
    assert {name.rpartition("/")[2] for name in scene.names("head")} == {"main"}


async def test_an_earlier_job_does_not_overwrite_a_later_one(scene: Scene) -> None:
    assert await scene.update(5)
    (before,) = await scene.branches()

    assert await scene.update(4) is None
    assert await scene.branches() == [before]


async def test_a_step_that_runs_again_finishes_a_killed_update(scene: Scene) -> None:
    assert await scene.update(1)
    scene.add_index_of_another_model()  # as if the update was killed after it recorded the new model

    assert await scene.update(1)
    assert {name.split("/")[1] for name in scene.entries()} == {"words@1"}


async def test_a_step_that_runs_again_finishes_a_killed_deletion(scene: Scene) -> None:
    assert await scene.update(1)
    scene.add_index_of_another_model()
    drop = scene.store.index_catalog.delete

    async def killed(*_: Any, **__: Any) -> bool:
        raise KeyboardInterrupt

    scene.store.index_catalog.delete = killed  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        await scene.service.delete_branch(OURS, "main", seq=2)
    assert await scene.service.search(OURS, "main", "Hello") is None
    scene.store.index_catalog.delete = drop  # type: ignore[method-assign]

    await scene.service.delete_branch(OURS, "main", seq=2)
    assert await scene.branches() == []
    assert scene.entries() == set()


async def test_folders_of_unknown_models_and_tenants_are_swept(scene: Scene) -> None:
    assert await scene.update(1)
    old, unknown_tenant = scene.folder / "other@1-1.1", scene.folder.parent / "11"
    new = scene.folder / "other@2-1.1"
    for folder in (old, unknown_tenant, new):
        folder.mkdir()
    for folder in (old, unknown_tenant):
        os.utime(folder, (0, 0))

    await scene.service._search_service.sweep()

    assert not old.exists()
    assert not unknown_tenant.exists()
    assert new.exists()  # it may be in progress
    assert (await scene.service.search(OURS, "main", "Hello") or ("", []))[1]
