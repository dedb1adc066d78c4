"""Every record satisfies its own examples: an entry in a registry is tested as soon as it exists."""

from __future__ import annotations

import pytest

from bot.agents.change_detection.detect import detect
from bot.agents.document_update.draft import draft
from bot.agents.document_update.rules import RULES, Rule
from bot.agents.document_update.rules.rule import RuleExample
from bot.domain import Blob, Change, apply_edits
from bot.formats import FORMATS, NAVIGATION, Format
from bot.formats.format import FormatExample
from bot.frameworks import FRAMEWORKS
from bot.languages import LANGUAGES, Language
from bot.languages.language import LanguageExample


@pytest.mark.parametrize(
    ("language", "example"),
    [pytest.param(x, e, id=f"{x.name}-{n}") for x in LANGUAGES for n, e in enumerate(x.examples)],
)
def test_a_language_parses_its_examples(language: Language, example: LanguageExample) -> None:
    outline = language.outline(example.source.encode(), "pkg", True)
    exports = outline.exports
    public = [s.name for s in outline.symbols if s.public and (exports is None or s.name.partition(".")[0] in exports)]
    assert tuple(public) == example.symbols
    assert not outline.broken


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.name)
def test_a_language_reads_its_own_symbols_as_code(language: Language) -> None:
    for example in language.examples:
        words = language.words(example.source.encode())
        assert {name.rpartition(".")[2] for name in example.symbols} <= words


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.name)
@pytest.mark.parametrize("data", [b"", b"\0\xff\xfe", b"\xef\xbb\xbf", b"((((((" * 50, "é = 'ü'\n".encode("latin-1")])
def test_a_language_survives_any_bytes(language: Language, data: bytes) -> None:
    language.outline(data, "m", False)
    assert language.snippet(data, ((0, len(data)),), {}) is not None


@pytest.mark.parametrize(
    ("document", "example"),
    [pytest.param(x, e, id=f"{x.name}-{n}") for x in (*FORMATS, *NAVIGATION) for n, e in enumerate(x.examples)],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["unix", "windows"])
def test_a_format_parses_its_examples(document: Format, example: FormatExample, line_end: str) -> None:
    data = document.text(example.source.replace("\n", line_end).encode())
    layout = document.parse(data)
    assert tuple(heading.slug for heading in layout.headings) == example.slugs
    assert tuple(data[a:b].decode().replace(line_end, "\n") for a, b in layout.codes) == example.codes
    assert tuple(data[slice(*link.destination)].decode() for link in layout.links) == example.links
    assert tuple(data[slice(*entry.target)].decode() for entry in layout.entries) == example.entries


@pytest.mark.parametrize(
    ("rule", "example"),
    [pytest.param(r, e, id=f"{r.name}: {e.title}") for r in RULES for e in r.examples],
)
def test_a_rule_satisfies_its_examples(rule: Rule, example: RuleExample) -> None:
    docs = {example.path: example.doc, **example.other_docs}
    base = {path: Blob.of(text) for path, text in {**docs, **example.base}.items()}
    head = {path: Blob.of(text) for path, text in {**docs, **example.head}.items()}
    change = Change.between(base, head)
    result = draft(change, detect(change, LANGUAGES, FRAMEWORKS), LANGUAGES, (*FORMATS, *NAVIGATION), (rule,))
    assert apply_edits(example.doc, [e for e in result.edits if e.path == example.path]) == example.becomes
    assert tuple(n.line for n in result.notices) == example.notices


@pytest.mark.parametrize(
    "names", [[r.name for r in RULES], [x.name for x in LANGUAGES], [f.name for f in (*FORMATS, *NAVIGATION)]]
)
def test_records_have_unique_names(names: list[str]) -> None:
    assert len(names) == len(set(names))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_each_rule_has_an_example(rule: Rule) -> None:
    assert rule.examples
    assert rule.fact_kinds
