"""The indexes of a bot: when all is forgotten meanwhile, when jobs overlap, when a step runs twice."""

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
from tests.contracts.test_index import Embedding
from tests.repositories import commit, repository

OURS = Tenant(1, 10)
SAMPLE = Repository(OURS, "octo", "sample", "main")


class Mirrored:
    """A mirror that is there; `meanwhile` happens while what is indexed of it is brought."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.runner = SimpleNamespace(runs=SimpleNamespace(record=self._record))
        self.meanwhile: Callable[[], Awaitable[object]] | None = None

    def path_of(self, _tenant: Tenant) -> Path:
        return self.path

    async def fetch_searchable(self, *_: object) -> None:
        if self.meanwhile is not None:
            await self.meanwhile()

    async def _record(self, *_: object, ok: bool) -> None:
        assert ok


class Scene:
    """A store, a mirror with one commit, and the bot's indexes."""

    def __init__(self, folder: Path, pool: CpuPool) -> None:
        url = f"sqlite:///{folder / 'mas.db'}"
        self.store: ManagedStore = factory.create_store(url)
        self.shelf: IndexStorage = factory.create_index_storage(url, OURS)
        self.folder = folder / "index" / "1" / "10"
        self.mirror = Mirrored(repository(folder / "sample"))
        self.head = commit(self.mirror.path, {"docs/guide.md": "# Guide\n\nHello.\n"})
        indexes = SearchService(self.store.index_catalog, url, folder, {"MAS_EMBEDDER": "none"}, pool, MemoryCache())
        self.knowledge = IndexingService(indexes, cast(Mirrors, self.mirror))

    async def update(self, seq: int, branch: str = "main") -> bool | None:
        return await self.knowledge.update(SAMPLE, branch, self.head, any_path, seq=seq)

    async def branches(self) -> list[IndexStatus]:
        return await self.store.index_catalog.list_for_tenant(OURS)

    def left_by_another_model(self) -> None:
        """What a bot with another embedder kept of the branch."""
        other = Index(self.folder, self.shelf, EmbeddingModel("other@1", 8, Embedding()))
        update.update_branch(
            other.contents, "main", self.head, indexable_files({"docs/guide.md": Blob.of("# Guide\n\nHello.\n")})
        )

    def kept(self) -> set[str]:
        return {name for kind in ("stamp", "head", "begun", "digests", "chunks", "vector") for name in self.names(kind)}

    def names(self, kind: str) -> set[str]:
        return self.shelf.list_names(f"{kind}/")


def any_path(_path: str) -> bool:
    return True


@pytest.fixture(scope="module")
def pool() -> Iterator[CpuPool]:
    children = CpuPool(1)
    yield children
    children.close()


@pytest.fixture
async def scene(tmp_path: Path, pool: CpuPool) -> AsyncIterator[Scene]:
    made = Scene(tmp_path, pool)
    await made.store.open()
    yield made
    await made.store.close()


async def test_what_is_purged_while_its_index_is_made_stays_away(scene: Scene) -> None:
    async def purge() -> None:
        await scene.store.purge(OURS)

    assert await scene.update(1)
    scene.mirror.meanwhile = purge

    assert await scene.update(2) is None
    assert await scene.branches() == []
    assert scene.kept() == set()
    assert not scene.folder.exists()


async def test_a_branch_that_is_forgotten_while_its_index_is_made_stays_away_and_the_others_stay(scene: Scene) -> None:
    async def forget() -> None:
        await scene.knowledge.delete_branch(OURS, "next", seq=3)

    assert await scene.update(1)
    scene.mirror.meanwhile = forget

    assert await scene.update(2, "next") is None
    assert [each.branch for each in await scene.branches()] == ["main"]
    assert {name.rpartition("/")[2] for name in scene.names("head")} == {"main"}


async def test_what_a_later_job_did_stands(scene: Scene) -> None:
    assert await scene.update(5)
    (before,) = await scene.branches()

    assert await scene.update(4) is None
    assert await scene.branches() == [before]


async def test_the_end_of_an_update_that_was_killed_is_done_by_the_step_that_runs_again(scene: Scene) -> None:
    assert await scene.update(1)
    scene.left_by_another_model()  # as by one that was killed when the new model's was on record

    assert await scene.update(1)
    assert {name.split("/")[1] for name in scene.kept()} == {"words@1"}


async def test_a_forgetting_that_was_killed_is_done_by_the_step_that_runs_again(scene: Scene) -> None:
    assert await scene.update(1)
    scene.left_by_another_model()
    drop = scene.store.index_catalog.delete

    async def killed(*_: Any, **__: Any) -> bool:
        raise KeyboardInterrupt

    scene.store.index_catalog.delete = killed  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        await scene.knowledge.delete_branch(OURS, "main", seq=2)
    assert await scene.knowledge.search(OURS, "main", "Hello") is None
    scene.store.index_catalog.delete = drop  # type: ignore[method-assign]

    await scene.knowledge.delete_branch(OURS, "main", seq=2)
    assert await scene.branches() == []
    assert scene.kept() == set()


async def test_folders_of_models_and_tenants_that_are_no_more_are_swept(scene: Scene) -> None:
    assert await scene.update(1)
    old, stranger = scene.folder / "other@1-1.1", scene.folder.parent / "11"
    new = scene.folder / "other@2-1.1"
    for folder in (old, stranger, new):
        folder.mkdir()
    for folder in (old, stranger):
        os.utime(folder, (0, 0))

    await scene.knowledge._search_service.sweep()

    assert not old.exists()
    assert not stranger.exists()
    assert new.exists()  # it may just be made
    assert (await scene.knowledge.search(OURS, "main", "Hello") or ("", []))[1]
