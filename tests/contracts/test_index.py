"""The index of a repository: the work of a push, the entries that remain, and independence of the order of events."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import Blob
from bot.errors import NotFoundError
from bot.search import update
from bot.search.embedders import Vectors
from bot.search.index import EmbeddingModel, Index, IndexStorage, SearchFilters, indexable_files
from bot.search.segments import MAX_SIMILAR_SEGMENTS
from bot.stores.local_index import open_index_file

TIMEOUTS = "# Guide\n\nHello.\n\n## Timeouts\n\nA request is given up after five seconds.\n"
CLIENT = """\
class Client:
    '''Talks to a server.'''

    def get(self, url):
        '''Fetch a page.'''
        return url
"""


class Killed(Exception):
    """Raised where the process would be killed."""


class FakeEmbedding:
    """An embedding function whose vectors depend on the text alone; `texts` are the embedded texts."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.left = 10**9
        """Number of calls before the process is killed."""

    def __call__(self, texts: Sequence[str]) -> Vectors:
        self.left -= 1
        if self.left < 0:
            raise Killed
        self.texts += texts
        vectors = np.array([_vector(text) for text in texts], np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _vector(text: str) -> list[int]:
    return list(hashlib.sha256(text.encode()).digest()[:8])


@pytest.fixture
def embedding() -> FakeEmbedding:
    return FakeEmbedding()


@pytest.fixture
def new_index(tmp_path: Path, embedding: FakeEmbedding) -> Iterator[Callable[[], Index]]:
    with ExitStack() as stack:

        def open_index() -> Index:
            storage = stack.enter_context(open_index_file(tmp_path / "index.db"))
            return Index(tmp_path, storage, EmbeddingModel("test", 8, embedding))

        yield open_index


def push(index: Index, files: dict[str, str], branch: str = "main", number: int | None = None) -> None:
    tree = {path: Blob.of(text) for path, text in files.items()}
    update.update_branch(index.contents, branch, "0" * 40, indexable_files(tree), number)


def test_a_push_embeds_only_new_text(new_index: Callable[[], Index], embedding: FakeEmbedding) -> None:
    index = new_index()
    push(index, {"docs/guide.md": TIMEOUTS, "src/client.py": CLIENT})
    embedding.texts.clear()
    push(index, {"docs/guide.md": TIMEOUTS.replace("five", "ten"), "src/client.py": CLIENT})
    assert embedding.texts == ["Guide > Timeouts\n## Timeouts\n\nA request is given up after ten seconds."]


def test_moved_files_and_content_of_another_branch_are_not_embedded_again(
    new_index: Callable[[], Index], embedding: FakeEmbedding
) -> None:
    index = new_index()
    push(index, {"docs/guide.md": TIMEOUTS})
    embedding.texts.clear()
    push(index, {"guide/timeouts.md": TIMEOUTS})
    push(index, {"docs/guide.md": TIMEOUTS}, branch="next")
    assert embedding.texts == []
    assert [found.path for found in index.search("main", "Timeouts", limit=1)] == ["guide/timeouts.md"]


def test_tests_and_change_logs_are_not_embedded_but_found_by_their_words(
    new_index: Callable[[], Index], embedding: FakeEmbedding
) -> None:
    index = new_index()
    push(
        index,
        {"tests/test_client.py": "def test_get():\n    assert fetch_page()\n", "CHANGES.md": "# 2.0\n\nFaster.\n"},
    )
    assert embedding.texts == []
    assert index.search("main", "fetch_page")[0].path == "tests/test_client.py"


def test_content_that_no_branch_uses_is_deleted(new_index: Callable[[], Index]) -> None:
    index = new_index()
    push(index, {"docs/guide.md": TIMEOUTS})
    push(index, {"src/client.py": CLIENT}, branch="next")
    push(index, {}, branch="next")
    remaining = index.contents.storage.list_names("chunks/")
    push(index, {})
    assert len(remaining) == 1
    assert index.contents.storage.list_names("chunks/") == index.contents.storage.list_names("vector/") == set()
    assert index.search("main", "Timeouts") == []


def test_finished_batches_outlast_a_kill(new_index: Callable[[], Index], embedding: FakeEmbedding) -> None:
    files = {f"docs/{n}.md": "".join(f"# Part {n} {m}\n\nIt says {m}.\n\n" for m in range(130)) for n in range(3)}
    embedding.left = 2
    with pytest.raises(Killed):
        push(new_index(), files)
    embedding.left = 10**9
    index = new_index()
    push(index, files)
    assert len(embedding.texts) == len(set(embedding.texts)) == 390
    assert len(index.view("main")) == 390


def test_an_index_serves_while_that_of_another_model_is_built(tmp_path: Path, new_index: Callable[[], Index]) -> None:
    old = new_index()
    push(old, {"docs/guide.md": TIMEOUTS})
    with open_index_file(tmp_path / "index.db") as storage:
        killed = FakeEmbedding()
        killed.left = 0
        with pytest.raises(Killed):
            push(Index(tmp_path, storage, EmbeddingModel("other", 8, killed)), {"docs/guide.md": TIMEOUTS})
        assert old.search("main", "Timeouts")
        new = Index(tmp_path, storage, EmbeddingModel("other", 8, FakeEmbedding()))
        push(new, {"docs/guide.md": TIMEOUTS})
        push(old, {})
        assert new.search("main", "Timeouts", limit=1)[0].title == ("Guide", "Timeouts")


def test_a_search_can_be_limited_to_kinds_and_paths(new_index: Callable[[], Index]) -> None:
    index = new_index()
    push(index, {"docs/guide.md": TIMEOUTS, "src/client.py": CLIENT, "src/more.py": CLIENT})

    def paths(filters: SearchFilters) -> set[str]:
        return {found.path for found in index.search("main", "request server", filters)}

    assert paths(SearchFilters(kinds=frozenset(["doc"]))) == {"docs/guide.md"}
    assert paths(SearchFilters(paths=("src/m*",))) == {"src/more.py"}


def test_damaged_segments_are_rebuilt(tmp_path: Path, new_index: Callable[[], Index]) -> None:
    index = new_index()
    push(index, {"docs/guide.md": TIMEOUTS})
    before = index.search("main", "Timeouts")
    (damaged,) = tmp_path.glob("test-*/0*/rows.npy")
    damaged.write_bytes(b"no array")
    assert new_index().search("main", "Timeouts") == before


def test_many_pushes_leave_few_segments_and_find_the_same(tmp_path: Path, new_index: Callable[[], Index]) -> None:
    index = new_index()
    files = {}
    for number in range(30):
        files[f"docs/{number}.md"] = f"# Part {number}\n\nIt tells of number{number}.\n"
        push(index, files)
        assert index.search("main", f"number{number}", limit=1)[0].path == f"docs/{number}.md"
    assert len(list(tmp_path.glob("test-*/[0-9]*"))) < 2 * MAX_SIMILAR_SEGMENTS
    assert index.search("main", "number3") == new_index().search("main", "number3")


class ConcurrentStorage:
    """A storage that another process changes before the first load of names with a prefix."""

    def __init__(self, storage: IndexStorage, prefix: str, change: Callable[[], None]) -> None:
        self._storage, self._prefix, self._change = storage, prefix, change
        self.list_names, self.save, self.delete, self.clear = (
            storage.list_names,
            storage.save,
            storage.delete,
            storage.clear,
        )

    def load(self, names: Collection[str]) -> dict[str, bytes]:
        if any(name.startswith(self._prefix) for name in names):
            self._prefix = "only once"
            self._change()
        return self._storage.load(names)


@pytest.mark.parametrize("prefix", ["digests/", "vector/", "chunks/"])
def test_a_search_during_a_push_of_another_machine_finds_the_new_content(
    prefix: str, tmp_path: Path, embedding: FakeEmbedding
) -> None:
    with open_index_file(tmp_path / "index.db") as storage:
        writer = Index(tmp_path / "writer", storage, EmbeddingModel("test", 8, embedding))
        push(writer, {"docs/guide.md": TIMEOUTS})
        concurrent = ConcurrentStorage(
            storage, prefix, lambda: push(writer, {"docs/new.md": TIMEOUTS.replace("five", "six")})
        )
        reader = Index(tmp_path / "reader", concurrent, EmbeddingModel("test", 8, embedding))
        assert [found.path for found in reader.search("main", "Timeouts", limit=1)] == ["docs/new.md"]


def test_an_index_whose_embedder_is_unavailable_is_searched_by_words(
    tmp_path: Path, new_index: Callable[[], Index]
) -> None:
    push(new_index(), {"docs/guide.md": TIMEOUTS})
    with open_index_file(tmp_path / "index.db") as storage:
        orphaned = Index(tmp_path, storage, EmbeddingModel("test", 8, None))
        (found,) = orphaned.search("main", "timeouts", limit=1)
    assert (found.title, found.parts.meaning) == (("Guide", "Timeouts"), 0)


def test_an_earlier_job_does_not_overwrite_a_later_one(new_index: Callable[[], Index]) -> None:
    index = new_index()
    push(index, {"docs/guide.md": TIMEOUTS}, number=7)
    push(index, {"docs/old.md": CLIENT}, number=6)
    assert {found.path for found in index.search("main", "Timeouts")} == {"docs/guide.md"}


def test_the_index_of_an_unknown_model_is_searched_by_words(tmp_path: Path, new_index: Callable[[], Index]) -> None:
    push(new_index(), {"docs/guide.md": TIMEOUTS})
    with open_index_file(tmp_path / "index.db") as storage:
        assert Index(tmp_path / "elsewhere", storage, EmbeddingModel("test", 0, None)).search("main", "timeouts")


def test_dropping_the_last_branch_deletes_the_columns(tmp_path: Path, new_index: Callable[[], Index]) -> None:
    index = new_index()
    for branch in ("main", "next"):
        push(index, {"docs/guide.md": TIMEOUTS}, branch)
    index.view("main")
    index.drop_branch("main")
    assert index.search("next", "Timeouts")
    index.drop_branch("next")
    assert not list(tmp_path.glob("test-*"))
    assert contents(index.contents.storage) == {}


# ------------------------------------------------------------------ random sequences of events

_TEXTS = st.sampled_from(
    [
        TIMEOUTS,
        TIMEOUTS.replace("five", "six"),
        CLIENT,
        CLIENT + "\n\ndef close():\n    return None\n",
        "# One\n\nThe same words.\n\n# Two\n\nThe same words.\n",
        "",
    ]
)
_TREES = st.dictionaries(st.sampled_from(["docs/a.md", "docs/b.md", "src/a.py", "tests/a.py", "CHANGES.md"]), _TEXTS)
_BRANCHES, _MODELS = st.sampled_from(["main", "next"]), st.sampled_from(["one", "two"])
_KILLS = st.none() | st.integers(0, 6)
_EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("push"), _MODELS, _BRANCHES, _TREES, _KILLS),
        st.tuples(st.just("rename"), _MODELS, _BRANCHES, st.just({}), _KILLS),
        st.tuples(st.just("forget"), _MODELS, _BRANCHES, st.just({}), _KILLS),
        st.tuples(st.just("search"), _MODELS, _BRANCHES, st.just({}), st.none()),
    ),
    max_size=14,
)


class KillableStorage:
    """A storage whose process is killed during a write, which is then done in part."""

    def __init__(self, storage: IndexStorage) -> None:
        self._storage = storage
        self.load, self.list_names, self.clear = storage.load, storage.list_names, storage.clear
        self.left: int | None = None
        """Number of writes before the kill; None for no kill."""

    def save(self, values: Mapping[str, bytes]) -> None:
        written = self._names_to_write(list(values))
        self._storage.save({name: values[name] for name in written})
        self._die_if_due()

    def delete(self, names: Collection[str]) -> None:
        deleted = self._names_to_write(sorted(names))
        self._storage.delete(deleted)
        self._die_if_due()

    def _names_to_write(self, names: list[str]) -> list[str]:
        if self.left is None:
            return names
        self.left -= 1
        return names if self.left >= 0 else names[: len(names) // 2]

    def _die_if_due(self) -> None:
        if self.left is not None and self.left < 0:
            raise Killed


def test_an_interrupted_update_completes_after_another_branch_with_shared_text_is_dropped(tmp_path: Path) -> None:
    with open_index_file(tmp_path / "index.db") as storage:
        killable = KillableStorage(storage)
        index = Index(tmp_path, killable, EmbeddingModel("test", 8, FakeEmbedding()))
        push(index, {"docs/other.md": "# Other\n\nAll is well.\n"}, "other")
        push(index, {"docs/a.md": TIMEOUTS}, "next")
        killable.left = 2  # after `begun` and the new entries
        with pytest.raises(Killed):
            push(index, {"docs/a.md": TIMEOUTS.replace("five", "six")})
        killable.left = None
        index.drop_branch("next")
        push(index, {"docs/a.md": TIMEOUTS.replace("five", "six")})
        assert index.search("main", "Timeouts")[0].path == "docs/a.md"


@settings(max_examples=70, deadline=None)
@given(_EVENTS)
def test_after_any_events_the_index_equals_one_built_from_scratch(
    events: list[tuple[str, str, str, dict[str, str], int | None]],
) -> None:
    """Use two models, two branches, a process that is killed at any write, and a reader on another machine."""
    trees: dict[tuple[str, str], dict[str, str]] = {}
    with ExitStack() as stack:
        folders = [Path(stack.enter_context(TemporaryDirectory())) for _ in range(3)]
        used, fresh = (stack.enter_context(open_index_file(folder / "index.db")) for folder in folders[:2])
        killable = KillableStorage(used)

        def index(machine: int, storage: IndexStorage, model: str) -> Index:
            return Index(folders[machine], storage, EmbeddingModel(model, 8, FakeEmbedding()))

        for event, model, branch, files, left in events:
            known = trees.get((model, branch))
            if event == "search":
                for machine in (0, 2):
                    with suppress(NotFoundError):
                        index(machine, used, model).search(branch, "page")
                continue
            killable.left = left
            with suppress(Killed):
                if event == "forget":
                    trees.pop((model, branch), None)  # a killed job is repeated below
                    index(0, killable, model).drop_branch(branch)
                elif event == "push" or known is not None:
                    wanted = files if event == "push" else {f"old/{path}": text for path, text in (known or {}).items()}
                    trees[model, branch] = wanted
                    push(index(0, killable, model), wanted, branch)
        for model in ("one", "two"):
            for branch in ("main", "next"):  # let each job finish
                if (model, branch) in trees:
                    push(index(0, used, model), trees[model, branch], branch)
                    push(index(1, fresh, model), trees[model, branch], branch)
                else:
                    index(0, used, model).drop_branch(branch)
        assert contents(used) == contents(fresh)
        for model, branch in trees:
            for query in ("page", "How do I set timeouts?", "Client.get", "The same words"):
                found = index(1, fresh, model).search(branch, query)
                assert index(0, used, model).search(branch, query) == found
                assert index(2, used, model).search(branch, query) == found


def contents(storage: IndexStorage) -> dict[str, bytes]:
    """Return all entries of a storage except the heads, whose numbers depend on the number of updates."""
    kinds = ("begun", "chunks", "digests", "vector")
    return storage.load({name for kind in kinds for name in storage.list_names(f"{kind}/")})
