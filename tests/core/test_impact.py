"""The ranker: the sections that a code change probably made stale, and the reasons."""

from __future__ import annotations

from bot.agents.impact.calibration import threshold
from bot.agents.impact.changed_terms import change_terms
from bot.agents.impact.coefficients import MODEL
from bot.agents.impact.documents import DocumentWords
from bot.agents.impact.history import History
from bot.agents.impact.rank import MIN_PROBABILITY, Suspect, rank, score_change, select_rows
from bot.agents.impact.reasons import reason
from bot.agents.impact.scope import load_documents
from bot.agents.impact.words import words
from bot.domain import Blob, Change
from bot.formats import FORMATS
from bot.languages.heuristics import enclosing_definitions
from bot.text.diff import hunks

OPEN = -1e9
"""A threshold below every gate score."""

GUIDE = """\
# Guide

## Fetching

Call `fetch_all` to load every page of a listing.

## Colours

The palette has red, green and blue.
"""
BEFORE = """\
def fetch_all(url):
    return load(url, pages=None)


def paint(colour):
    return colour
"""
AFTER = """\
def fetch_some(url, limit):
    return load(url, pages=limit)


def paint(colour):
    return colour
"""


def change(before: str, after: str, docs: dict[str, str], path: str = "pkg/client.py") -> Change:
    pages = {name: Blob.of(text) for name, text in docs.items()}
    return Change.between({path: Blob.of(before), **pages}, {path: Blob.of(after), **pages})


def rank_change(
    code_change: Change,
    history: History = History(),  # noqa: B008
    threshold: float = OPEN,
) -> tuple[Suspect, ...]:
    return rank(code_change, load_documents(code_change.head, FORMATS, {}), history, threshold=threshold)


def test_the_section_that_mentions_a_removed_name_ranks_first_with_the_reason() -> None:
    first = rank_change(change(BEFORE, AFTER, {"docs/guide.md": GUIDE}))[0]

    assert first.section.heading == ("Guide", "Fetching")
    assert first.line == 5
    assert first.evidence[0] == "fetch_all"
    assert (
        first.reason == "This section mentions `fetch_all`, which is gone from the code (outside tests and examples)."
    )
    assert 0 < first.probability < 1


def test_a_change_below_the_threshold_names_nothing() -> None:
    assert rank_change(change(BEFORE, AFTER, {"docs/guide.md": GUIDE}), threshold=1e9) == ()


def test_a_change_of_tests_alone_names_nothing() -> None:
    assert rank_change(change(BEFORE, AFTER, {"docs/guide.md": GUIDE}, "tests/test_client.py")) == ()


def test_a_repository_without_docs_has_no_suspects() -> None:
    assert rank_change(change(BEFORE, AFTER, {})) == ()


def test_at_most_five_sections_of_three_pages_are_named() -> None:
    docs = {f"docs/page{n}.md": "".join(f"# Part {m}\n\nUse `fetch_all`.\n\n" for m in range(4)) for n in range(5)}

    found = rank_change(change(BEFORE, AFTER, docs))

    assert len(found) == 5
    assert len({suspect.path for suspect in found}) <= 3


def test_the_reason_counts_the_commits_that_edited_both_page_and_file() -> None:
    log = [("c", ["pkg/client.py", "docs/guide.md"])] * 7 + [("d", ["pkg/client.py"])] * 2
    history = History().after("d", log, is_page)

    first = rank_change(change(BEFORE, AFTER, {"docs/guide.md": GUIDE}), history)[0]

    assert first.reason.endswith("This page was edited in 7 of the 9 commits that touched `pkg/client.py`.")


def test_the_reason_does_not_count_two_commits() -> None:
    log = [("c", ["pkg/client.py", "docs/guide.md"])] * 2
    history = History().after("c", log, is_page)

    first = rank_change(change(BEFORE, AFTER, {"docs/guide.md": GUIDE}), history)[0]

    assert "commits" not in first.reason


def test_the_reason_for_a_set_name_does_not_claim_another_value() -> None:
    before = "def run():\n    palette = load(1)\n    return palette\n"
    page = {"docs/guide.md": GUIDE.replace("The palette", "The `palette`")}

    code_change = change(before, before.replace("load(1)", "load(2)"), page)

    seen = score_change(code_change, _pages(code_change), History())
    reasons = [reason(seen.terms, seen.features, row, History()) for row in range(len(seen.features.rows))]
    assert "This section mentions `palette`; this change edits lines that set it." in reasons


def test_an_unlikely_section_is_left_out_even_if_the_gate_is_open() -> None:
    pages = {f"docs/p{n}.md": f"# P\n\nAbout paint and colour, {n}.\n" for n in range(9)}
    after = AFTER.replace("return colour", "return [colour]")
    code_change = change(BEFORE, after, {**pages, "docs/guide.md": GUIDE})

    found, seen = rank_change(code_change), score_change(code_change, _pages(code_change), History())

    assert found
    assert all(suspect.probability >= MIN_PROBABILITY for suspect in found)
    assert len(found) < len(select_rows([path for path, _ in seen.features.rows], seen.scores.ranking))


def _pages(code_change: Change) -> dict[str, DocumentWords]:
    return load_documents(code_change.head, FORMATS, {})


def test_history_in_two_parts_equals_history_in_one() -> None:
    paths = [["a.py", "docs/a.md"], ["a.py"], ["b.py", "docs/a.md"], [f"{n}.py" for n in range(60)], ["c.py"]]
    log = list(zip("vwxyz", paths, strict=True))

    whole = History().after("z", log, is_page)

    assert History().after("w", log[:2], is_page).after("z", log[2:], is_page) == whole
    assert whole.commits == 5
    assert whole.share("a.py", "docs/a.md") == 1 / 4
    assert whole.quiet == ("z", "w")


def test_words_are_classified_by_what_happens_to_them() -> None:
    code_change = change(BEFORE, AFTER, {})

    kinds = change_terms(code_change, lambda blob: frozenset(words(blob.data.decode()))).by_kind

    assert kinds["removed"] == {"fetch_all": 1.0}
    assert kinds["added"] == {"fetch_some": 1.0}
    assert kinds["gone"] == {"fetch_all": 1.0}
    assert kinds["fresh"].keys() == {"fetch_some", "limit"}


def test_a_name_that_another_file_still_has_is_not_gone() -> None:
    other = {"pkg/other.py": Blob.of("fetch_all = 1\n")}
    code_change = Change.between({"pkg/a.py": Blob.of(BEFORE), **other}, {"pkg/a.py": Blob.of(AFTER), **other})

    assert not change_terms(code_change, lambda blob: frozenset(words(blob.data.decode()))).by_kind["gone"]


def test_hunks_turn_the_old_lines_into_the_new_ones() -> None:
    old, new = BEFORE.split("\n"), AFTER.split("\n")
    result, at = [], 0
    for hunk in hunks(old, new):
        result += old[at : hunk.old_start] + new[hunk.new_start : hunk.new_end]
        at = hunk.old_end

    assert result + old[at:] == new


def test_the_definitions_around_a_line_are_found_by_indentation() -> None:
    lines = ["class Client:", "    def get(self):", "        if self:", "            return 1", "x = 2"]

    assert enclosing_definitions(lines, 3) == [(1, "get"), (0, "Client")]


def test_only_living_documents_are_ranked() -> None:
    others = ("CHANGELOG.md", "vendor/x/README.md", "docs/zh/guide.md", "SECURITY.md", "a.py")
    living = ("README.md", "docs/guide.rst", "docs/security.rst", "packages/a/README.md", "guides/how-it-works.md")

    assert sorted(load_documents({path: Blob.of(GUIDE) for path in (*others, *living)}, FORMATS, {})) == sorted(living)


def test_a_document_is_counted_once_for_each_blob() -> None:
    cache: dict[str, object] = {}
    tree = {"docs/a.md": Blob.of(GUIDE), "docs/b.md": Blob.of(GUIDE)}

    found = load_documents(tree, FORMATS, cache)  # type: ignore[arg-type]

    assert found["docs/a.md"] is found["docs/b.md"]
    assert len(cache) == 1


def test_the_threshold_follows_the_noise_of_the_repository_and_defaults_to_the_common_one() -> None:
    assert threshold(MODEL, []) == MODEL.threshold
    assert threshold(MODEL, [MODEL.replayed + 2] * 50) > MODEL.threshold > threshold(MODEL, [MODEL.replayed - 2] * 50)


def is_page(path: str) -> bool:
    return path.endswith(".md")
