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
from bot.agents.rag_management.files import MAX_FILE_BYTES, chunker_for
from bot.agents.rag_management.query import Query
from bot.agents.rag_management.ranking import rank
from bot.agents.rag_management.snapshot import Snapshot
from bot.domain import Tree
from bot.domain.search import ContentKind, SearchResult
from bot.errors import NotFoundError, RemoteError
from bot.formats import FORMATS
from bot.formats.living import format_of
from bot.git import GitRepo
from bot.languages import LANGUAGES
from bot.ports import IndexStorage
from bot.search import update
from bot.search.contents import BranchHead, EmbeddingModel, IndexContents, StaleIndexError
from bot.search.segments import Segments
from bot.search.update import IndexableFiles
from bot.text.file_classes import NO_OVERRIDES, FileClasses, Overrides
from bot.text.globs import path_glob

__all__ = ["NO_FILTERS", "EmbeddingModel", "Index", "IndexStorage", "SearchFilters", "index_lock", "indexable_files"]


@dataclass(frozen=True, slots=True)
class SearchFilters:
    """What of a repository is searched: files of some kinds, and of paths that match one of some patterns."""

    kinds: frozenset[ContentKind] = frozenset()
    paths: tuple[str, ...] = ()


NO_FILTERS = SearchFilters()

_MAX_ATTEMPTS = 5
"""How often what is searched may be moved by another process before we give up."""


def indexable_files(
    tree: Tree, path_filter: Callable[[str], bool] = lambda path: True, files: Overrides = NO_OVERRIDES
) -> IndexableFiles:
    """The files of a tree that are searched, of paths that `holds` is true of.

    Args:
        files: overrides of file classes, from `.github/mas.yml`.
    """
    classes = FileClasses(tree, files)
    found = {}
    for path, blob in tree.items():
        if not path_filter(path):
            continue
        # The index reads all documents anyway, but only the changed code: classify code without its content.
        is_document = format_of(path, FORMATS) is not None
        classification = classes.of(path) if is_document and blob.size <= MAX_FILE_BYTES else classes.by_path(path)
        how = chunker_for(path, blob, classification.file_class, LANGUAGES, FORMATS)
        if how is not None:
            found[path] = (how, blob)
    return found


class Index:
    """The index of a repository for one model.

    Args:
        folder: where the columns lie, on this machine; of this repository and no other, and made when first written
            to.
        shelf: where the contents are kept, perhaps for several machines.
    """

    def __init__(self, folder: Path, storage: IndexStorage, model: EmbeddingModel) -> None:
        self._folder, self._model = folder, model
        self.contents = IndexContents(storage, model)
        self._segments = Segments(folder, self.contents)
        self._views: dict[str, tuple[BranchHead, Snapshot]] = {}

    def update(
        self,
        branch: str,
        repository: GitRepo,
        commit: str,
        progress: Callable[[int, int], None] = lambda done, of: None,
        path_filter: Callable[[str], bool] = lambda path: True,
        seq: int | None = None,
        files: Overrides = NO_OVERRIDES,
    ) -> None:
        """Bring a branch to a commit of a repository; what is indexed already is not looked at again.

        Args:
            holds: of which paths.
            number: of the job: what a later one did stays.
            files: overrides of file classes, from `.github/mas.yml`.
            progress: told how many of the commit's files are done.
        """
        with index_lock(self._folder, "contents"):
            wanted = indexable_files(repository.tree(commit), path_filter, files)
            update.update_branch(self.contents, branch, commit, wanted, seq, repository.prefetch, progress)

    def prune(self, max_branches: int) -> None:
        """Hold no more than so many branches: those that were indexed last."""
        heads = self.contents.heads()
        for branch in sorted(heads, key=lambda name: heads[name].number)[: max(0, len(heads) - max_branches)]:
            self.drop_branch(branch)

    def drop_branch(self, branch: str) -> None:
        """Hold a branch no longer; with the last one everything goes."""
        with index_lock(self._folder, "contents"):
            update.drop_branch(self.contents, branch)
            self._views.pop(branch, None)
            if not self.contents.heads():
                with index_lock(self._folder, "columns"):
                    self._segments.remove()

    def view(self, branch: str) -> Snapshot:
        """A branch as it is indexed.

        Raises:
            Absent: it is not.
            RemoteError: other processes move it again and again.
        """
        for _ in range(_MAX_ATTEMPTS):
            head, known = self.contents.head(branch), self._views.get(branch)
            if head is None:
                raise NotFoundError(f"{branch} is not indexed.", transient=False)
            if known is not None and known[0] is head:
                return known[1]
            try:
                with index_lock(self._folder, "columns"):
                    heads = self.contents.heads()
                    held = {key for each in heads.values() for key in each.files.values()}
                    parts = self._segments.sync(held.union(head.files.values()))
            except StaleIndexError:
                continue
            kept = {name: view for name, view in self._views.items() if name in heads}  # the others hold files open
            self._views = {**kept, branch: (head, Snapshot(parts, head.files))}
        raise RemoteError(f"The index of {branch} is moved again and again.")

    def last_searched_commit(self, branch: str) -> str:
        """The commit at which a branch was when it was searched last here."""
        return self._views[branch][0].commit

    def embed_query(self, text: str) -> Floats | None:
        """What the model makes of a query; None where it is searched by words alone."""
        return self._model.embed([text])[0] if self._model.embed is not None else None

    def search(
        self, branch: str, text: str, filters: SearchFilters = NO_FILTERS, limit: int = 10
    ) -> list[SearchResult]:
        """The sections and symbols of a branch that answer a query best. Raises as `find` does."""
        return self.search_with_vector(branch, text, self.embed_query(text), filters, limit)

    def search_with_vector(
        self, branch: str, text: str, vector: Floats | None, filters: SearchFilters, limit: int
    ) -> list[SearchResult]:
        """The same, where the query's vector is known.

        Args:
            vector: without it words alone are searched.

        Raises:
            Absent, RemoteError: as `view` does.
        """
        query = Query(text)
        for _ in range(_MAX_ATTEMPTS):
            view = self.view(branch)
            hits = rank(view, query, vector, _path_mask(view, filters), limit)
            try:
                chunks = self.contents.chunks(sorted({hit.key for hit in hits}))
            except StaleIndexError:
                continue
            return [cite(hit, chunks[hit.key]) for hit in hits]
        raise RemoteError(f"The index of {branch} is moved again and again.")


@contextmanager
def index_lock(folder: Path, part: str) -> Iterator[None]:
    """No other process of this machine changes that part of the index in a folder meanwhile."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / f"{part}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _path_mask(view: Snapshot, filters: SearchFilters) -> Array | None:
    if not filters.kinds and not filters.paths:
        return None
    kinds = np.isin(view.kinds, sorted(filters.kinds)) if filters.kinds else np.ones(len(view.paths), bool)
    if not filters.paths:
        return kinds
    globs = [path_glob(pattern) for pattern in filters.paths]
    return np.asarray(kinds & np.array([any(glob.fullmatch(path) for glob in globs) for path in view.paths], bool))
