"""Index work in child processes: it takes CPU time, and the memory of a model."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
from cachetools import LRUCache

from bot.agents.rag_management.column_store import Floats
from bot.domain import Tenant
from bot.domain.search import SearchResult
from bot.errors import RemoteError, UserError
from bot.git import GitRepo
from bot.search import update as index_update
from bot.search.embedders import EMBEDDERS
from bot.search.embedders.factory import ActiveEmbedder, open_embedder
from bot.search.index import EmbeddingModel, Index, SearchFilters
from bot.stores.factory import create_index_storage
from bot.text.file_classes import Overrides

SLICE_SECONDS = 25.0
"""Approximate duration of one call of `update`."""


@dataclass(frozen=True, slots=True)
class IndexLocation:
    """Location of a tenant's index, and the configuration of its embedder.

    Args:
        store_url: of the store with the contents.
        folder: local folder for the columns.
        data_dir: folder for files that an embedder creates once and keeps.
        environment: the operator's variables that configure the embedder.
    """

    tenant: Tenant
    store_url: str = field(repr=False)
    folder: Path
    data_dir: Path
    environment: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class UpdateProgress:
    """Progress of an update.

    Args:
        model: the embedding model.
        finished: whether the branch is at its commit.
        done: number of indexed files of the commit.
        files: number of all files of the commit.
        has_other_models: whether the index has entries of other models.
        seconds: duration.
    """

    model: str
    finished: bool
    done: int
    files: int
    has_other_models: bool
    seconds: float


class _SliceExpired(Exception):
    """The time slice of an update is over."""


def update(
    location: IndexLocation,
    mirror: str,
    branch: str,
    commit: str,
    path_filter: Callable[[str], bool],
    files: Overrides,
    seq: int,
) -> UpdateProgress:
    """Update an index to the files of a commit that `path_filter` accepts, as far as one time slice allows.

    Args:
            files: overrides of file classes, from `.github/mas.yml`.
        seq: number of the job; nothing is done if a later job has updated the branch.
    """
    began, counts = time.monotonic(), (0, 0)

    def check_deadline(done: int, of: int) -> None:
        nonlocal counts
        counts = done, of
        if done < of and time.monotonic() - began > SLICE_SECONDS:
            raise _SliceExpired

    name, finished = _current_model(location).name, True
    index = _index(location, name)
    with GitRepo.open(mirror) as repository:
        try:
            index.update(branch, repository, commit, check_deadline, path_filter, seq, files)
            index.view(branch)  # build the columns now, so that the first search does not wait
        except _SliceExpired:
            finished = False
    _trim_memory()
    others = index_update.model_names(index.contents.storage) != {name}
    return UpdateProgress(name, finished, *counts, others, time.monotonic() - began)


def search(
    location: IndexLocation,
    model_name: str,
    branch: str,
    query: str,
    filters: SearchFilters,
    limit: int,
    vector: bytes | None,
) -> tuple[str, list[SearchResult], bytes | None]:
    """Search a branch with the vectors of a model; by words only if the query cannot be embedded.

    Args:
        vector: of the query, if it is known.

    Returns:
        The indexed commit, the results, best first, and the vector of the query.

    Raises:
        NotFoundError: the model has no index of the branch.
    """
    index = _index(location, model_name)
    query_vector = _query_vector(index, query) if vector is None else np.frombuffer(vector, np.float32)
    results = index.search_with_vector(branch, query, query_vector, filters, limit)
    return index.last_searched_commit(branch), results, None if query_vector is None else query_vector.tobytes()


def drop_branch(location: IndexLocation, branch: str, except_model: str = "") -> None:
    """Drop a branch from the indexes of all models but one."""
    storage = create_index_storage(location.store_url, location.tenant)
    for name in index_update.model_names(storage) - {except_model}:
        Index(location.folder, storage, EmbeddingModel(name, 0, None)).drop_branch(branch)


def clear(location: IndexLocation) -> None:
    """Delete the contents of a tenant's index."""
    create_index_storage(location.store_url, location.tenant).clear()


def current_model_name(location: IndexLocation) -> str:
    """Return the name of the configured model, after opening its embedder."""
    current = _current_model(location)
    _trim_memory()
    return current.name


def _current_model(location: IndexLocation) -> EmbeddingModel:
    active = _open_embedder(location.data_dir, tuple(sorted(location.environment.items())))
    return EmbeddingModel.from_embedder(active.embedder, active.embed)


def _trim_memory() -> None:
    """Return the memory that the C library keeps to the system: hundreds of megabytes after a model was built."""
    with suppress(OSError, AttributeError):  # only glibc has malloc_trim
        ctypes.CDLL(None).malloc_trim(0)


_OPEN_STACKS: list[ExitStack] = []
"""Embedders that stay open until the process ends."""
_INDEX_CACHE: LRUCache[tuple[Path, str], Index] = LRUCache(4)
"""The most recently used indexes: opening one with many files takes a while."""


def _index(location: IndexLocation, model_name: str) -> Index:
    if (location.folder, model_name) in _INDEX_CACHE:
        return _INDEX_CACHE[location.folder, model_name]
    model = _model(location, model_name)
    index = Index(location.folder, create_index_storage(location.store_url, location.tenant), model)
    if model.embed is not None or not model.dimensions:  # otherwise try to open the embedder again next time
        _INDEX_CACHE[location.folder, model_name] = index
    return index


def _model(location: IndexLocation, model_name: str) -> EmbeddingModel:
    """Return the model of a name, which may not be the configured one.

    If its embedder cannot be opened, the model has no `embed`, and its index is searched by words.
    """
    embedder = next((each for each in EMBEDDERS if each.model == model_name.rpartition("@")[0]), None)
    if embedder is None:
        return EmbeddingModel(model_name, 0, None)
    try:
        current = _current_model(location)
        if current.name == model_name:
            return current
        environment = {**location.environment, "MAS_EMBEDDER": embedder.name}
        active = _open_embedder(location.data_dir, tuple(sorted(environment.items())))
        return EmbeddingModel(model_name, embedder.dimensions, active.embed)
    except UserError:
        return EmbeddingModel(model_name, embedder.dimensions, None)


def _query_vector(index: Index, query: str) -> Floats | None:
    try:
        return index.embed_query(query)
    except (UserError, RemoteError):  # revoked key or unreachable provider: fall back to lexical search
        return None


@cache
def _open_embedder(data_dir: Path, environment: tuple[tuple[str, str], ...]) -> ActiveEmbedder:
    """Open an embedder once per process; opening takes a while."""
    _OPEN_STACKS.append(stack := ExitStack())
    return stack.enter_context(open_embedder(dict(environment), data_dir))
