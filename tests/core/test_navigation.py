"""Navigation files and tables of contents: how they are updated when pages move or are deleted."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bot.domain import FactKind, apply_edits
from bot.formats import NAVIGATION
from tests.core.trees import drafted, facts

A, B, C = "A of this and that\n" * 3, "B of something else\n" * 3, "C of nothing at all\n" * 3
PAGES = {"docs/a.md": A, "docs/guide/b.md": B, "docs/guide/c.md": C}


def _update_navigation(path: str, text: str, before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """Return a navigation file after the edits for a change of pages."""
    made = drafted(before, after, {path: text})
    return apply_edits(text, [edit for edit in made.edits if edit.path == path])


def _pages_without(name: str) -> dict[str, str]:
    return {path: text for path, text in PAGES.items() if path != name}


MOVED = {**_pages_without("docs/guide/b.md"), "docs/deep/d.md": B}
DELETED = _pages_without("docs/guide/b.md")


# ------------------------------------------------------------------ facts


def test_a_deleted_document_is_a_fact_but_another_file_is_not() -> None:
    (fact,) = facts({"docs/a.md": A, "docs/a.png": "a"}, {})
    assert (fact.kind, fact.symbol, fact.confidence) == (FactKind.PAGE_REMOVED, "docs/a.md", 0.95)


def test_a_deletion_beside_new_documents_is_uncertain() -> None:
    (fact,) = facts({"docs/a.md": A}, {"docs/b.md": B})
    assert (fact.kind, fact.confidence) == (FactKind.PAGE_REMOVED, 0.5)


# ------------------------------------------------------------------ MkDocs

MKDOCS = """site_name: A
docs_dir: docs
nav:
  - Home: a.md # first
  - Guide:
      - "The: b": 'guide/b.md'
      - guide/c.md

plugins:
  - redirects:
      redirect_maps:
        old.md: guide/b.md
"""


def test_only_the_mkdocs_entry_of_a_moved_page_is_updated() -> None:
    assert _update_navigation("mkdocs.yml", MKDOCS, PAGES, MOVED) == MKDOCS.replace("'guide/b.md'", "'deep/d.md'")


def test_the_mkdocs_entry_of_a_deleted_page_is_deleted() -> None:
    assert _update_navigation("mkdocs.yml", MKDOCS, PAGES, DELETED) == MKDOCS.replace(
        """      - "The: b": 'guide/b.md'\n""", ""
    )


def test_the_only_entry_of_a_section_gets_a_notice() -> None:
    nav = "nav:\n- Home: a.md\n- Guide:\n  - guide/b.md\n- guide/c.md\n"
    made = drafted(PAGES, DELETED, {"mkdocs.yml": nav})
    assert made.edits == ()
    assert [(n.path, n.line, n.reason) for n in made.notices] == [("mkdocs.yml", 4, "`docs/guide/b.md` was deleted.")]


def test_the_docs_folder_is_used_and_pages_outside_are_ignored() -> None:
    before = {"manual/content/x.md": A, "manual/content/y.md": B}
    after = {"manual/content/z.md": A, "manual/content/y.md": B}
    nav = "docs_dir: content\nnav:\n  - x.md\n  - y.md\n"
    assert _update_navigation("manual/mkdocs.yml", nav, before, after) == nav.replace("x.md", "z.md")
    assert _update_navigation("mkdocs.yml", nav, before, after) == nav
    outside = {"other/z.md": A, "manual/content/y.md": B}
    assert _update_navigation("manual/mkdocs.yml", nav, before, outside) == nav


def test_a_fixed_entry_is_kept_and_a_duplicate_is_deleted() -> None:
    fixed = MKDOCS.replace("'guide/b.md'", "'deep/d.md'")
    assert _update_navigation("mkdocs.yml", fixed, PAGES, MOVED) == fixed
    both = fixed.replace("      - guide/c.md\n", "      - guide/b.md\n      - guide/c.md\n")
    assert _update_navigation("mkdocs.yml", both, PAGES, MOVED) == fixed


def test_line_endings_are_kept() -> None:
    crlf = MKDOCS.replace("\n", "\r\n")
    assert _update_navigation("mkdocs.yml", crlf, PAGES, MOVED) == crlf.replace("'guide/b.md'", "'deep/d.md'")
    assert _update_navigation("mkdocs.yml", crlf, PAGES, DELETED).count("\n") == crlf.count("\n") - 1


# ------------------------------------------------------------------ Jupyter Book

TOC = "root: a\nchapters:\n- file: guide/b\n  title: B\n- file: guide/c.md\n- file: a\n"


def test_a_jupyter_book_entry_is_updated_without_a_suffix() -> None:
    assert _update_navigation("docs/_toc.yml", TOC, PAGES, MOVED) == TOC.replace("guide/b", "deep/d")


def test_an_entry_with_its_own_title_is_kept() -> None:
    assert _update_navigation("docs/_toc.yml", TOC, PAGES, DELETED) == TOC
    plain = TOC.replace("  title: B\n", "")
    assert _update_navigation("docs/_toc.yml", plain, PAGES, DELETED) == plain.replace("- file: guide/b\n", "")


# ------------------------------------------------------------------ Docusaurus

SIDEBARS = """module.exports = {
  docs: [
    'a',
    {
      type: 'category',
      label: 'guide/b',
      link: { type: 'doc', id: "guide/b" },
      items: [
        'guide/b',
        'guide/c',
      ],
    },
  ],
}
"""


@pytest.mark.parametrize("path", ["sidebars.js", "website/sidebars.ts"])
def test_docusaurus_entries_are_updated_but_labels_are_not(path: str) -> None:
    wanted = SIDEBARS.replace('id: "guide/b"', 'id: "deep/d"').replace("        'guide/b'", "        'deep/d'")
    assert _update_navigation(path, SIDEBARS, PAGES, MOVED) == wanted


def test_a_docusaurus_entry_on_its_own_line_is_deleted_with_its_page() -> None:
    made = drafted(PAGES, DELETED, {"sidebars.js": SIDEBARS})
    assert apply_edits(SIDEBARS, made.edits) == SIDEBARS.replace("        'guide/b',\n", "")
    last = '{"docs": [\n  "guide/c",\n  "guide/b"\n]}\n'
    assert _update_navigation("sidebars.json", last, PAGES, DELETED) == last  # a comma would be left over


def test_a_page_is_found_by_its_own_id() -> None:
    named = "---\nid: the-b\ntitle: B\n---\n\n" + B
    before, after = {**PAGES, "docs/guide/b.md": named}, {**_pages_without("docs/guide/b.md"), "docs/deep/d.md": named}
    sidebars = SIDEBARS.replace("guide/b", "guide/the-b")
    wanted = sidebars.replace('id: "guide/the-b"', 'id: "deep/the-b"').replace("    'guide/the-b'", "    'deep/the-b'")
    assert _update_navigation("sidebars.js", sidebars, before, after) == wanted
    suffixed = {**_pages_without("docs/guide/b.md"), "docs/guide/b.mdx": named}
    assert _update_navigation("sidebars.js", sidebars, before, suffixed) == sidebars


def test_an_optional_number_makes_the_name_uncertain() -> None:
    numbered = {**_pages_without("docs/guide/b.md"), "docs/deep/02-d.md": B}
    assert _update_navigation("sidebars.js", SIDEBARS, PAGES, numbered) == SIDEBARS


def test_the_sidebars_of_other_versions_are_kept() -> None:
    assert _update_navigation("versioned_sidebars/version-1-sidebars.json", SIDEBARS, PAGES, MOVED) == SIDEBARS


# ------------------------------------------------------------------ Sphinx

RST = {"docs/conf.py": "", "docs/a.rst": A, "docs/guide/b.rst": B, "docs/guide/c.rst": C}
RST_MOVED = {path: text for path, text in {**RST, "docs/deep/d.md": B}.items() if path != "docs/guide/b.rst"}
RST_DELETED = {path: text for path, text in RST.items() if path != "docs/guide/b.rst"}
INDEX = """A
=

.. toctree::
   :maxdepth: 2

   guide/b
   The b <guide/b.rst>
   /guide/b
   guide/*
   guide/c

See :doc:`guide/b` and :doc:`the b </guide/b>`.
"""


def test_toctree_entries_and_references_of_a_moved_page_are_updated() -> None:
    wanted = INDEX.replace("<guide/b.rst>", "<deep/d.md>").replace("guide/b", "deep/d")
    assert _update_navigation("docs/index.rst", INDEX, RST, RST_MOVED) == wanted


def test_toctree_entries_of_a_deleted_page_are_deleted_but_references_are_not() -> None:
    made = drafted(RST, RST_DELETED, {"docs/index.rst": INDEX})
    wanted = INDEX.replace("   guide/b\n   The b <guide/b.rst>\n   /guide/b\n", "")
    assert apply_edits(INDEX, made.edits) == wanted


def test_the_entries_in_a_moved_page_are_updated() -> None:
    page = "A\n=\n\n.. toctree::\n\n   b\n   ../a\n"
    before, after = {**RST, "docs/guide/index.rst": page}, {**RST, "docs/more/parts/index.rst": page}
    (first, second) = drafted(before, after, {}).edits
    assert (first.new, second.new) == ("../../guide/b", "../../a")


def test_a_toctree_in_markdown_is_updated() -> None:
    doc = "# A\n\n```{toctree}\n:hidden:\n\nguide/b\nguide/c\n```\n"
    assert _update_navigation("docs/index.md", doc, RST, RST_MOVED) == doc.replace("guide/b", "deep/d")
    assert _update_navigation("docs/index.md", doc, RST, RST_DELETED) == doc.replace("guide/b\n", "")


# ------------------------------------------------------------------ lists of links


def test_an_item_with_only_a_link_is_deleted_with_its_page() -> None:
    summary = "# Summary\n\n- [A](a.md)\n    - [B](guide/b.md#top)\n    - [C](guide/c.md)\n- [B](guide/b.md): more\n"
    wanted = summary.replace("    - [B](guide/b.md#top)\n", "")
    assert _update_navigation("docs/SUMMARY.md", summary, PAGES, DELETED) == wanted


def test_entries_of_a_page_deleted_beside_new_documents_get_only_a_notice() -> None:
    made = drafted(PAGES, {**DELETED, "docs/x.md": "Something new\n"}, {"mkdocs.yml": MKDOCS})
    assert (made.edits, [n.line for n in made.notices]) == ((), [6])


# ------------------------------------------------------------------ safety


def test_other_rules_ignore_navigation_files() -> None:
    code = {"pkg/__init__.py": "def fetch_all(url): return [url]\n"}
    after = {"pkg/__init__.py": "def fetch_many(url): return [url]\n"}
    made = drafted(code, after, {"mkdocs.yml": "nav:\n  - '`pkg.fetch_all`': fetch_all.md\n", "docs/a.md": "a\n"})
    assert (made.edits, made.checked) == ((), 1)


@pytest.mark.parametrize("form", NAVIGATION, ids=lambda form: form.name)
@pytest.mark.parametrize(
    "data",
    [b"", b"nav:", b"nav:\n" + b" " * 50_000 + b"x", b"nav:\n- " + b"a: " * 20_000, b"- " * 20_000, b"[" * 50_000,
     b"nav:\n" + b"- a.md\n" * 20_000, b"['a'," * 20_000, b"-" + b" " * 50_000 + b"a:" + b" " * 50_000],
)  # fmt: skip
def test_hostile_files_are_parsed_in_linear_time(form: object, data: bytes) -> None:
    (own,) = (f for f in NAVIGATION if f is form)
    assert own.parse(data).sections
