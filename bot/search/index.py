"""The search index of a repository: update it to a commit, and search it.

contents   the entries in the index storage
update     how a new commit changes them
segments   the same data as memory-mapped columns
worker     index work in child processes
service    the indexes of all repositories
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
    """Limits of a search.

    Args:
        kinds: of files; empty for all.
        paths: glob patterns, of which a path must match one; empty for all.
    """

    kinds: frozenset[ContentKind] = frozenset()
    paths: tuple[str, ...] = ()


NO_FILTERS = SearchFilters()

_MAX_ATTEMPTS = 5
"""How often a search is tried while other processes change the index."""


def indexable_files(
    tree: Tree, path_filter: Callable[[str], bool] = lambda path: True, files: Overrides = NO_OVERRIDES
) -> IndexableFiles:
    """Return the files of a tree to index, of the paths that `path_filter` accepts.

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
        chunker = chunker_for(path, blob, classification.file_class, LANGUAGES, FORMATS)
        if chunker is not None:
            found[path] = (chunker, blob)
    return found


class Index:
    """The index of a repository for one model.

    Args:
        folder: local folder for the columns of this repository; created on the first write.
        storage: of the contents; may be shared by several machines.
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
        """Update a branch to a commit of a repository. Content that is already indexed is not read again.

        Args:
            progress: called with the number of indexed files and the number of all files of the commit.
            path_filter: which paths to index.
            seq: number of the job; nothing is done if a later job has updated the branch. None for the next number.
            files: overrides of file classes, from `.github/mas.yml`.
        """
        with index_lock(self._folder, "contents"):
            wanted = indexable_files(repository.tree(commit), path_filter, files)
            update.update_branch(self.contents, branch, commit, wanted, seq, repository.prefetch, progress)

    def prune(self, max_branches: int) -> None:
        """Drop all but the `max_branches` most recently indexed branches."""
        heads = self.contents.heads()
        for branch in sorted(heads, key=lambda name: heads[name].number)[: max(0, len(heads) - max_branches)]:
            self.drop_branch(branch)

    def drop_branch(self, branch: str) -> None:
        """Drop a branch; with the last one, delete everything."""
        with index_lock(self._folder, "contents"):
            update.drop_branch(self.contents, branch)
            self._views.pop(branch, None)
            if not self.contents.heads():
                with index_lock(self._folder, "columns"):
                    self._segments.remove()

    def view(self, branch: str) -> Snapshot:
        """Return the snapshot of a branch.

        Raises:
            NotFoundError: the branch is not indexed.
            RemoteError: other processes keep changing it.
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
                    used = {key for each in heads.values() for key in each.files.values()}
                    segments = self._segments.sync(used.union(head.files.values()))
            except StaleIndexError:
                continue
            # Snapshots of dropped branches would keep files open.
            current = {name: view for name, view in self._views.items() if name in heads}
            self._views = {**current, branch: (head, Snapshot(segments, head.files))}
        raise RemoteError(f"The index of {branch} keeps changing.")

    def last_searched_commit(self, branch: str) -> str:
        """Return the commit of a branch at its last search in this process."""
        return self._views[branch][0].commit

    def embed_query(self, text: str) -> Floats | None:
        """Embed a query; None for lexical search."""
        return self._model.embed([text])[0] if self._model.embed is not None else None

    def search(
        self, branch: str, text: str, filters: SearchFilters = NO_FILTERS, limit: int = 10
    ) -> list[SearchResult]:
        """Return the best sections and symbols of a branch for a query. Raises like `search_with_vector`."""
        return self.search_with_vector(branch, text, self.embed_query(text), filters, limit)

    def search_with_vector(
        self, branch: str, text: str, vector: Floats | None, filters: SearchFilters, limit: int
    ) -> list[SearchResult]:
        """Search with a known query vector.

        Args:
            vector: of the query; None for lexical search.

        Raises:
            NotFoundError, RemoteError: see `view`.
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
        raise RemoteError(f"The index of {branch} keeps changing.")


@contextmanager
def index_lock(folder: Path, part: str) -> Iterator[None]:
    """Lock a part of the index in a folder against other processes on this machine."""
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
