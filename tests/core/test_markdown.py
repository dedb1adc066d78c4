"""Markdown with the extensions of MkDocs, MyST, Docusaurus and MDX, parsed to byte spans."""

from __future__ import annotations

import textwrap

import pytest

from bot.formats import FORMATS
from bot.formats.format import Layout, Span
from bot.formats.markdown import parse
from bot.formats.mdx import parse as parse_mdx


def cut(source: str, spans: tuple[Span, ...]) -> list[str]:
    data = source.encode()
    return [data[a:b].decode() for a, b in spans]


def codes(source: str) -> list[str]:
    return cut(source, parse(source.encode()).codes)


def examples(source: str, layout: Layout | None = None) -> list[tuple[str, str]]:
    blocks = (layout or parse(source.encode())).blocks
    return [(b.fence, textwrap.dedent("".join(cut(source, b.lines))).rstrip() + "\n") for b in blocks]


def text(source: str, layout: Layout | None = None) -> str:
    return " ".join(cut(source, (layout or parse(source.encode())).prose))


@pytest.mark.parametrize("mark", ["---", "+++"])
def test_front_matter_is_neither_heading_nor_text(mark: str) -> None:
    source = f"{mark}\ntitle: `a`\n{mark}\n\n# B\n"

    found = parse(source.encode())

    assert [h.title for h in found.headings] == ["B"]
    assert (found.codes, cut(source, found.prose)) == ((), ["B"])


def test_a_heading_may_have_an_explicit_anchor() -> None:
    source = "# The call {#own}\n\n## Other { .c #two }\n\n## Third\n"

    assert [(h.title, h.slug) for h in parse(source.encode()).headings] == [
        ("The call", "own"),
        ("Other", "two"),
        ("Third", "third"),
    ]


@pytest.mark.parametrize("mark", ['!!! note "T"', "??? tip", "???+ tip", '=== "T"', '===+ "T"', "[^1]:"])
@pytest.mark.parametrize("gap", ["", "\n"])
def test_the_content_of_an_admonition_a_tab_or_a_footnote_is_text(mark: str, gap: str) -> None:
    content = "    The `a`.\n\n    - `b`\n      goes on\n\n    ```python\n    c()\n    ```\n"
    source = f"{mark}\n{gap}{content}\nEnd `d`.\n\n    e\n"

    found = parse(source.encode())

    assert codes(source) == ["a", "b", "d"]
    assert examples(source) == [("python", "c()\n"), ("", "e\n")]
    assert cut(source, tuple(r.span for r in found.rows)) == ["    - `b`\n      goes on\n"]


def test_containers_can_be_nested_in_containers_and_lists() -> None:
    source = '- x\n\n    !!! note\n        `a`\n\n        === "T"\n\n            `b`\n\n                c()\n\n- y\n'

    assert codes(source) == ["a", "b"]
    assert examples(source) == [("", "c()\n")]


def test_container_markers_in_a_code_block_are_code() -> None:
    source = "```\n!!! note\n\n    `a`\n```\n\n    !!! note\n\n        `b`\n"

    assert codes(source) == []
    assert len(examples(source)) == 2


def test_the_name_of_a_directive_decides_whether_it_contains_text_or_code() -> None:
    source = (
        "~~~{note} The `a`\n:class: x\n\nSays `b`.\n~~~\n\n```{code-block} Python\n:linenos:\nc()\n```\n\n"
        "```{r setup}\nd()\n```\n\n```{ .go }\ne()\n```\n\n```{eval-rst}\nf\n```\n\n```{toctree}\ng\n```\n"
        "\n```{include} h.md\n```\n\n```{py:function} pkg.i(j)\nSays `k`.\n```\n"
    )

    found = parse(source.encode())

    assert codes(source) == ["a", "b", "pkg.i(j)", "k"]
    assert examples(source) == [("python", "c()\n"), ("r", "d()\n"), ("go", "e()\n"), ("rst", "f\n")]
    assert cut(source, tuple(x.destination for x in found.links)) == ["h.md"]
    assert cut(source, tuple(r.subject for r in found.rows if r.subject)) == ["pkg.i"]


def test_a_role_is_code() -> None:
    assert codes("See {py:func}`a` and {py:class}`b`.\n") == ["a", "b"]


@pytest.mark.parametrize("closing", [":::", "</Card>", "{% endnote %}", "///"])
def test_the_end_of_a_container_is_not_part_of_the_item_before_it(closing: str) -> None:
    source = f"x\n\n- `a`\n- `b`\n{closing}\n"

    assert cut(source, tuple(r.span for r in parse(source.encode()).rows)) == ["- `a`\n", "- `b`\n"]


@pytest.mark.parametrize("mark", ["> ", "- ", "1. ", "*a **a ", "[a", "!!! a\n    ", "<a>"])
def test_deeply_nested_content_is_skipped(mark: str) -> None:
    assert codes(mark * 3000 + "x\n\n`b`\n")[-1:] in ([], ["b"])


def test_template_expressions_are_not_text() -> None:
    source = "A {{ b.c }} {% include `d` %} and `{{ e }}`, [f]({{ g }}/h.md).\n"

    assert codes(source) == ["{{ e }}"]
    assert not {"b.c", "include"} & set(text(source).split())


def test_modules_tags_and_expressions_of_mdx_are_not_text() -> None:
    source = (
        "import { A } from './a'\nexport const b = `c`\n\n# Title\n\nText {d.e} {`f`} <G h={{i: 1}} j='k'>`l`</G>.\n\n"
        "<M n={`o`}>\n    Inner `p`.\n\n    Deeper `q`, `{r}`.\n\n    ```js\n    s()\n    ```\n</M>\n"
    )

    found = parse_mdx(source.encode())

    assert cut(source, found.codes) == ["l", "p", "q", "{r}"]
    assert examples(source, found) == [("js", "s()\n")]
    assert [h.title for h in found.headings] == ["Title"]
    assert not {"import", "export", "d.e", "i", "n", "M"} & set(text(source, found).replace("{", " ").split())


def test_plain_markdown_keeps_its_indented_code_and_its_imports() -> None:
    source = "import this\n\n    `a`\n\n{b}\n"

    assert examples(source) == [("", "`a`\n")]
    assert "import this" in text(source)
    assert "{b}" in text(source)


def test_each_suffix_belongs_to_one_format() -> None:
    suffixes = [suffix for form in FORMATS for suffix in form.suffixes]

    assert len(suffixes) == len(set(suffixes))
