"""Edits in whole lines: regions, hunks, patches."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import Edit, Fact, FactKind, Section, apply_edits
from bot.text.patch import patch, patch_hunks, quote_path, regions
from tests.repositories import commit, repository, run

FACT = Fact(FactKind.RENAMED, "function", "a.b", "a.c", "b", "c", None, None, 1.0)


def edit(text: str, old: str, new: str, *, at: int | None = None) -> Edit:
    """The replacement of the first `old` in a text, or of the one at a byte."""
    start = text.encode().index(old.encode()) if at is None else at
    end = start + len(old.encode())
    return Edit("d.md", start, end, old, new, 1, Section("d.md", (), 1, 1), FACT, "rule", "because", 1.0)


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, list[Edit]]:
    """A text and edits of it that do not overlap."""
    text = draw(st.text(alphabet="ab\n\rü€", max_size=40))
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    edits = []
    for low, high in zip(cuts[::2], cuts[1::2], strict=False):
        new = draw(st.text(alphabet="xy\nü", max_size=6))
        if text[low:high] != new and not (edits and edits[-1].start == edits[-1].end == len(text[:low].encode())):
            edits.append(edit(text, text[low:high], new, at=len(text[:low].encode())))
    return text, edits


@given(documents())
def test_putting_the_regions_in_place_gives_the_edited_document(case: tuple[str, list[Edit]]) -> None:
    text, edits = case
    parts = text.split("\n")
    lines = [f"{line}\n" for line in parts[:-1]] + ([parts[-1]] if parts[-1] else [])
    for region in reversed(regions(text, edits)):
        assert lines[region.start - 1 : region.end] == list(region.old)
        lines[region.start - 1 : region.end] = region.new
    assert "".join(lines) == apply_edits(text, edits)


@given(documents())
def test_no_two_regions_share_a_line_and_no_edit_is_lost(case: tuple[str, list[Edit]]) -> None:
    text, edits = case
    found = regions(text, edits)
    assert [e for region in found for e in region.edits] == sorted(edits, key=lambda e: (e.start, e.end))
    assert all(one.end < other.start for one, other in pairwise(found))


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return repository(tmp_path_factory.mktemp("patch") / "tree")


@settings(max_examples=25)
@given(case=documents())
def test_git_applies_what_is_written(tree: Path, case: tuple[str, list[Edit]]) -> None:
    text, edits = case
    (tree / "d.md").write_bytes(text.encode())
    made = patch("d.md", text, edits)
    if apply_edits(text, edits) != text:
        run(tree, "apply", "--whitespace=nowarn", "-", stdin=made.encode())
    assert (tree / "d.md").read_bytes() == apply_edits(text, edits).encode()


def test_two_edits_of_one_line_are_one_region() -> None:
    text = "one\ntwo and two\nthree\n"
    first, second = edit(text, "two", "2"), edit(text, "two", "2", at=12)
    (region,) = regions(text, [second, first])
    assert (region.start, region.end, region.new, region.edits) == (2, 2, ("2 and 2\n",), (first, second))


def test_deleted_lines_have_nothing_in_their_place() -> None:
    text = "one\ntwo\nthree\n"
    (region,) = regions(text, [edit(text, "two\n", "")])
    assert (region.start, region.end, region.new) == (2, 2, ())


def test_an_edit_that_eats_a_lines_end_takes_the_next_line_with_it() -> None:
    text = "one\ntwo\nthree\n"
    (region,) = regions(text, [edit(text, "e\n", "e ")])
    assert (region.start, region.end, region.new) == (1, 2, ("one two\n",))


def test_what_is_put_at_the_very_end_goes_before_the_line_after_the_last() -> None:
    text = "one\n"
    (region,) = regions(text, [edit(text, "", "two\n", at=4)])
    assert (region.start, region.end, region.old, region.new) == (2, 1, (), ("two\n",))


def test_carriage_returns_and_a_missing_last_line_feed_are_kept() -> None:
    text = "one\r\ntwo\r\nthree"
    assert patch("d.md", text, [edit(text, "three", "3"), edit(text, "one", "1")]) == (
        "diff --git a/d.md b/d.md\n--- a/d.md\n+++ b/d.md\n@@ -1,3 +1,3 @@\n"
        "-one\r\n+1\r\n two\r\n-three\n\\ No newline at end of file\n+3\n\\ No newline at end of file\n"
    )


def test_hunks_are_apart_when_more_than_six_lines_lie_between() -> None:
    for between, count in ((6, 1), (7, 2)):
        text = "a\n" + "x\n" * between + "b\n"
        assert len(patch_hunks(text, [edit(text, "a", "A"), edit(text, "b", "B")])) == count


def test_the_second_hunk_counts_the_lines_that_the_first_added() -> None:
    text = "a\n" + "x\n" * 9 + "b\n"
    headers = [h.header for h in patch_hunks(text, [edit(text, "a", "A\nA"), edit(text, "b", "B")])]
    assert headers == ["@@ -1,4 +1,5 @@", "@@ -8,4 +9,4 @@"]


def test_lines_that_an_edit_repeats_are_context() -> None:
    text = "a\nb\nc\n"
    (hunk,) = patch_hunks(text, [edit(text, "a\nb\nc\n", "a\nB\nc\n")])
    assert hunk.lines == (" a\n", "-b\n", "+B\n", " c\n")


@pytest.mark.parametrize("name", ["plain.md", "a b.md", "größe.md", 'a"b\\c.md', "new\nline\t.md", "\x1b[31m.md"])
def test_names_are_quoted_as_git_quotes_them(tmp_path: Path, name: str) -> None:
    made = repository(tmp_path / "names")
    commit(made, {"first": ""})
    (made / name).write_text("old\n")
    run(made, "add", "-A")
    run(made, "commit", "-qm", "name")
    (made / name).write_text("new\n")
    git = run(made, "-c", "core.quotePath=true", "diff", "--no-ext-diff")
    said = patch(name, "old\n", [edit("old\n", "old", "new")])
    lines = [line for line in git.split("\n") if not line.startswith("index ")]
    assert said.rstrip("\n").split("\n") == lines
    assert quote_path("plain.md") == "plain.md"
