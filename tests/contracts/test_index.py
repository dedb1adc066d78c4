"""The index of a repository: what a push costs, what it leaves behind, and that no order of events tells."""

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
    """What is under way ends here."""


class Embedding:
    """Vectors that depend on each text alone; `texts` are those that were asked for."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.left = 10**9
        """How many more calls are answered before the process is killed."""

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
def embedding() -> Embedding:
    return Embedding()


@pytest.fixture
def new_index(tmp_path: Path, embedding: Embedding) -> Iterator[Callable[[], Index]]:
    with ExitStack() as stack:

        def made() -> Index:
            shelf = stack.enter_context(open_index_file(tmp_path / "shelf.db"))
            return Index(tmp_path, shelf, EmbeddingModel("test", 8, embedding))

        yield made


def push(index: Index, files: dict[str, str], branch: str = "main", number: int | None = None) -> None:
    tree = {path: Blob.of(text) for path, text in files.items()}
    update.update_branch(index.contents, branch, "0" * 40, indexable_files(tree), number)


def test_a_push_embeds_the_text_that_is_new_and_nothing_else(
    new_index: Callable[[], Index], embedding: Embedding
) -> None:
    index = new_index()
    push(index, {"docs/guide.md": TIMEOUTS, "src/client.py": CLIENT})
    embedding.texts.clear()
    push(index, {"docs/guide.md": TIMEOUTS.replace("five", "ten"), "src/client.py": CLIENT})
    assert embedding.texts == ["Guide > Timeouts\n## Timeouts\n\nA request is given up after ten seconds."]


def test_what_is_moved_or_known_from_another_branch_costs_nothing(
    new_index: Callable[[], Index], embedding: Embedding
) -> None:
    index = new_index()
    push(index, {"docs/guide.md": TIMEOUTS})
    embedding.texts.clear()
    push(index, {"guide/timeouts.md": TIMEOUTS})
    push(index, {"docs/guide.md": TIMEOUTS}, branch="next")
    assert embedding.texts == []
    assert [found.path for found in index.search("main", "Timeouts", limit=1)] == ["guide/timeouts.md"]


def test_tests_and_change_logs_are_found_by_their_words_and_not_embedded(
    new_index: Callable[[], Index], embedding: Embedding
) -> None:
    index = new_index()
    push(
        index,
        {"tests/test_client.py": "def test_get():\n    assert fetch_page()\n", "CHANGES.md": "# 2.0\n\nFaster.\n"},
    )
    assert embedding.texts == []
    assert index.search("main", "fetch_page")[0].path == "tests/test_client.py"


def test_what_no_branch_holds_any_more_is_dropped(new_index: Callable[[], Index]) -> None:
    index = new_index()
    push(index, {"docs/guide.md": TIMEOUTS})
    push(index, {"src/client.py": CLIENT}, branch="next")
    push(index, {}, branch="next")
    kept = index.contents.storage.list_names("chunks/")
    push(index, {})
    assert len(kept) == 1
    assert index.contents.storage.list_names("chunks/") == index.contents.storage.list_names("vector/") == set()
    assert index.search("main", "Timeouts") == []


def test_after_a_kill_the_finished_batches_are_not_done_again(
    new_index: Callable[[], Index], embedding: Embedding
) -> None:
    files = {f"docs/{n}.md": "".join(f"# Part {n} {m}\n\nIt says {m}.\n\n" for m in range(130)) for n in range(3)}
    embedding.left = 2
    with pytest.raises(Killed):
        push(new_index(), files)
    embedding.left = 10**9
    index = new_index()
    push(index, files)
    assert len(embedding.texts) == len(set(embedding.texts)) == 390
    assert len(index.view("main")) == 390


def test_vectors_of_two_models_do_not_meet_and_one_serves_while_the_other_is_made(
    tmp_path: Path, new_index: Callable[[], Index]
) -> None:
    old = new_index()
    push(old, {"docs/guide.md": TIMEOUTS})
    with open_index_file(tmp_path / "shelf.db") as shelf:
        killed = Embedding()
        killed.left = 0
        with pytest.raises(Killed):
            push(Index(tmp_path, shelf, EmbeddingModel("other", 8, killed)), {"docs/guide.md": TIMEOUTS})
        assert old.search("main", "Timeouts")
        new = Index(tmp_path, shelf, EmbeddingModel("other", 8, Embedding()))
        push(new, {"docs/guide.md": TIMEOUTS})
        push(old, {})
        assert new.search("main", "Timeouts", limit=1)[0].title == ("Guide", "Timeouts")


def test_a_search_can_be_kept_to_a_kind_and_to_paths(new_index: Callable[[], Index]) -> None:
    index = new_index()
    push(index, {"docs/guide.md": TIMEOUTS, "src/client.py": CLIENT, "src/more.py": CLIENT})

    def paths(scope: SearchFilters) -> set[str]:
        return {found.path for found in index.search("main", "request server", scope)}

    assert paths(SearchFilters(kinds=frozenset(["doc"]))) == {"docs/guide.md"}
    assert paths(SearchFilters(paths=("src/m*",))) == {"src/more.py"}


def test_damaged_segments_are_made_anew(tmp_path: Path, new_index: Callable[[], Index]) -> None:
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


class Overtaken:
    """A shelf on which another process changes something while one reads: before the first look at names that begin
    so."""

    def __init__(self, shelf: IndexStorage, prefix: str, change: Callable[[], None]) -> None:
        self._shelf, self._prefix, self._change = shelf, prefix, change
        self.list_names, self.save, self.delete, self.clear = shelf.list_names, shelf.save, shelf.delete, shelf.clear

    def load(self, names: Collection[str]) -> dict[str, bytes]:
        if any(name.startswith(self._prefix) for name in names):
            self._prefix = "never again"
            self._change()
        return self._shelf.load(names)


@pytest.mark.parametrize("prefix", ["digests/", "vector/", "chunks/"])
def test_who_reads_while_another_machine_pushes_finds_what_it_brought(
    prefix: str, tmp_path: Path, embedding: Embedding
) -> None:
    with open_index_file(tmp_path / "shelf.db") as shelf:
        writer = Index(tmp_path / "writer", shelf, EmbeddingModel("test", 8, embedding))
        push(writer, {"docs/guide.md": TIMEOUTS})
        overtaken = Overtaken(shelf, prefix, lambda: push(writer, {"docs/new.md": TIMEOUTS.replace("five", "six")}))
        reader = Index(tmp_path / "reader", overtaken, EmbeddingModel("test", 8, embedding))
        assert [found.path for found in reader.search("main", "Timeouts", limit=1)] == ["docs/new.md"]


def test_vectors_that_nobody_makes_any_more_still_serve_by_their_words(
    tmp_path: Path, new_index: Callable[[], Index]
) -> None:
    push(new_index(), {"docs/guide.md": TIMEOUTS})
    with open_index_file(tmp_path / "shelf.db") as shelf:
        orphaned = Index(tmp_path, shelf, EmbeddingModel("test", 8, None))
        (found,) = orphaned.search("main", "timeouts", limit=1)
    assert (found.title, found.parts.meaning) == (("Guide", "Timeouts"), 0)


def test_what_a_later_job_did_an_earlier_one_leaves_alone(new_index: Callable[[], Index]) -> None:
    index = new_index()
    push(index, {"docs/guide.md": TIMEOUTS}, number=7)
    push(index, {"docs/old.md": CLIENT}, number=6)
    assert {found.path for found in index.search("main", "Timeouts")} == {"docs/guide.md"}


def test_of_a_model_that_nobody_knows_any_more_words_are_searched(
    tmp_path: Path, new_index: Callable[[], Index]
) -> None:
    push(new_index(), {"docs/guide.md": TIMEOUTS})
    with open_index_file(tmp_path / "shelf.db") as shelf:
        assert Index(tmp_path / "elsewhere", shelf, EmbeddingModel("test", 0, None)).search("main", "timeouts")


def test_with_the_last_branch_the_columns_go(tmp_path: Path, new_index: Callable[[], Index]) -> None:
    index = new_index()
    for branch in ("main", "next"):
        push(index, {"docs/guide.md": TIMEOUTS}, branch)
    index.view("main")
    index.drop_branch("main")
    assert index.search("next", "Timeouts")
    index.drop_branch("next")
    assert not list(tmp_path.glob("test-*"))
    assert contents(index.contents.storage) == {}


# ------------------------------------------------------------------ any order of events

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


class Mortal:
    """A shelf whose process is killed at a write: what it was to keep or drop, it does in part."""

    def __init__(self, shelf: IndexStorage) -> None:
        self._shelf = shelf
        self.load, self.list_names, self.clear = shelf.load, shelf.list_names, shelf.clear
        self.left: int | None = None
        """How many more writes are done; None for all."""

    def save(self, values: Mapping[str, bytes]) -> None:
        some = self._left(list(values))
        self._shelf.save({name: values[name] for name in some})
        self._live(len(some) == len(values))

    def delete(self, names: Collection[str]) -> None:
        some = self._left(sorted(names))
        self._shelf.delete(some)
        self._live(len(some) == len(names))

    def _left(self, names: list[str]) -> list[str]:
        if self.left is None:
            return names
        self.left -= 1
        return names if self.left >= 0 else names[: len(names) // 2]

    def _live(self, whole: bool) -> None:
        if self.left is not None and self.left < 0:
            raise Killed


def test_what_was_begun_is_whole_though_a_text_that_it_shares_was_let_go_meanwhile(tmp_path: Path) -> None:
    with open_index_file(tmp_path / "shelf.db") as shelf:
        mortal = Mortal(shelf)
        index = Index(tmp_path, mortal, EmbeddingModel("test", 8, Embedding()))
        push(index, {"docs/other.md": "# Other\n\nAll is well.\n"}, "other")
        push(index, {"docs/a.md": TIMEOUTS}, "next")
        mortal.left = 2  # it has begun, and kept what is new
        with pytest.raises(Killed):
            push(index, {"docs/a.md": TIMEOUTS.replace("five", "six")})
        mortal.left = None
        index.drop_branch("next")
        push(index, {"docs/a.md": TIMEOUTS.replace("five", "six")})
        assert index.search("main", "Timeouts")[0].path == "docs/a.md"


@settings(max_examples=70, deadline=None)
@given(_EVENTS)
def test_after_any_order_of_events_the_index_is_that_which_is_built_from_nothing(
    events: list[tuple[str, str, str, dict[str, str], int | None]],
) -> None:
    """Two models, two branches, a process that is killed at any write, and one that reads on another machine."""
    trees: dict[tuple[str, str], dict[str, str]] = {}
    with ExitStack() as stack:
        folders = [Path(stack.enter_context(TemporaryDirectory())) for _ in range(3)]
        kept, fresh = (stack.enter_context(open_index_file(folder / "shelf.db")) for folder in folders[:2])
        mortal = Mortal(kept)

        def index(place: int, shelf: IndexStorage, model: str) -> Index:
            return Index(folders[place], shelf, EmbeddingModel(model, 8, Embedding()))

        for what, model, branch, files, left in events:
            known = trees.get((model, branch))
            if what == "search":
                for place in (0, 2):
                    with suppress(NotFoundError):
                        index(place, kept, model).search(branch, "page")
                continue
            mortal.left = left
            with suppress(Killed):
                if what == "forget":
                    trees.pop((model, branch), None)  # a job that was killed is done again: below
                    index(0, mortal, model).drop_branch(branch)
                elif what == "push" or known is not None:
                    wanted = files if what == "push" else {f"old/{path}": text for path, text in (known or {}).items()}
                    trees[model, branch] = wanted
                    push(index(0, mortal, model), wanted, branch)
        for model in ("one", "two"):
            for branch in ("main", "next"):  # each job comes to its end
                if (model, branch) in trees:
                    push(index(0, kept, model), trees[model, branch], branch)
                    push(index(1, fresh, model), trees[model, branch], branch)
                else:
                    index(0, kept, model).drop_branch(branch)
        assert contents(kept) == contents(fresh)
        for model, branch in trees:
            for query in ("page", "How do I set timeouts?", "Client.get", "The same words"):
                found = index(1, fresh, model).search(branch, query)
                assert index(0, kept, model).search(branch, query) == found
                assert index(2, kept, model).search(branch, query) == found


def contents(shelf: IndexStorage) -> dict[str, bytes]:
    """All that a shelf keeps but the heads, whose numbers tell how often they were moved."""
    kinds = ("begun", "chunks", "digests", "vector")
    return shelf.load({name for kind in kinds for name in shelf.list_names(f"{kind}/")})
