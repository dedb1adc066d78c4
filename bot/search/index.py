"""A repository's index: brought to a commit, and searched.

shelf      where what it knows is kept
contents   what it holds
changing   how a new commit changes that
segments   the same as columns, mapped into memory
child      what child processes do with it
"""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.agents.rag_management.answering import cite
from bot.agents.rag_management.column_store import Array, Floats
from bot.agents.rag_management.files import reading
from bot.agents.rag_management.query import Query
from bot.agents.rag_management.ranking import rank
from bot.agents.rag_management.snapshot import View
from bot.domain import Tree
from bot.domain.search import Found, Kind
from bot.errors import Absent, RemoteError
from bot.formats import FORMATS
from bot.git import GitRepo
from bot.languages import LANGUAGES
from bot.ports import Shelf
from bot.search import update
from bot.search.contents import Contents, Gone, Head, Model
from bot.search.segments import Segments
from bot.search.update import Files
from bot.text.globs import path_glob

__all__ = ["EVERYTHING", "Index", "Model", "Scope", "Shelf", "alone", "searched"]


@dataclass(frozen=True, slots=True)
class Scope:
    """What of a repository is searched: files of some kinds, and of paths that match one of some patterns."""

    kinds: frozenset[Kind] = frozenset()
    paths: tuple[str, ...] = ()


EVERYTHING = Scope()

_TRIES = 5
"""How often what is searched may be moved by another process before we give up."""


def searched(tree: Tree, holds: Callable[[str], bool] = lambda path: True) -> Files:
    """The files of a tree that are searched, of paths that `holds` is true of."""
    wanted = ((path, blob) for path, blob in tree.items() if holds(path))
    found = ((path, blob, reading(path, blob, LANGUAGES, FORMATS)) for path, blob in wanted)
    return {path: (how, blob) for path, blob, how in found if how is not None}


class Index:
    """The index of a repository for one model.

    Args:
        folder: where the columns lie, on this machine; of this repository and no other, and made when first written
            to.
        shelf: where the contents are kept, perhaps for several machines.
    """

    def __init__(self, folder: Path, shelf: Shelf, model: Model) -> None:
        self._folder, self._model = folder, model
        self.contents = Contents(shelf, model)
        self._segments = Segments(folder, self.contents)
        self._views: dict[str, tuple[Head, View]] = {}

    def update(
        self,
        branch: str,
        repository: GitRepo,
        commit: str,
        progress: Callable[[int, int], None] = lambda done, of: None,
        holds: Callable[[str], bool] = lambda path: True,
        number: int | None = None,
    ) -> None:
        """Bring a branch to a commit of a repository; what is indexed already is not looked at again.

        Args:
            holds: of which paths.
            number: of the job: what a later one did stays.
            progress: told how many of the commit's files are done.
        """
        with alone(self._folder, "contents"):
            files = searched(repository.tree(commit), holds)
            update.move(self.contents, branch, commit, files, number, repository.read_ahead, progress)

    def prune(self, most: int) -> None:
        """Hold no more than so many branches: those that were indexed last."""
        heads = self.contents.heads()
        for branch in sorted(heads, key=lambda name: heads[name].number)[: max(0, len(heads) - most)]:
            self.forget(branch)

    def forget(self, branch: str) -> None:
        """Hold a branch no longer; with the last one everything goes."""
        with alone(self._folder, "contents"):
            update.forget(self.contents, branch)
            self._views.pop(branch, None)
            if not self.contents.heads():
                with alone(self._folder, "columns"):
                    self._segments.remove()

    def view(self, branch: str) -> View:
        """A branch as it is indexed.

        Raises:
            Absent: it is not.
            RemoteError: other processes move it again and again.
        """
        for _ in range(_TRIES):
            head, known = self.contents.head(branch), self._views.get(branch)
            if head is None:
                raise Absent(f"{branch} is not indexed.", transient=False)
            if known is not None and known[0] is head:
                return known[1]
            try:
                with alone(self._folder, "columns"):
                    heads = self.contents.heads()
                    held = {key for each in heads.values() for key in each.files.values()}
                    parts = self._segments.bring(held.union(head.files.values()))
            except Gone:
                continue
            kept = {name: view for name, view in self._views.items() if name in heads}  # the others hold files open
            self._views = {**kept, branch: (head, View(parts, head.files))}
        raise RemoteError(f"The index of {branch} is moved again and again.")

    def seen(self, branch: str) -> str:
        """The commit at which a branch was when it was searched last here."""
        return self._views[branch][0].commit

    def vector(self, text: str) -> Floats | None:
        """What the model makes of a query; None where it is searched by words alone."""
        return self._model.embed([text])[0] if self._model.embed is not None else None

    def search(self, branch: str, text: str, scope: Scope = EVERYTHING, limit: int = 10) -> list[Found]:
        """The sections and symbols of a branch that answer a query best. Raises as `find` does."""
        return self.find(branch, text, self.vector(text), scope, limit)

    def find(self, branch: str, text: str, vector: Floats | None, scope: Scope, limit: int) -> list[Found]:
        """The same, where the query's vector is known.

        Args:
            vector: without it words alone are searched.

        Raises:
            Absent, RemoteError: as `view` does.
        """
        query = Query(text)
        for _ in range(_TRIES):
            view = self.view(branch)
            hits = rank(view, query, vector, _wanted(view, scope), limit)
            try:
                chunks = self.contents.chunks(sorted({hit.key for hit in hits}))
            except Gone:
                continue
            return [cite(hit, chunks[hit.key]) for hit in hits]
        raise RemoteError(f"The index of {branch} is moved again and again.")


@contextmanager
def alone(folder: Path, part: str) -> Iterator[None]:
    """No other process of this machine changes that part of the index in a folder meanwhile."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / f"{part}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _wanted(view: View, scope: Scope) -> Array | None:
    if not scope.kinds and not scope.paths:
        return None
    kinds = np.isin(view.kinds, sorted(scope.kinds)) if scope.kinds else np.ones(len(view.paths), bool)
    if not scope.paths:
        return kinds
    globs = [path_glob(pattern) for pattern in scope.paths]
    return np.asarray(kinds & np.array([any(glob.fullmatch(path) for glob in globs) for path in view.paths], bool))
