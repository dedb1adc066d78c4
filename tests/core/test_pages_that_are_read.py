"""Which pages are parsed for a change of code, and that the others would yield nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.agents.change_detection.detect import detect
from bot.agents.document_update.draft import draft
from bot.agents.document_update.rules import RULES
from bot.agents.document_update.rules.page import Page
from bot.agents.document_update.rules.rule import RuleExample
from bot.agents.document_update.rules.surroundings import Surroundings
from bot.formats.format import Layout
from bot.formats.markdown import MARKDOWN
from bot.frameworks import FRAMEWORKS
from bot.languages import LANGUAGES
from tests.core.trees import Files, change, drafted

FETCH = "def fetch_all(url, {}=5):\n    return open_socket(url)\n\n\ndef push_all(url, timeout=5):\n    return url\n"
BEFORE, AFTER = {"pkg/__init__.py": FETCH.format("timeout")}, {"pkg/__init__.py": FETCH.format("time_limit")}
OURS = "Call `fetch_all(1, timeout=2)`.\n"
OTHERS = "Call `push_all(1, timeout=2)`, with a timeout.\n"


def _parsed_documents(before: Files, after: Files, docs: Files) -> list[str]:
    """Return the documents that are parsed, sorted; their texts must differ."""
    parsed: list[bytes] = []

    def parse(data: bytes) -> Layout:
        parsed.append(data)
        return MARKDOWN.parse(data)

    moved = change({**before, **docs}, {**after, **docs})
    watched = replace(MARKDOWN, name="Watched Markdown", parse=parse)
    found = detect(moved, LANGUAGES, FRAMEWORKS)
    draft(moved, found, LANGUAGES, (watched,), RULES)
    return sorted({path for data in parsed for path, text in docs.items() if text.encode() == data})


def test_for_a_parameter_only_pages_that_mention_its_function_are_parsed() -> None:
    docs = {"docs/ours.md": OURS, "docs/others.md": OTHERS}
    assert _parsed_documents(BEFORE, AFTER, docs) == ["docs/ours.md"]


def test_for_a_parameter_renamed_everywhere_each_page_with_its_name_is_parsed() -> None:
    before = {"pkg/__init__.py": FETCH.format("time_out").replace(", timeout=5", "")}
    after = {"pkg/__init__.py": FETCH.format("time_limit").replace(", timeout=5", "")}
    docs = {"docs/a.md": "Give `time_out` here.\n", "docs/b.md": "Call `push_all(3)`.\n"}
    assert _parsed_documents(before, after, docs) == ["docs/a.md"]


def test_for_a_renamed_function_pages_with_only_the_new_name_are_not_parsed() -> None:
    after = {"pkg/__init__.py": BEFORE["pkg/__init__.py"].replace("fetch_all", "fetch_many")}
    docs = {"docs/old.md": "Call `fetch_all(2)` twice.\n", "docs/new.md": "Now call `fetch_many(2)`.\n"}
    assert _parsed_documents(BEFORE, after, docs) == ["docs/old.md"]


def test_for_a_changed_heading_only_pages_that_link_to_it_are_parsed() -> None:
    after = {"pkg/__init__.py": BEFORE["pkg/__init__.py"].replace("fetch_all", "fetch_many")}
    docs = {
        "docs/api.md": "# `fetch_all`\n\nIt fetches.\n",
        "docs/to.md": "See [there](api.md#fetch_all).\n",
        "docs/by.md": "See [there](api.md#push_all).\n",
    }
    assert _parsed_documents(BEFORE, after, docs) == ["docs/api.md", "docs/to.md"]


def test_an_emphasized_heading_is_about_its_function() -> None:
    docs = {"docs/a.md": "# _fetch_all_\n\n- `timeout`: seconds\n- `url`: where to\n"}
    edits = drafted(BEFORE, AFTER, docs).edits
    assert [(edit.line, edit.old, edit.new) for edit in edits] == [(3, "timeout", "time_limit")]


@pytest.mark.parametrize("example", [example for rule in RULES for example in rule.examples], ids=lambda e: e.title)
def test_pages_that_are_not_parsed_would_yield_nothing(example: RuleExample, monkeypatch: pytest.MonkeyPatch) -> None:
    docs = {"docs/guide.md": example.doc, "docs/a.md": OURS, "docs/b.md": OTHERS, **example.other_docs}
    sparing = drafted(example.base, example.head, docs)
    monkeypatch.setattr(Page, "holds", lambda page, name: True)
    monkeypatch.setattr(Surroundings, "may_show", lambda surroundings, page: True)
    assert drafted(example.base, example.head, docs) == sparing
