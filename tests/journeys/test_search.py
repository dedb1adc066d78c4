"""`mas search`, `mas ask` and `mas index` with keyword search only."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.journeys.test_preview import Said, mas
from tests.repositories import commit, repository, run

TIMEOUTS = "# Guide\n\n## Timeouts\n\nA request is given up after five seconds.\n\x1b[31mNot red\n"
CLIENT = 'class Client:\n    def get_page(self, url):\n        """Fetch a page."""\n        return fetch(url)\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    at = repository(tmp_path / "project")
    commit(at, {"docs/guide.md": TIMEOUTS.replace("five", "two")})
    commit(at, {"docs/guide.md": TIMEOUTS, "src/client.py": CLIENT})
    return at


def run_mas(at: Path, *args: str, **variables: str) -> Said:
    return mas(*args, at=at, **{"MAS_DATA_DIR": str(at.parent / "data"), "MAS_EMBEDDER": "none", **variables})


def test_a_search_prints_locations_and_escapes_control_characters(project: Path) -> None:
    said = run_mas(project, "search", "request given up")
    assert said.code == 0, said.errors
    assert said.text.startswith("docs/guide.md:3-6 Guide › Timeouts\n    ## Timeouts\n")
    assert "\x1b" not in said.text
    assert "\\x1b[31mNot red" in said.text
    assert said.errors == "Searched by words only (MAS_EMBEDDER=none).\n"


def test_json_contains_the_commit_and_the_score_parts(project: Path) -> None:
    said = run_mas(project.parent, "search", str(project), "get_page", "--json", "--limit", "1")
    (result,) = json.loads(said.text)
    assert result["commit"] == run(project, "rev-parse", "HEAD")
    assert (result["path"], result["start_line"], result["end_line"]) == ("src/client.py", 2, 4)
    assert (result["kind"], result["title"]) == ("code", ["Client.get_page"])
    assert set(result["parts"]) == {"words", "meaning", "names", "path"}


def test_queries_of_a_file_are_run_at_their_revisions(project: Path) -> None:
    queries = project.parent / "queries.jsonl"
    lines = [{"id": "new", "query": "get_page"}, {"id": "old", "query": "get_page", "rev": "HEAD~1"}]
    queries.write_text("".join(json.dumps(line) + "\n" for line in lines))
    said = run_mas(project.parent, "search", "--repo", str(project), "--rev", "HEAD", "--queries", str(queries))
    results = {line["id"]: line["results"] for line in map(json.loads, said.text.splitlines())}
    assert results["new"][0] == {"path": "src/client.py", "start_line": 2, "end_line": 4}
    assert {result["path"] for result in results["old"]} == {"docs/guide.md"}


def test_a_question_is_answered_with_a_quote_or_not_at_all(project: Path) -> None:
    found = run_mas(project, "ask", "When is a request given up?")
    assert found.text.startswith("docs/guide.md:3-6 Guide › Timeouts\n  > ## Timeouts\n")
    missing = run_mas(project, "ask", "Which espresso machine makes the best coffee?")
    assert (missing.text, missing.code) == ("Not found in this repository.\n", 0)


def test_index_prints_its_size(project: Path) -> None:
    said = run_mas(project, "index")
    head = run(project, "rev-parse", "HEAD")
    assert said.text == f"Indexed 2 files in 4 passages at {head[:12]}.\n"


@pytest.mark.parametrize(
    ("args", "complaint"),
    [
        (("search",), "Pass the query as one argument"),
        (("search", "  "), "The query is empty"),
        (("search", "x", "--kind", "song"), "Unknown kind 'song' for --kind. Use doc, code, test, history."),
        (("search", "--queries", "nowhere"), "Cannot read queries from nowhere"),
        (("ask", "x", "--rev", "nowhere"), "There is no commit nowhere"),
    ],
)
def test_wrong_usage_is_reported(project: Path, args: tuple[str, ...], complaint: str) -> None:
    said = run_mas(project, *args)
    assert said.code == 2
    assert complaint in " ".join(said.errors.replace("│", " ").split())
