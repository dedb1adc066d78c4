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
from bot.domain.search import Found
from bot.errors import RemoteError, UserError
from bot.git import GitRepo
from bot.search import update as index_update
from bot.search.embedders import EMBEDDERS
from bot.search.embedders.choosing import Opened, opened
from bot.search.index import Index, Model, Scope
from bot.stores.factory import shelf_at

SLICE_SECONDS = 25.0
"""How long one call of `update` works on an index, about."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a tenant's index is, and what makes its vectors.

    Args:
        url: of the store.
        folder: for what is made of it on this machine.
        home: for what an embedder makes once and keeps.
        environment: the operator's variables that name the embedder.
    """

    tenant: Tenant
    url: str = field(repr=False)
    folder: Path
    home: Path
    environment: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Progress:
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
    others: bool
    seconds: float


class _Enough(Exception):
    """The slice's time is over."""


def update(desk: Desk, mirror: str, branch: str, commit: str, holds: Callable[[str], bool], number: int) -> Progress:
    """Bring an index to the files of a commit of which `holds` is true, or some way there.

    Args:
        number: of the job: what a later one did stays.
    """
    began, counts = time.monotonic(), (0, 0)

    def enough(done: int, of: int) -> None:
        nonlocal counts
        counts = done, of
        if done < of and time.monotonic() - began > SLICE_SECONDS:
            raise _Enough

    name, finished = _current(desk).name, True
    index = _index(desk, name)
    with GitRepo.open(mirror) as repository:
        try:
            index.update(branch, repository, commit, enough, holds, number)
            index.view(branch)  # else the first who searches would wait for the columns
        except _Enough:
            finished = False
    _give_back()
    others = index_update.models(index.contents.shelf) != {name}
    return Progress(name, finished, *counts, others, time.monotonic() - began)


def search(
    desk: Desk, of: str, branch: str, query: str, scope: Scope, limit: int, vector: bytes | None
) -> tuple[str, list[Found], bytes | None]:
    """What answers a query on a branch, by the vectors of a model, with the commit in which it stands, and the query's
    own vector. Where none is to be had, it is searched by words.

    Args:
        vector: the query's, where it is known.

    Raises:
        Absent: the model has no index of that branch.
    """
    index = _index(desk, of)
    made = _vector(index, query) if vector is None else np.frombuffer(vector, np.float32)
    found = index.find(branch, query, made, scope, limit)
    return index.seen(branch), found, None if made is None else made.tobytes()


def forget(desk: Desk, branch: str, but: str = "") -> None:
    """Drop what is held for a branch alone, by all models but one."""
    shelf = shelf_at(desk.url, desk.tenant)
    for name in index_update.models(shelf) - {but}:
        Index(desk.folder, shelf, Model(name, 0, None)).forget(branch)


def clear(desk: Desk) -> None:
    """Drop all that a tenant's index holds."""
    shelf_at(desk.url, desk.tenant).clear()


def model(desk: Desk) -> str:
    """The name of the model whose vectors are made now; what it takes to make them is there then."""
    current = _current(desk)
    _give_back()
    return current.name


def _current(desk: Desk) -> Model:
    made = _opened(desk.home, tuple(sorted(desk.environment.items())))
    return Model.of(made.embedder, made.embed)


def _give_back() -> None:
    """Let the system have what the C library keeps for later: hundreds of megabytes, after a model was made."""
    with suppress(OSError, AttributeError):  # it is glibc's
        ctypes.CDLL(None).malloc_trim(0)


_OPEN: list[ExitStack] = []
"""What stays open until the process ends."""
_INDEXES: LRUCache[tuple[Path, str], Index] = LRUCache(4)
"""Those that were used last: to take up one with many files takes a while."""


def _index(desk: Desk, of: str) -> Index:
    if (desk.folder, of) in _INDEXES:
        return _INDEXES[desk.folder, of]
    own = _model(desk, of)
    made = Index(desk.folder, shelf_at(desk.url, desk.tenant), own)
    if own.embed is not None or not own.dimensions:  # else it may be opened the next time
        _INDEXES[desk.folder, of] = made
    return made


def _model(desk: Desk, of: str) -> Model:
    """The model of a name, which need not be that of now. What one made that cannot be opened is searched by words."""
    embedder = next((each for each in EMBEDDERS if each.model == of.rpartition("@")[0]), None)
    if embedder is None:
        return Model(of, 0, None)
    try:
        current = _current(desk)
        if current.name == of:
            return current
        asked = {**desk.environment, "MAS_EMBEDDER": embedder.name}
        return Model(of, embedder.dimensions, _opened(desk.home, tuple(sorted(asked.items()))).embed)
    except UserError:
        return Model(of, embedder.dimensions, None)


def _vector(index: Index, query: str) -> Floats | None:
    try:
        return index.vector(query)
    except (UserError, RemoteError):  # a key that was revoked, or a provider that is away: words are there
        return None


@cache
def _opened(home: Path, environment: tuple[tuple[str, str], ...]) -> Opened:
    """Opened once in a process: it takes a while."""
    _OPEN.append(stack := ExitStack())
    return stack.enter_context(opened(dict(environment), home))
