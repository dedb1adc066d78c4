"""What is done with indexes in a child process: they hold the processor for long, and the memory of a model."""

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
"""How long one call of `update` works on an index, about."""


@dataclass(frozen=True, slots=True)
class IndexLocation:
    """Where a tenant's index is, and what makes its vectors.

    Args:
        url: of the store.
        folder: for what is made of it on this machine.
        home: for what an embedder makes once and keeps.
        environment: the operator's variables that name the embedder.
    """

    tenant: Tenant
    store_url: str = field(repr=False)
    folder: Path
    data_dir: Path
    environment: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class UpdateProgress:
    """How far an update came.

    Args:
        model: whose vectors were made.
        finished: whether the branch is at its commit.
        done: of `files` of the commit, how many are.
        others: whether there is something of other models.
        seconds: how long it took.
    """

    model: str
    finished: bool
    done: int
    files: int
    has_other_models: bool
    seconds: float


class _SliceExpired(Exception):
    """The slice's time is over."""


def update(
    location: IndexLocation,
    mirror: str,
    branch: str,
    commit: str,
    path_filter: Callable[[str], bool],
    files: Overrides,
    seq: int,
) -> UpdateProgress:
    """Bring an index to the files of a commit of which `holds` is true, or some way there.

    Args:
        files: overrides of file classes, from `.github/mas.yml`.
        number: of the job: what a later one did stays.
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
            index.view(branch)  # else the first who searches would wait for the columns
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
    """What answers a query on a branch, by the vectors of a model, with the commit in which it stands, and the query's
    own vector. Where none is to be had, it is searched by words.

    Args:
        vector: the query's, where it is known.

    Raises:
        Absent: the model has no index of that branch.
    """
    index = _index(location, model_name)
    made = _query_vector(index, query) if vector is None else np.frombuffer(vector, np.float32)
    found = index.search_with_vector(branch, query, made, filters, limit)
    return index.last_searched_commit(branch), found, None if made is None else made.tobytes()


def drop_branch(location: IndexLocation, branch: str, except_model: str = "") -> None:
    """Drop what is held for a branch alone, by all models but one."""
    shelf = create_index_storage(location.store_url, location.tenant)
    for name in index_update.model_names(shelf) - {except_model}:
        Index(location.folder, shelf, EmbeddingModel(name, 0, None)).drop_branch(branch)


def clear(location: IndexLocation) -> None:
    """Drop all that a tenant's index holds."""
    create_index_storage(location.store_url, location.tenant).clear()


def current_model_name(location: IndexLocation) -> str:
    """The name of the model whose vectors are made now; what it takes to make them is there then."""
    current = _current_model(location)
    _trim_memory()
    return current.name


def _current_model(location: IndexLocation) -> EmbeddingModel:
    made = _open_embedder(location.data_dir, tuple(sorted(location.environment.items())))
    return EmbeddingModel.from_embedder(made.embedder, made.embed)


def _trim_memory() -> None:
    """Let the system have what the C library keeps for later: hundreds of megabytes, after a model was made."""
    with suppress(OSError, AttributeError):  # it is glibc's
        ctypes.CDLL(None).malloc_trim(0)


_OPEN_STACKS: list[ExitStack] = []
"""What stays open until the process ends."""
_INDEX_CACHE: LRUCache[tuple[Path, str], Index] = LRUCache(4)
"""Those that were used last: to take up one with many files takes a while."""


def _index(location: IndexLocation, model_name: str) -> Index:
    if (location.folder, model_name) in _INDEX_CACHE:
        return _INDEX_CACHE[location.folder, model_name]
    own = _model(location, model_name)
    made = Index(location.folder, create_index_storage(location.store_url, location.tenant), own)
    if own.embed is not None or not own.dimensions:  # else it may be opened the next time
        _INDEX_CACHE[location.folder, model_name] = made
    return made


def _model(location: IndexLocation, model_name: str) -> EmbeddingModel:
    """The model of a name, which need not be that of now. What one made that cannot be opened is searched by words."""
    embedder = next((each for each in EMBEDDERS if each.model == model_name.rpartition("@")[0]), None)
    if embedder is None:
        return EmbeddingModel(model_name, 0, None)
    try:
        current = _current_model(location)
        if current.name == model_name:
            return current
        asked = {**location.environment, "MAS_EMBEDDER": embedder.name}
        return EmbeddingModel(
            model_name, embedder.dimensions, _open_embedder(location.data_dir, tuple(sorted(asked.items()))).embed
        )
    except UserError:
        return EmbeddingModel(model_name, embedder.dimensions, None)


def _query_vector(index: Index, query: str) -> Floats | None:
    try:
        return index.embed_query(query)
    except (UserError, RemoteError):  # a key that was revoked, or a provider that is away: words are there
        return None


@cache
def _open_embedder(data_dir: Path, environment: tuple[tuple[str, str], ...]) -> ActiveEmbedder:
    """Opened once in a process: it takes a while."""
    _OPEN_STACKS.append(stack := ExitStack())
    return stack.enter_context(open_embedder(dict(environment), data_dir))
