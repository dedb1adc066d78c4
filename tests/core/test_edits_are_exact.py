"""Properties of every format: only the edited bytes change, and editing the result again changes nothing."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.agents.document_update.rules import RULES
from bot.agents.document_update.rules.rule import RuleExample
from bot.domain import Draft, apply_edits
from bot.formats import FORMATS, Format
from bot.formats.format import Layout
from tests.core.trees import drafted

_BEFORE = {
    "pkg/__init__.py": "LIMIT = 3\n\n\ndef fetch_all(url, timeout=5):\n    return go(url)\n\n\n"
    "def push_one(a): return a\n\n\nclass Client:\n    def send_it(self, url): return self.x.y(url)\n"
}
_AFTER = {
    "pkg/__init__.py": "LIMIT = 4\n\n\ndef fetch_many(url, time_limit=5):\n    return go(url)\n\n\n"
    "class Client:\n    def dispatch_it(self, url): return self.x.y(url)\n"
}
_HOSTILE = [
    "`pkg.fetch_all(1, timeout=2)`", "``fetch_all``", "fetch_all", "`fetch_all(url, timeout=5)`", "`LIMIT = 3`",
    "\n\n# fetch_all\n\n", "\n\n== `fetch_all`\n\n", "\nfetch_all\n=========\n", "\n- `push_one`\n- `timeout`\n",
    "\n\n```python\nimport pkg\npkg.push_one(1)\n```\n\n",
    "\n\n[source,python]\n----\nimport pkg\npkg.push_one(1)\n----\n",
    "\n\n> ```python\n> pkg.Client().send_it(1)\n> ```\n\n", "\n::\n\n    pkg.Client().send_it(1)\n\n",
    "\n\n!!! note\n\n    `fetch_all`\n\n    - `push_one`\n\n", "\n```{note}\n`fetch_all`\n```\n",
    "\n.. note:: fetch_all\n",
    "[x](#fetch_all)", "<<_fetch_all>>", "<Tab a={`fetch_all`}>", ":func:`fetch_all`",
    "\n\n| a | b |\n|---|---|\n| `fetch_all` | é |\n\n", "\n|===\n|`fetch_all` |é\n|===\n",
    "`push_one`", "naïve 🐍 ", "\\`", "``", "<b>", "*", "[", "]", "(", ")", "{", "}", "|", "+", '"', "\n", "  ", "\t",
    "\n===\n", "***", "~~~\n", "---\n", "\n====\n", ":::\n",
]  # fmt: skip

_every_format = pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
_moderate = settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])


def _texts(form: Format) -> st.SearchStrategy[str]:
    """Generate texts of a format: pieces of its examples between pieces of markup of any format."""
    own = [line for example in form.examples for line in _text(form, example.source).splitlines(keepends=True)]
    noise = st.text(max_size=8).map(lambda s: s.encode(errors="replace").decode())
    return st.lists(st.sampled_from([*_HOSTILE, *own]) | noise, max_size=25).map("".join)


def _text(form: Format, source: str) -> str:
    return form.text(source.encode()).decode()


def _file(form: Format, text: str) -> str:
    """Return a file of the format that contains a text."""
    if form.extract is None:
        return text
    cell = {"cell_type": "markdown", "metadata": {}, "source": text.splitlines(keepends=True)}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1)


def _path(form: Format) -> str:
    return f"docs/a{form.suffixes[0]}"


def _draft(form: Format, file: str) -> Draft:
    return drafted(_BEFORE, _AFTER, {_path(form): file})


@_every_format
@_moderate
@given(data=st.data())
def test_only_the_spans_of_the_edits_change(form: Format, data: st.DataObject) -> None:
    file = _file(form, data.draw(_texts(form)))
    before, edits = file.encode(), _draft(form, file).edits
    after, at, rest = apply_edits(file, edits).encode(), 0, 0
    for edit in edits:
        assert edit.start >= at  # in order, without overlap
        assert before[edit.start : edit.end].decode() == edit.old
        kept = before[at : edit.start]
        assert after[rest : rest + len(kept)] == kept
        rest += len(kept)
        assert after[rest : rest + len(edit.new.encode())] == edit.new.encode()
        rest += len(edit.new.encode())
        at = edit.end
    assert after[rest:] == before[at:]


@_every_format
@_moderate
@given(data=st.data())
def test_line_endings_are_kept(form: Format, data: st.DataObject) -> None:
    crlf = _file(form, data.draw(_texts(form))).replace("\r", "").replace("\n", "\r\n")
    after = apply_edits(crlf, _draft(form, crlf).edits)
    assert after.count("\n") == after.count("\r\n")


@_every_format
@_moderate
@given(data=st.data())
def test_editing_an_edited_document_changes_nothing(form: Format, data: st.DataObject) -> None:
    file = _file(form, data.draw(_texts(form)))
    once = apply_edits(file, _draft(form, file).edits)
    assert apply_edits(once, _draft(form, once).edits) == once


@_every_format
@settings(_moderate, max_examples=120)
@given(data=st.data())
def test_layout_spans_are_in_the_text_in_order_and_between_characters(form: Format, data: st.DataObject) -> None:
    text = data.draw(_texts(form)).encode()
    layout = form.parse(text)
    for start, end in _spans(layout):
        assert 0 <= start <= end <= len(text)
        text[start:end].decode()
    ordered = (
        layout.codes,
        layout.prose,
        tuple(x.destination for x in layout.links),
        tuple(h.span for h in layout.headings),
    )
    for spans in ordered:
        assert list(spans) == sorted(spans)
    apart = sorted([*layout.codes, *layout.prose])
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(apart))


@_every_format
@settings(_moderate, max_examples=120)
@given(data=st.data())
def test_the_parts_of_a_document_cover_its_lines_once(form: Format, data: st.DataObject) -> None:
    text = data.draw(_texts(form)).encode()
    lines = max(1, text.count(b"\n") + (not text.endswith(b"\n")))
    parts = form.parse(text).sections
    covered = [n for part in parts for n in range(part.start_line, part.end_line + 1)]
    assert covered == list(range(1, lines + 1))


def _spans(layout: Layout) -> list[tuple[int, int]]:
    return [
        *layout.codes,
        *layout.prose,
        *(heading.span for heading in layout.headings),
        *(line for block in layout.blocks for line in block.lines),
        *(link.destination for link in layout.links),
        *(row.span for row in layout.rows),
        *(row.subject for row in layout.rows if row.subject is not None),
        *(cell for table in layout.tables for row in table.rows for cell in row),
    ]


@pytest.mark.parametrize(
    "example", [pytest.param(e, id=f"{rule.name}: {e.title}") for rule in RULES for e in rule.examples]
)
def test_each_rules_example_keeps_windows_line_endings(example: RuleExample) -> None:
    docs = {**example.other_docs, example.path: example.doc}
    base, head = _to_crlf({**docs, **example.base}), _to_crlf({**docs, **example.head})
    own = [edit for edit in drafted(base, head, {}, rules=RULES).edits if edit.path == example.path]
    assert apply_edits(head[example.path], own) == _to_crlf({"": example.becomes})[""]


def _to_crlf(files: Mapping[str, str]) -> dict[str, str]:
    return {path: text.replace("\n", "\r\n") for path, text in files.items()}


def test_each_rules_example_needs_no_second_edit() -> None:
    examples: list[RuleExample] = [example for rule in RULES for example in rule.examples]
    for example in examples:
        docs = {example.path: example.becomes}
        made = drafted({**docs, **example.base}, {**docs, **example.head}, {}, rules=RULES)
        assert made.edits == (), example.title
