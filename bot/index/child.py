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

from bot.agents.rag_management.answering import Found
from bot.domain import Tenant
from bot.embedders import EMBEDDERS, Embedder
from bot.embedders.choosing import Opened, opened
from bot.errors import UserError
from bot.gitrepo import GitRepo
from bot.index import Index, Model, Scope
from bot.stores.place import shelf_at

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
    """How far an update came: the files of the commit that are done, all of them, and the seconds that it took."""

    model: str
    finished: bool
    done: int
    files: int
    seconds: float


class _Enough(Exception):
    """The slice's time is over."""


def update(desk: Desk, mirror: str, branch: str, commit: str, holds: Callable[[str], bool]) -> Progress:
    """Bring an index to the files of a commit of which `holds` is true, or some way there."""
    began, counts = time.monotonic(), (0, 0)

    def enough(done: int, of: int) -> None:
        nonlocal counts
        counts = done, of
        if done < of and time.monotonic() - began > SLICE_SECONDS:
            raise _Enough

    index, finished = _index(desk, _current(desk)), True
    with GitRepo.open(mirror) as repository:
        try:
            index.update(branch, repository, commit, enough, holds)
            index.view(branch)  # else the first who searches would wait for the columns
        except _Enough:
            finished = False
    _give_back()
    return Progress(_current(desk), finished, *counts, time.monotonic() - began)


def search(
    desk: Desk, of: str, branch: str, query: str, scope: Scope, limit: int, vector: bytes | None
) -> tuple[str, list[Found], bytes | None]:
    """What answers a query on a branch, by the vectors of a model, with the commit in which it stands, and the query's
    own vector.

    Args:
        vector: the query's, where it is known.
    """
    index = _index(desk, of)
    made = index.vector(query) if vector is None else np.frombuffer(vector, np.float32)
    found = index.search(branch, query, scope, limit, made)
    return index.seen(branch), found, None if made is None else made.tobytes()


def forget(desk: Desk, of: str, branch: str) -> None:
    """Drop what a model's index holds for a branch alone."""
    _index(desk, of).forget(branch)


def model(desk: Desk) -> str:
    """The name of the model whose vectors are made now; what it takes to make them is there then."""
    name = _current(desk)
    _give_back()
    return name


def _current(desk: Desk) -> str:
    return Model.of(_embedder(desk).embedder, None).name


def _give_back() -> None:
    """Let the system have what the C library keeps for later: hundreds of megabytes, after a model was made."""
    with suppress(OSError, AttributeError):  # it is glibc's
        ctypes.CDLL(None).malloc_trim(0)


_OPEN: list[ExitStack] = []
"""What stays open until the process ends."""
_INDEXES: LRUCache[tuple[Path, str], Index] = LRUCache(4)
"""Those that were used last: to take up one with many files takes a while."""


def _index(desk: Desk, of: str) -> Index:
    if (desk.folder, of) not in _INDEXES:
        _INDEXES[desk.folder, of] = Index(desk.folder, shelf_at(desk.url, desk.tenant), _model(desk, of))
    return _INDEXES[desk.folder, of]


def _model(desk: Desk, of: str) -> Model:
    """The model of a name. Where it is another than the operator asks for now, and cannot be opened any more, what it
    made is searched by words."""
    current = _embedder(desk)
    if Model.of(current.embedder, None).name == of:
        return Model.of(current.embedder, current.embed)
    embedder = next((each for each in EMBEDDERS if each.model == of.rpartition("@")[0]), None)
    if embedder is None:
        return Model(of, 0, None)
    return Model(of, embedder.dimensions, _former(desk, embedder).embed)


def _former(desk: Desk, embedder: Embedder) -> Opened:
    try:
        return _opened(desk.home, tuple(sorted({**desk.environment, "MAS_EMBEDDER": embedder.name}.items())))
    except UserError:
        return Opened()


def _embedder(desk: Desk) -> Opened:
    return _opened(desk.home, tuple(sorted(desk.environment.items())))


@cache
def _opened(home: Path, environment: tuple[tuple[str, str], ...]) -> Opened:
    """Opened once in a process: it takes a while."""
    _OPEN.append(stack := ExitStack())
    return stack.enter_context(opened(dict(environment), home))
