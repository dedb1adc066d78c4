"""Filtering of changes and drafts by the settings: related edits stay together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.agents.document_update.rules import RULES
from bot.agents.document_update.rules.rule import RuleExample
from bot.domain import Draft, Edit, Fact, FactKind, Location, Notice, Section, apply_edits
from bot.repoconfig import CONFIG_PATH, ConfigFile, RepoConfig, filter_change, filter_draft, load_config
from bot.repoconfig.model import DocsSettings
from tests.core.trees import change, drafted

BEFORE = {"shop.py": "def fetch_user(name):\n    return connection.ask(name).first()\n"}
AFTER = {"shop.py": BEFORE["shop.py"].replace("fetch_user", "load_user")}
GUIDE = "# Guide\n\n## fetch_user\n\nCall `shop.fetch_user` first.\n\n## Other\n\nAs `shop.fetch_user` does.\n"
INDEX = "# Index\n\nSee [it](guide.md#fetch_user).\n"
TABLE = "# Names\n\n| name              | what |\n|-------------------|------|\n| `shop.fetch_user` | asks |\n"

SECTION = Section("a.md", ("Use",), 1, 9)
FACT = Fact(
    FactKind.RENAMED, "function", "app.old", "app.new", "old", "new", Location("app.py", 3), Location("app.py", 3), 0.97
)
EDIT = Edit("a.md", 13, 16, "old", "new", 3, SECTION, FACT, "renamed", "`old` is now `new`.", 0.9)


def docs(text: str = "") -> DocsSettings:
    made, problems = load_config([ConfigFile(CONFIG_PATH, f"docs: {{{text}}}".encode())], [rule.name for rule in RULES])
    assert problems == ()
    return made.docs


def renamed(**pages: str) -> Draft:
    """The draft for pages of `docs/` after a function was renamed."""
    return drafted(BEFORE, AFTER, {f"docs/{name}.md": text for name, text in pages.items()})


def rewritten(draft: Draft, path: str) -> str:
    return apply_edits(draft.documents[path], [edit for edit in draft.edits if edit.path == path])


@pytest.mark.parametrize("example", [example for rule in RULES for example in rule.examples], ids=lambda e: e.title)
def test_the_defaults_keep_everything(example: RuleExample) -> None:
    found = drafted(example.base, example.head, {"docs/guide.md": example.doc, **example.other_docs})

    assert filter_draft(RepoConfig().docs, found) == found


def test_excluded_documents_are_dropped_silently() -> None:
    notice = Notice("b.md", 1, replace(SECTION, path="b.md"), None, "Look.", 0.4)
    draft = Draft((FACT,), (EDIT, replace(EDIT, path="b.md")), (notice,), (), {"a.md": "x", "b.md": "y"})

    left = filter_draft(docs("exclude: [/b.md]"), draft)

    assert left == Draft((FACT,), (EDIT,), (), (), {"a.md": "x"})
    assert filter_draft(docs("include: [c.md]"), draft) == Draft((FACT,))


def test_excluded_code_changes_no_docs() -> None:
    internal = replace(FACT, before=Location("internal/x.py", 1), after=None)
    unsaid = Notice("a.md", 9, SECTION, None, "Look.", 0.4)
    draft = Draft((FACT, internal), (EDIT, replace(EDIT, fact=internal, start=40, end=43)), (unsaid,))

    left = filter_draft(docs("code: {exclude: [internal/]}"), draft)

    assert (left.facts, left.edits, left.notices) == ((FACT,), (EDIT,), (unsaid,))
    assert filter_draft(docs("code: {exclude: [internal/]}"), replace(draft, edits=(), notices=())).facts == (FACT,)


def test_code_that_moved_out_of_scope_still_counts() -> None:
    moved = replace(FACT, before=Location("src/x.py", 1), after=Location("internal/x.py", 1))

    assert filter_draft(docs("code: {include: [src/]}"), Draft((moved,))).facts == (moved,)


def test_a_change_is_filtered_and_its_trees_stay_complete() -> None:
    moved = change(
        {"src/a.py": "a = 1", "internal/b.py": "b = 1", "src/c.py": "c = 1"},
        {"src/a.py": "a = 2", "internal/b.py": "b = 2", "internal/c.py": "c = 1"},
    )

    left = filter_change(docs("code: {include: [src/]}"), moved)

    assert {(file.before, file.after) for file in left.files} == {
        ("src/a.py", "src/a.py"),
        ("src/c.py", "internal/c.py"),
    }
    assert (left.base, left.head) == (moved.base, moved.head)
    assert filter_change(docs(), moved) == moved


def test_a_rule_that_is_off_makes_no_edits() -> None:
    found = renamed(guide=GUIDE)

    assert filter_draft(docs("rules: {renamed: off}"), found).edits == ()
    assert filter_draft(docs("rules: {gone: off}"), found) == found


def test_an_edit_with_too_little_confidence_becomes_a_notice_with_a_note() -> None:
    draft = Draft((FACT,), (EDIT,), documents={"a.md": "text"})

    left = filter_draft(docs("edit_confidence: 0.95"), draft)

    assert (left.edits, left.documents) == ((), {})
    assert left.notices == (Notice("a.md", 3, SECTION, FACT, "`old` is now `new`.", 0.9),)
    assert left.notes == (
        "1 edit is listed for review instead, as `docs.edit_confidence` is 0.95. "
        "A section is edited as a whole or not at all.",
    )


def test_the_edits_of_a_section_for_a_fact_are_made_together() -> None:
    doubtful = replace(EDIT, start=30, end=33, confidence=0.8)
    elsewhere = replace(EDIT, start=90, end=93, section=replace(SECTION, heading=("More",), start_line=10))

    left = filter_draft(docs("edit_confidence: 0.85"), Draft((FACT,), (EDIT, doubtful, elsewhere)))

    assert left.edits == (elsewhere,)
    assert [(notice.reason, notice.confidence) for notice in left.notices] == [("`old` is now `new`.", 0.9)]


def test_a_section_gets_one_notice_with_all_reasons() -> None:
    other = replace(EDIT, fact=replace(FACT, symbol="app.x"), reason="`x` is now `y`.", confidence=0.8)
    known = Notice("a.md", 5, SECTION, FACT, "Look.", 0.85)

    left = filter_draft(docs("edit_confidence: 1"), Draft((FACT,), (EDIT, other), (known,)))

    assert [(n.line, n.confidence, n.reason) for n in left.notices] == [
        (3, 0.9, "`old` is now `new`. Look. `x` is now `y`.")
    ]


def test_notices_with_too_little_confidence_are_dropped() -> None:
    notices = tuple(Notice(f"{n}.md", 1, replace(SECTION, path=f"{n}.md"), None, "Look.", n / 10) for n in (9, 5, 1))

    assert filter_draft(docs("notice_confidence: 0.5"), Draft(notices=notices)).notices == notices[:2]
    assert filter_draft(docs("edit_confidence: 0.95, notice_confidence: 0.95"), Draft(edits=(EDIT,))).notices == ()


def test_a_heading_is_not_edited_if_a_link_to_it_is_excluded() -> None:
    found = renamed(guide=GUIDE, index=INDEX)
    assert "(guide.md#load_user)" in rewritten(found, "docs/index.md")

    left = filter_draft(docs("exclude: [docs/index.md]"), found)

    assert rewritten(left, "docs/guide.md") == GUIDE.replace("As `shop.fetch_user`", "As `shop.load_user`")
    assert [(notice.path, notice.line) for notice in left.notices] == [("docs/guide.md", 5)]
    assert left.notes == (
        "2 edits are listed for review instead, as the settings exclude related edits. "
        "A heading and the links to it change together.",
    )


@pytest.mark.parametrize("held", ["exclude: [docs/guide.md]", "rules: {renamed: off}", "edit_confidence: 1"])
def test_a_link_is_not_edited_if_its_heading_is_not(held: str) -> None:
    left = filter_draft(docs(held), renamed(guide=GUIDE, index=INDEX))

    assert left.edits == ()
    assert {notice.path for notice in left.notices} <= {"docs/guide.md"}


def test_a_table_is_not_realigned_if_its_cells_are_not_edited() -> None:
    found = renamed(names=TABLE)
    assert {edit.rule for edit in found.edits} == {"renamed", "alignment"}

    left = filter_draft(docs("rules: {renamed: off}"), found)

    assert left == replace(found, edits=(), documents={})
