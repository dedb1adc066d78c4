"""AsciiDoc, parsed to byte spans."""

from __future__ import annotations

from bot.formats.asciidoc import parse
from bot.formats.format import Span
from tests.core.trees import rewritten

PAGE = "docs/guide.adoc"


def cut(source: str, spans: tuple[Span, ...]) -> list[str]:
    data = source.encode()
    return [data[a:b].decode() for a, b in spans]


def examples(source: str) -> list[tuple[str, str]]:
    return [(b.fence, "".join(cut(source, b.lines))) for b in parse(source.encode()).blocks]


def test_headings_are_prefixed_or_underlined() -> None:
    source = (
        "= Title\n\n== One ==\n\nTwo\n~~~\n\n[#own]\n=== Three\n\n== One\n\n====\n== No heading, an example\n====\n"
    )

    found = parse(source.encode()).headings

    assert [(h.level, h.line, h.title, h.slug) for h in found[:5]] == [
        (1, 1, "Title", "_title"),
        (2, 3, "One", "_one"),
        (3, 5, "Two", "_two"),
        (3, 9, "Three", "own"),
        (2, 11, "One", "_one_2"),
    ]


def test_document_attributes_set_the_style_of_anchors() -> None:
    source = ":idprefix:\n:idseparator: -\n\n== Ünder the hood\n"

    assert [h.slug for h in parse(source.encode()).headings] == ["ünder-the-hood"]


def test_code_differs_from_prose_and_from_quotation_marks() -> None:
    source = 'Ünder `a`, `+b+`, +c+ and ``d``e, not "`quoted`", \\`f`, {g}, a+b+c or pass:[`h`].\n'

    found = parse(source.encode())

    assert cut(source, found.codes) == ["a", "b", "c", "d"]
    assert '"`quoted`"' in "".join(cut(source, found.prose))
    assert "{g}" not in "".join(cut(source, found.prose))


def test_links_have_targets_and_labels_are_text() -> None:
    source = (
        "See <<one,the `first`>>, xref:b.adoc#two[second], link:c.html[third], https://d.example[d], https://e.example.\n\n"
        "image::f.png[alt]\n\ninclude::g.adoc[]\n"
    )

    found = parse(source.encode())

    assert [(cut(source, (x.destination,))[0], x.image, x.anchor) for x in found.links] == [
        ("one", False, True),
        ("b.adoc#two", False, False),
        ("c.html", False, False),
        ("https://d.example", False, False),
        ("https://e.example", False, False),
        ("f.png", True, False),
        ("g.adoc", False, False),
    ]
    assert cut(source, found.codes) == ["first"]
    assert "second" in cut(source, found.prose)


def test_code_blocks_have_a_language_and_exclude_callouts() -> None:
    source = (
        "[source%linenums,Python]\n----\na() # <1>\n\n  b()\n----\n<1> Text.\n\n....\nc\n....\n\n[,rust]\nd()\n\n"
        "```go\ne()\n```\n\n  f\n  g\n"
    )

    assert examples(source) == [
        ("python", "a()\n\n  b()\n"),
        ("", "c\n"),
        ("rust", "d()\n"),
        ("go", "e()\n"),
        ("", "f\ng\n"),
    ]


def test_comments_and_passthroughs_are_skipped() -> None:
    source = "// `a`\n\n////\n`b`\n////\n\n++++\n<b>`c`</b>\n++++\n\n[stem]\n`d`\n\nifdef::x[]\n:y: `e`\n"

    found = parse(source.encode())

    assert not found.codes
    assert not found.prose


def test_a_list_item_includes_nested_items_and_attached_blocks() -> None:
    source = "* `a`: text\ngoes on\n** `b`\n+\n----\ncode\n----\n* c\n\nText.\n\nterm:: its text\n`other`::\n  more\n"

    rows = parse(source.encode()).rows

    assert [(cut(source, (r.span,))[0], cut(source, (r.subject,))[0] if r.subject else None) for r in rows] == [
        ("* `a`: text\ngoes on\n** `b`\n+\n----\ncode\n----\n", "a"),
        ("** `b`\n+\n----\ncode\n----\n", "b"),
        ("* c\n", "c"),
        ("term:: its text\n", "term"),
        ("`other`::\n  more\n", "other"),
    ]


def test_a_table_row_may_have_one_line_or_one_line_per_cell() -> None:
    source = '[cols="1,2"]\n|===\n|`a` |x\n\n|`b`\n|y\nz\n|===\n\n|===\n2+|`c`\n|d |e\n|===\n'

    found = parse(source.encode())

    assert [(cut(source, (r.span,))[0], cut(source, (r.subject,))[0] if r.subject else None) for r in found.rows] == [
        ("|`a` |x\n", "a"),
        ("|`b`\n|y\nz\n", "b"),
    ]
    assert cut(source, found.codes) == ["a", "b", "c"]


def test_references_to_a_changed_heading_are_updated() -> None:
    doc = "See <<_the_fetch_all_call>> and xref:#_the_fetch_all_call[it].\n\n== The `fetch_all` call\n\nText.\n"
    before, after = (
        {"pkg/__init__.py": f"def {name}(url):\n    return go(url)\n"} for name in ("fetch_all", "fetch_many")
    )

    assert rewritten(before, after, doc, PAGE) == doc.replace("fetch_all", "fetch_many")


def test_an_old_name_is_kept_in_an_example_introduced_as_deprecated() -> None:
    example = "----\npkg.fetch_all(1)\n----\n"
    doc = f"Deprecated:\n\n[source,python]\n{example}\nNow:\n\n{example}"
    before, after = (
        {"pkg/__init__.py": f"def {name}(url):\n    return go(url)\n"} for name in ("fetch_all", "fetch_many")
    )

    assert rewritten(before, after, doc, PAGE) == doc.replace(
        f"Now:\n\n{example}", f"Now:\n\n{example}".replace("fetch_all", "fetch_many")
    )
