"""What holds for every document: nothing but the edited bytes changes, and a second look finds nothing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.domain import Draft, edited
from bot.rules import RULES
from bot.rules.rule import RuleExample
from tests.core.trees import drafted

_BEFORE = {
    "pkg/__init__.py": "LIMIT = 3\n\n\ndef fetch_all(url, timeout=5):\n    return go(url)\n\n\n"
    "def push_one(a): return a\n\n\nclass Client:\n    def send_it(self, url): return self.x.y(url)\n"
}
_AFTER = {
    "pkg/__init__.py": "LIMIT = 4\n\n\ndef fetch_many(url, time_limit=5):\n    return go(url)\n\n\n"
    "class Client:\n    def dispatch_it(self, url): return self.x.y(url)\n"
}

_PIECES = st.sampled_from(
    [
        "`pkg.fetch_all(1, timeout=2)`", "`fetch_all`", "fetch_all", "`fetch_all(url, timeout=5)`", "`LIMIT = 3`",
        "\n\n# fetch_all\n\n", "\n- `push_one`\n- `timeout`\n", "\n\n```python\nimport pkg\npkg.push_one(1)\n```\n\n",
        "\n\n> ```python\n> pkg.Client().send_it(1)\n> ```\n\n", "[x](#fetch_all)",
        "\n\n| a | b |\n|---|---|\n| `fetch_all` | é |\n\n",
        "`push_one`", "naïve 🐍 ", "\\`", "``", "<b>", "*", "[", "]", "(", ")", "|", "\n", "  ", "\t",
        "\n===\n", "***", "~~~\n", "---\n",
    ]
)  # fmt: skip
_DOCUMENTS = st.lists(_PIECES | st.text(max_size=8).map(lambda s: s.encode(errors="replace").decode()), max_size=30)


def _made(doc: str) -> Draft:
    return drafted(_BEFORE, _AFTER, {"docs/a.md": doc})


@given(_DOCUMENTS.map("".join))
def test_only_the_spans_of_the_edits_change(doc: str) -> None:
    data, edits = doc.encode(), _made(doc).edits
    after, at, rest = edited(doc, edits).encode(), 0, 0
    for edit in edits:
        assert edit.start >= at  # in order, and none touches another
        assert data[edit.start : edit.end].decode() == edit.old
        kept = data[at : edit.start]
        assert after[rest : rest + len(kept)] == kept
        rest += len(kept)
        assert after[rest : rest + len(edit.new.encode())] == edit.new.encode()
        rest += len(edit.new.encode())
        at = edit.end
    assert after[rest:] == data[at:]


@given(_DOCUMENTS.map("".join))
def test_line_ends_stay_what_they_were(doc: str) -> None:
    crlf = doc.replace("\r", "").replace("\n", "\r\n")
    after = edited(crlf, _made(crlf).edits)
    assert after.count("\n") == after.count("\r\n")


@given(_DOCUMENTS.map("".join))
def test_a_second_look_at_the_edited_document_finds_nothing_to_edit(doc: str) -> None:
    once = edited(doc, _made(doc).edits)
    assert edited(once, _made(once).edits) == once


def test_each_rules_example_is_settled_after_one_look() -> None:
    examples: list[RuleExample] = [example for rule in RULES for example in rule.examples]
    for example in examples:
        assert drafted(example.base, example.head, {"docs/guide.md": example.becomes}).edits == (), example.title
