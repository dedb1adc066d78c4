"""Rank sections and symbols for a query: its shape, the parts of the score, and the evidence for an answer."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from bot.agents.rag_management.answering import cite, select_passages
from bot.agents.rag_management.chunk import Chunk
from bot.agents.rag_management.column_store import build_columns
from bot.agents.rag_management.files import chunker_for
from bot.agents.rag_management.query import Query
from bot.agents.rag_management.ranking import rank
from bot.agents.rag_management.snapshot import Snapshot
from bot.agents.rag_management.terms import terms
from bot.domain import Blob
from bot.domain.search import ScoreParts, SearchResult
from bot.formats import FORMATS
from bot.languages import LANGUAGES
from bot.text.file_classes import classify_path

TIMEOUTS = "# Timeouts\n\nA request is given up after five seconds.\n"
CLIENT = "class Client:\n    def get_page(self, url):\n        return fetch(url, timeout=self.timeout)\n"
TEST = "def test_get_page():\n    client = Client()\n    assert client.get_page('a')\n    assert client.get_page('b')\n"


def search(files: Mapping[str, str], text: str, near: Mapping[str, float] | None = None) -> list[SearchResult]:
    """Search files; `near` is the similarity of each path's vector to the query's."""
    keys, chunks = {}, dict[str, tuple[Chunk, ...]]()
    for path, source in files.items():
        blob = Blob.of(source)
        chunker = chunker_for(path, blob, classify_path(path).file_class, LANGUAGES, FORMATS)
        assert chunker is not None
        keys[path] = chunker.key(blob)
        chunks[keys[path]] = chunker.chunks(blob.data)
    similarity = {keys[path]: value for path, value in (near or {}).items()}
    vectors = [[similarity.get(key, 0.0), 1.0] for key, file_chunks in chunks.items() for _ in file_chunks]
    snapshot = Snapshot([build_columns(chunks.items(), np.array(vectors, np.float32).reshape(-1, 2))], keys)
    hits = rank(snapshot, Query(text), np.array([1, 0], np.float32) if near else None)
    return [cite(hit, chunks[hit.key]) for hit in hits]


def paths(found: list[SearchResult]) -> list[str]:
    return list(dict.fromkeys(each.path for each in found if each.score > 0))


def test_a_name_finds_its_definition_before_its_uses() -> None:
    found = search({"src/client.py": CLIENT, "tests/test_client.py": TEST, "docs/t.md": TIMEOUTS}, "get_page")
    assert (found[0].path, found[0].title) == ("src/client.py", ("Client.get_page",))


@pytest.mark.parametrize("query", ["Client.get_page", "client.get_page", "Client#get_page", "getPage", "get page"])
def test_a_name_may_be_written_in_other_ways(query: str) -> None:
    assert search({"docs/t.md": TIMEOUTS, "src/client.py": CLIENT}, query)[0].title == ("Client.get_page",)


def test_words_match_by_their_stems() -> None:
    assert paths(search({"docs/t.md": TIMEOUTS, "docs/o.md": "# Other\n\nNothing.\n"}, "requests giving timeout")) == [
        "docs/t.md"
    ]


def test_a_similar_vector_is_found_without_a_common_word() -> None:
    found = search({"docs/t.md": TIMEOUTS, "src/client.py": CLIENT}, "How long until it stops?", {"docs/t.md": 0.9})
    assert found[0].path == "docs/t.md"
    assert found[0].parts.meaning > 0.5


def test_a_description_of_code_finds_code_and_a_question_finds_docs() -> None:
    source = "def page(url):\n    # the page of a url\n    return fetch(url)\n"
    files = {"docs/page.md": "# Page\n\nThe page of a url.\n", "src/page.py": source}

    def code_advantage(query: str) -> float:
        score = {each.path: each.score for each in search(files, query)}
        return score["src/page.py"] - score["docs/page.md"]

    assert code_advantage("Fetch the page of a url.") > 0.2 + code_advantage("How can I fetch the page of a url?")


def test_tests_and_change_logs_rank_below_the_program_and_its_docs() -> None:
    files = {"CHANGES.md": TIMEOUTS, "docs/timeouts.md": TIMEOUTS.replace("five", "six")}
    assert paths(search(files, "When is a request given up?")) == ["docs/timeouts.md", "CHANGES.md"]


def test_a_commit_subject_matches_the_path() -> None:
    files = {"src/retry.py": "def again():\n    return 1\n", "src/other.py": "def other():\n    return 2\n"}
    assert search(files, "Fix retry of uploads")[0].path == "src/retry.py"


def test_equal_content_at_two_paths_is_found_at_both() -> None:
    assert paths(search({"docs/b.md": TIMEOUTS, "docs/a.md": TIMEOUTS}, "Timeouts")) == ["docs/a.md", "docs/b.md"]


def test_nothing_is_found_in_an_empty_repository() -> None:
    assert Snapshot([], {}).paths == ()
    assert rank(Snapshot([], {}), Query("anything"), None) == []


@pytest.mark.parametrize("query", ["", "   ", "the of and", "?!", "\0\ud800", "é" * 500, "a" * 5000, "(((" * 200])
def test_any_query_is_accepted(query: str) -> None:
    assert len(search({"docs/t.md": TIMEOUTS}, query, {"docs/t.md": 0.1})) == 1


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("Return the parsed headers of a response.", "code"),
        ("A class that holds the state of a connection.", "code"),
        ("How do I set a timeout?", "docs"),
        ("You can use your own handler if you want to log more.", "docs"),
        ("get_page", "neither"),
        ("Fix crash on empty headers", "neither"),
    ],
)
def test_the_shape_of_a_query_decides_its_code_affinity(text: str, about: str) -> None:
    affinity = Query(text).code_affinity
    assert ("code" if affinity > 0 else "docs" if affinity < 0 else "neither") == about


def test_a_compound_name_yields_itself_and_its_parts_as_terms() -> None:
    assert terms("buildErrorHandler parse_url HTTPServer") == [
        "builderrorhandler", "build", "error", "handler", "parse_url", "pars", "url", "httpserver", "http", "server",
    ]  # fmt: skip


def test_a_question_is_answered_by_passages_close_to_the_best() -> None:
    found = search({"docs/t.md": TIMEOUTS, "src/client.py": CLIENT}, "When is a request given up?", {"docs/t.md": 0.7})
    assert [each.path for each in select_passages(found)] == ["docs/t.md"]


def test_lexical_search_needs_fewer_shared_words_than_search_with_vectors() -> None:
    def result(meaning: float) -> SearchResult:
        return SearchResult(
            "docs/t.md", 1, 2, "doc", ("T",), "text", 1, 1.0, ScoreParts(words=0.3, meaning=meaning, names=0, path=0)
        )

    assert select_passages([result(meaning=0)])
    assert not select_passages([result(meaning=0.3)])


def test_weak_evidence_answers_nothing() -> None:
    found = search(
        {"docs/t.md": TIMEOUTS, "src/client.py": CLIENT}, "Where is the espresso machine?", {"docs/t.md": 0.1}
    )
    assert select_passages(found) == ()
    assert select_passages([]) == ()
