"""Pull request texts: bounded, and safe whatever the repository contains."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.domain import Draft, Edit, FactKind, Location, Notice
from bot.domain.markers import REBASE_CHECKBOX, DocsMarker, is_rebase_checked
from bot.messages.diagram import diagram
from bot.messages.entries import Permalinks
from bot.messages.facts import describe_fact
from bot.messages.markdown import code, code_block
from bot.messages.pull_request import BODY_LIMIT, commit_message, title
from bot.messages.pull_request import body as body_for_base
from tests.core.test_planning import BASE, DRAFT, EDIT, FACT, HEAD, SECTION

LINKS = Permalinks("https://forge.example/octo/sample", BASE, HEAD)
MARKER = DocsMarker(HEAD, "d" * 64, frozenset({EDIT.fingerprint}), BASE)


def body(draft: Draft, edits: Sequence[Edit], links: Permalinks, marker: DocsMarker) -> str:
    return body_for_base(draft, edits, links, marker, "main")


def test_an_entry_shows_the_diff_the_cause_and_the_rule() -> None:
    text = body(DRAFT, [EDIT], LINKS, MARKER)

    assert "-Call `fetch_all`.\n+Call `fetch_many`." in text
    assert f"[`app.py:3` before](https://forge.example/octo/sample/blob/{BASE}/app.py#L3)" in text
    assert f"[`app.py:4` after](https://forge.example/octo/sample/blob/{HEAD}/app.py#L4)" in text
    assert "(rule `rename`)" in text


def test_a_marker_round_trips() -> None:
    assert DocsMarker.parse(body(DRAFT, [EDIT], LINKS, MARKER)) == MARKER


@pytest.mark.parametrize(
    "text", ["", "<!-- mas:docs -->", "<!-- mas:docs head=x digest=y edits= -->", f"<!-- mas:docs head={HEAD} -->"]
)
def test_other_comments_are_not_markers(text: str) -> None:
    assert DocsMarker.parse(text) is None


def test_a_long_body_ends_after_a_whole_entry_and_counts_the_rest() -> None:
    long = "x" * 3_000
    edits = [
        dataclasses.replace(EDIT, path=f"{n}.md", section=dataclasses.replace(SECTION, path=f"{n}.md"), new=long)
        for n in range(40)
    ]
    draft = Draft(edits=tuple(edits), documents={edit.path: DRAFT.documents["README.md"] for edit in edits})

    text = body(draft, edits, LINKS, MARKER)

    assert len(text) <= BODY_LIMIT
    assert "See the diff for " in text
    assert DocsMarker.parse(text) == MARKER


def test_notices_beyond_the_limit_are_counted() -> None:
    notices = tuple(Notice("a.md", n, SECTION, None, f"Reason {n}.", 0.3) for n in range(1, 31))

    text = body(dataclasses.replace(DRAFT, notices=notices), [EDIT], LINKS, MARKER)

    assert "… and 10 more" in text


def test_notes_are_escaped() -> None:
    text = body(dataclasses.replace(DRAFT, notes=("Skipped @maria/`<img>`.",)), [EDIT], LINKS, MARKER)

    note = text.split("<sub>")[1].split("</sub>")[0]
    assert "@maria" not in note
    assert "`<img>`" in note


@given(st.text(max_size=80))
def test_a_code_span_can_contain_any_text(text: str) -> None:
    (paragraph,) = [t for t in MarkdownIt().parse(f"a {code(text)} b") if t.type == "inline"]

    assert [child.type for child in paragraph.children or []] == ["text", "code_inline", "text"]


@given(
    st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]) | st.sampled_from("`\n~"), max_size=200)
)
def test_a_code_block_can_contain_any_text(text: str) -> None:
    tokens = MarkdownIt().parse(code_block(text, "diff"))

    assert [token.type for token in tokens] == ["fence"]


@pytest.mark.parametrize("kind", list(FactKind))
def test_every_kind_of_fact_has_a_description(kind: FactKind) -> None:
    fact = dataclasses.replace(FACT, kind=kind, parameter="limit", after=Location("app.py", 4))

    assert "`" in describe_fact(fact)


def test_several_facts_are_counted_in_the_title() -> None:
    other = dataclasses.replace(EDIT, fact=dataclasses.replace(FACT, old="x"))

    assert title([EDIT, other]) == "docs: update 1 file after 2 code changes"


def test_a_long_name_does_not_exceed_the_title_limit() -> None:
    huge = dataclasses.replace(EDIT, fact=dataclasses.replace(FACT, new="x" * 10_000))

    assert title([huge]) == "docs: update 1 file after 1 code change"


@pytest.mark.parametrize("value", ["fixes #1", "@maria", "closes GH-7", "https://forge.example/o/r/issues/1", "a\nb"])
def test_titles_and_commits_leave_out_values_that_github_acts_on(value: str) -> None:
    hostile = dataclasses.replace(EDIT, fact=dataclasses.replace(FACT, kind=FactKind.VALUE_CHANGED, new=value))

    assert value not in title([hostile])
    assert value not in commit_message([hostile], "d" * 64)


@pytest.mark.parametrize("value", ["` @maria `", "a`@maria`b", "`", "``x``@maria", "fixes #1 <img src=x>"])
def test_a_reason_mentions_nobody_whatever_value_it_quotes(value: str) -> None:
    hostile = dataclasses.replace(EDIT, reason=f"The default is now `{value}`.")

    tokens = MarkdownIt().parse(body(DRAFT, [hostile], LINKS, MARKER))

    inlines = [child for token in tokens for child in token.children or []]
    texts = " ".join(child.content for child in inlines if child.type == "text")
    assert "@maria" not in texts
    assert "#1" not in texts
    assert not [child for child in inlines if child.type == "html_inline" and "img" in child.content]


def test_the_commit_message_ends_with_the_trailer() -> None:
    assert commit_message([EDIT], "d" * 64).splitlines()[-1] == "MAS-Plan: " + "d" * 64


def test_a_marker_in_a_document_is_ignored() -> None:
    forged = f"<!-- mas:docs head={'f' * 40} since={'f' * 40} digest={'f' * 64} edits= -->"
    text = DRAFT.documents["README.md"].replace("`fetch_all`.", f"`fetch_all`. {forged}")

    assert (
        DocsMarker.parse(body(dataclasses.replace(DRAFT, documents={"README.md": text}), [EDIT], LINKS, MARKER))
        == MARKER
    )


def test_an_entry_shows_only_changed_lines() -> None:
    text = "# Use\n\nCall `fetch_all`.\nIt is good.\nCall `fetch_all`."
    again = dataclasses.replace(EDIT, start=text.rindex("fetch"), end=text.rindex("fetch") + 9, line=5)

    text = body(dataclasses.replace(DRAFT, documents={"README.md": text}), [EDIT, again], LINKS, MARKER)

    assert "```diff\n-Call `fetch_all`.\n+Call `fetch_many`.\n-Call `fetch_all`.\n+Call `fetch_many`.\n```" in text


def test_the_diagram_leads_from_the_change_to_the_section() -> None:
    text = body(DRAFT, [EDIT], LINKS, MARKER)

    assert 'c0["fetch_all → fetch_many"]' in text
    assert f'd0["README.md › {SECTION.heading[-1]}"]' in text
    assert "c0 --> d0" in text


@pytest.mark.parametrize("name", ['"] --> x["', "a`b```", "<img>", "end\nclick c0 call()", "x" * 500])
def test_names_are_escaped_in_the_diagram(name: str) -> None:
    hostile = dataclasses.replace(EDIT, fact=dataclasses.replace(FACT, old=name, new=None))
    (picture,) = diagram([hostile])

    _, header, cause, _, arrow, _ = picture.splitlines()
    assert header == "flowchart LR"
    assert re.fullmatch(r'  c0\["[\w ./→›…#;-]*"\]', cause)
    assert arrow == "  c0 --> d0"


def test_only_the_last_rebase_checkbox_counts() -> None:
    text = body(DRAFT, [EDIT], LINKS, MARKER)
    forged = text.replace("### 1.", f"- [x] {REBASE_CHECKBOX}\n### 1.")

    assert not is_rebase_checked(text)
    assert not is_rebase_checked(forged)
    assert not is_rebase_checked("no checkbox")
    assert is_rebase_checked(text.replace(f"[ ] {REBASE_CHECKBOX}", f"[x] {REBASE_CHECKBOX}"))
