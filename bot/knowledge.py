"""The indexes of the repositories that the App works on: brought to new commits, and searched, in child processes.

An index lies in a folder under the tenant's numbers, beside the mirrors; like them it can be made anew at any time.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path

from bot.agents.rag_management.answering import Found
from bot.agents.rag_management.chunk import Kind
from bot.children import CpuPool
from bot.domain import Repository, Tenant
from bot.embedders.choosing import Opened, opened
from bot.gitrepo import GitRepo
from bot.index import WORDS, Index, Model, Scope, SqliteShelf
from bot.mirrors import Mirrors

SLICE_SECONDS = 25.0
"""How long one call of `update` works on an index, about."""

_ABOUT = "about.json"


@dataclass(frozen=True, slots=True)
class Indexed:
    """A branch whose index can be searched; `at` is when it was brought there, in seconds since 1970."""

    tenant: Tenant
    name: str
    branch: str
    commit: str
    at: float


@dataclass(frozen=True, slots=True)
class Desk:
    """Where an index lies and what makes its vectors, for a child process."""

    folder: Path
    home: Path
    environment: Mapping[str, str]


class _Enough(Exception):
    """The slice's time is over."""


class Indexes:
    """All indexes; see `bot.ports.Knowledge`.

    Args:
        folder: holds them.
        home: for what the embedder makes once and keeps.
        environment: the operator's variables that name the embedder.
        mirrors: where the repositories are.
        pool: makes them, and searches them.
    """

    def __init__(
        self, folder: Path, home: Path, environment: Mapping[str, str], mirrors: Mirrors, pool: CpuPool
    ) -> None:
        self._folder, self._home, self._environment = folder, home, dict(environment)
        self._mirrors, self._pool = mirrors, pool

    async def update(self, repository: Repository, branch: str, commit: str) -> bool:
        """See `Knowledge.update`. A kill, or the end of the slice, costs no finished batch."""
        await self._mirrors.bring_searched(repository, commit)
        mirror = str(self._mirrors.of(repository.tenant))
        desk = self._desk(repository.tenant)
        done, seconds = await self._pool.run(_update, desk, mirror, branch, commit)
        await self._mirrors.runs.record({"rag_management": seconds}, ok=True)
        if done:
            name = f"{repository.owner}/{repository.name}"
            told = Indexed(repository.tenant, name, branch, commit, time.time())
            await asyncio.to_thread(self._tell, desk.folder, told)
        return done

    async def search(
        self, tenant: Tenant, branch: str, query: str, limit: int = 10, kinds: frozenset[Kind] = frozenset()
    ) -> tuple[str, Sequence[Found]] | None:
        """See `Knowledge.search`."""
        desk = self._desk(tenant)
        told = await asyncio.to_thread(_told, desk.folder / _ABOUT)
        known = next((each for each in told if each.branch == branch), None)
        if known is None:
            return None
        found = await self._pool.run(_search, desk, branch, query, Scope(kinds), limit)
        return known.commit, found

    async def known(self) -> list[Indexed]:
        """All branches that can be searched, the newest first."""
        return await asyncio.to_thread(self._known)

    async def remove(self, tenant: Tenant) -> None:
        """Delete a tenant's index, if there is one."""
        await asyncio.to_thread(shutil.rmtree, self._of(tenant), ignore_errors=True)

    def _known(self) -> list[Indexed]:
        found = [each for file in self._folder.glob(f"*/*/{_ABOUT}") for each in _told(file)]
        return sorted(found, key=lambda each: -each.at)

    def _tell(self, folder: Path, new: Indexed) -> None:
        file = folder / _ABOUT
        others = [each for each in _told(file) if each.branch != new.branch]
        spare = file.with_suffix(".new")
        spare.write_text(json.dumps([asdict(each) for each in (new, *others)]))
        spare.replace(file)

    def _of(self, tenant: Tenant) -> Path:
        return self._folder / str(tenant.installation_id) / str(tenant.repository_id)

    def _desk(self, tenant: Tenant) -> Desk:
        return Desk(self._of(tenant), self._home, self._environment)


def _told(file: Path) -> list[Indexed]:
    """The branches that a tenant's file names; none where there is none."""
    if not file.exists():
        return []
    said = [Indexed(**each) for each in json.loads(file.read_text())]
    return [replace(each, tenant=Tenant(**each.tenant)) for each in said]  # type: ignore[arg-type]


# ------------------------------------------------------------------ in a child process


def _update(desk: Desk, mirror: str, branch: str, commit: str) -> tuple[bool, float]:
    """Bring an index to a commit; whether that is done, and how many seconds it took."""
    began = time.monotonic()

    def enough(done: int, of: int) -> None:
        if done < of and time.monotonic() - began > SLICE_SECONDS:
            raise _Enough

    with GitRepo.open(mirror) as repository, _index(desk) as index:
        try:
            index.update(branch, repository, commit, enough)
        except _Enough:
            return False, time.monotonic() - began
        index.view(branch)  # else the first who searches would wait for the columns
    return True, time.monotonic() - began


def _search(desk: Desk, branch: str, query: str, scope: Scope, limit: int) -> list[Found]:
    with _index(desk) as index:
        return index.search(branch, query, scope, limit)


@contextmanager
def _index(desk: Desk) -> Iterator[Index]:
    maker = _embedder(desk.home, tuple(sorted(desk.environment.items())))
    own = maker.embedder
    model = Model(own.model, own.dimensions, maker.embed) if own is not None else WORDS
    with SqliteShelf(desk.folder / "shelf.db") as shelf:
        yield Index(desk.folder, shelf, model)


@cache
def _embedder(home: Path, environment: tuple[tuple[str, str], ...]) -> Opened:
    """Opened once in a process: it takes a while. It ends with the process."""
    _OPEN.append(stack := ExitStack())
    return stack.enter_context(opened(dict(environment), home))


_OPEN: list[ExitStack] = []
