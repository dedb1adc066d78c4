"""New names, and the lists in the docs that contain all their siblings."""

from __future__ import annotations

import pytest

from bot.domain import FactKind
from bot.formats import FORMATS
from tests.core.trees import drafted, facts, rewritten

BEFORE = {"pkg/__init__.py": "def aa(): ...\n\n\ndef bb(): ...\n\n\ndef dd(): ...\n"}
AFTER = {"pkg/__init__.py": "def aa(): ...\n\n\ndef bb(): ...\n\n\ndef cc(): ...\n\n\ndef dd(): ...\n"}


def _added_symbols(before: dict[str, str], after: dict[str, str]) -> list[tuple[str, str]]:
    return [(f.what, f.symbol) for f in facts(before, after) if f.kind is FactKind.ADDED]


# ------------------------------------------------------------------ facts


def test_a_new_name_beside_three_others_is_a_fact() -> None:
    assert _added_symbols(BEFORE, AFTER) == [("function", "pkg.cc")]


def test_a_new_name_beside_two_others_is_not_a_fact() -> None:
    before = {"m.py": "def aa(): ...\ndef bb(): ...\n"}
    assert _added_symbols(before, {"m.py": before["m.py"] + "def cc(): ...\n"}) == []


@pytest.mark.parametrize("name", ["_cc", "aa"])
def test_private_and_existing_names_are_not_facts(name: str) -> None:
    assert _added_symbols(BEFORE, {"pkg/__init__.py": BEFORE["pkg/__init__.py"] + f"\n\ndef {name}(): ...\n"}) == []


def test_a_name_missing_from_dunder_all_is_not_a_fact() -> None:
    listing = "__all__ = ['aa', 'bb', 'dd']\n"
    before, after = ({path: listing + text for path, text in tree.items()} for tree in (BEFORE, AFTER))
    assert _added_symbols(before, after) == []


def test_a_renamed_symbol_is_not_new() -> None:
    before = {"m.py": BEFORE["pkg/__init__.py"] + "\n\ndef load_file(path):\n    return open(path).read()\n"}
    assert _added_symbols(before, {"m.py": before["m.py"].replace("load_file", "load_files")}) == []


def test_a_name_that_is_only_newly_exported_is_not_a_fact() -> None:
    before = {"pkg/__init__.py": "from ._a import aa, bb, dd\n", "pkg/_a.py": AFTER["pkg/__init__.py"]}
    after = {**before, "pkg/__init__.py": "from ._a import aa, bb, cc, dd\n"}
    assert _added_symbols(before, after) == []  # its definition did not change, so its file is not compared


def test_a_new_member_or_module_beside_three_siblings_is_a_fact() -> None:
    body = "class C:\n    def a(self): ...\n    def b(self): ...\n    def c(self): ...\n"
    assert _added_symbols({"m.py": body}, {"m.py": body + "    def d(self): ...\n"}) == [("method", "m.C.d")]
    modules = {f"pkg/{name}.py": "A = 1\n" for name in ("__init__", "a", "b", "c")}
    assert _added_symbols(modules, {**modules, "pkg/d.py": "A = 1\n"}) == [("module", "pkg.d")]


def test_names_that_a_package_imports_with_a_star_are_siblings() -> None:
    parts = {"pkg/_a.py": "def aa(): ...\n", "pkg/_b.py": "__all__ = ['bb', 'dd']\ndef bb(): ...\ndef dd(): ...\n"}
    before = {"pkg/__init__.py": "from ._a import *\nfrom ._b import *\nfrom ._a import aa as ee\n", **parts}
    assert _added_symbols(before, {**before, "pkg/_a.py": parts["pkg/_a.py"] + "def cc(): ...\n"}) == [
        ("function", "pkg.cc")
    ]


def test_a_change_with_more_than_fifty_new_names_yields_no_facts() -> None:
    many = "".join(f"def f{number}(): ...\n" for number in range(51))
    assert _added_symbols(BEFORE, {"pkg/__init__.py": BEFORE["pkg/__init__.py"] + many}) == []


def test_a_module_that_star_imports_itself_is_read() -> None:
    loop = {"pkg/__init__.py": "from . import *\nfrom pkg import *\n" + BEFORE["pkg/__init__.py"]}
    after = {"pkg/__init__.py": loop["pkg/__init__.py"] + "\n\ndef ee(): ...\n"}
    assert _added_symbols(loop, after) == [("function", "pkg.ee")]


# ------------------------------------------------------------------ lists


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("docs/a.md", "- `{}`\n"),
        ("docs/a.md", "* {}\n"),
        ("docs/a.md", "::: pkg.{}\n    :docstring:\n\n"),
        ("docs/a.md", "| `{}` | yes |\n"),
        ("docs/a.md", "## `{}`\n\n::: pkg.{}\n\n"),
        ("docs/a.rst", ".. autofunction:: {}\n"),
        ("docs/a.rst", ".. autofunction:: pkg.{}\n   :noindex:\n\n"),
        ("docs/a.rst", "* :func:`~pkg.{}`\n"),
        ("docs/a.rst", "The {}\n------\n\n.. autofunction:: pkg.{}\n\n"),
        ("docs/a.adoc", "* `{}`\n"),
    ],
)
def test_a_new_name_is_listed_in_the_form_of_its_siblings(path: str, form: str) -> None:
    head = "# API\n\n| | |\n|---|---|\n" if form.startswith("|") else "API\n===\n\n"
    listing = [form.replace("{}", name) for name in ("aa", "bb", "cc", "dd")]
    tail = "\n# Then\n\nThe end.\n" if path == "docs/a.md" else "\n\nThen\n====\n\nThe end.\n"
    doc = head + "".join(entry for entry in listing if "cc" not in entry) + tail
    assert rewritten(BEFORE, AFTER, doc, path) == head + "".join(listing) + tail


def test_a_new_name_is_added_to_an_autosummary() -> None:
    doc = "API\n===\n\n.. autosummary::\n   :toctree: out\n\n   aa\n   bb\n   dd\n\nThe end.\n"
    assert rewritten(BEFORE, AFTER, doc, "docs/a.rst") == doc.replace("   bb\n", "   bb\n   cc\n")


def test_the_underline_fits_the_new_title_and_underscores_are_escaped() -> None:
    stub = "pkg.{} module\n{}\n\n.. automodule:: pkg.{}\n   :members:\n"

    def page(*names: str) -> str:
        titles = (name.replace("_", "\\_") for name in names)
        return "\n".join(stub.format(t, "-" * len(f"pkg.{t} module"), n) for t, n in zip(titles, names, strict=True))

    before = {f"pkg/{name}.py": "A = 1\n" for name in ("__init__", "a_a", "bb", "dddd")}
    after = {**before, "pkg/c_cc.py": "A = 1\n"}
    assert rewritten(before, after, page("a_a", "bb", "dddd"), "docs/a.rst") == page("a_a", "bb", "c_cc", "dddd")


def test_line_endings_are_kept_and_a_last_line_without_one_gets_one() -> None:
    last = {"pkg/__init__.py": BEFORE["pkg/__init__.py"] + "\n\ndef ee(): ...\n"}
    assert rewritten(BEFORE, last, "- `aa`\r\n- `bb`\r\n- `dd`") == "- `aa`\r\n- `bb`\r\n- `dd`\r\n- `ee`"
    first = {"pkg/__init__.py": "def a(): ...\n\n\n" + BEFORE["pkg/__init__.py"]}
    assert rewritten(BEFORE, first, "- `aa`\n\n- `bb`\n\n- `dd`\n") == "- `a`\n\n- `aa`\n\n- `bb`\n\n- `dd`\n"


def test_several_new_names_make_one_edit_per_place() -> None:
    after = {"pkg/__init__.py": AFTER["pkg/__init__.py"].replace("def cc", "def bd(): ...\n\n\ndef cc")}
    made = drafted(BEFORE, after, {"docs/a.md": "- `aa`\n- `bb`\n- `dd`\n"})
    assert [edit.new for edit in made.edits] == ["- `bd`\n- `cc`\n"]
    assert made.edits[0].reason == "`bd`, `cc` are new, and this list has all their siblings."


@pytest.mark.parametrize(
    "doc",
    [
        "- `aa`\n- `dd`\n",  # too few
        "- `aa`\n- `bb`\n- `other`\n",  # not all siblings, and something else
        "- `bb`\n- `dd`\n- `aa`\n",  # in no order
        "- `aa`: first\n- `bb`: second\n- `dd`: third\n",  # each has its own text
        "- [`aa`](aa.md)\n- [`bb`](bb.md)\n- [`dd`](dd.md)\n",  # the linked page may not exist
        "- `aa`\n- `bb`\n- `dd`\n\n# More\n\nThe new `cc`.\n",  # the page mentions it already
        "# Deprecated\n\n- `aa`\n- `bb`\n- `dd`\n",
    ],
)
def test_a_list_that_shows_no_clear_form_is_kept(doc: str) -> None:
    made = drafted(BEFORE, AFTER, {"docs/a.md": doc})
    assert (made.edits, made.notices) == ((), ())


def test_a_list_is_kept_if_alphabet_and_source_order_disagree() -> None:
    after = {"pkg/__init__.py": BEFORE["pkg/__init__.py"] + "\n\ndef cc(): ...\n"}
    assert rewritten(BEFORE, after, "- `aa`\n- `bb`\n- `dd`\n") == "- `aa`\n- `bb`\n- `dd`\n"


def test_a_kind_with_too_few_listed_siblings_is_not_added() -> None:
    some = "class A: ...\nclass B: ...\ndef aa(): ...\ndef bb(): ...\n"
    doc = ".. autofunction:: aa\n.. autofunction:: bb\n.. autoclass:: A\n.. autoclass:: B\n"
    assert rewritten({"m.py": some}, {"m.py": some + "class C: ...\n"}, doc, "docs/a.rst") == doc


def test_exceptions_with_one_base_class_are_siblings() -> None:
    some = "class E(Exception): ...\nclass Aa(E): ...\nclass Bb(E): ...\nclass Dd(E): ...\ndef run(): ...\n"
    after = some.replace("class Dd", "class Cc(E): ...\nclass Dd")
    doc = ".. autoexception:: Aa\n.. autoexception:: Bb\n.. autoexception:: Dd\n"
    wanted = doc.replace(".. autoexception:: Dd", ".. autoexception:: Cc\n.. autoexception:: Dd")
    assert rewritten({"m.py": some}, {"m.py": after}, doc, "docs/a.rst") == wanted


def test_an_entry_that_contains_a_placeholder_is_left_alone() -> None:
    doc = "- `aa`\ue000\n- `bb`\ue000\n- `dd`\ue000\n"
    assert rewritten(BEFORE, AFTER, doc) == doc


# ------------------------------------------------------------------ removed entries


def test_the_stub_and_the_summary_line_of_a_removed_name_are_deleted() -> None:
    doc = "::: pkg.aa\n\n::: pkg.bb_all\n    :docstring:\n\n::: pkg.dd\n"
    before = {"pkg/__init__.py": BEFORE["pkg/__init__.py"].replace("bb", "bb_all")}
    after = {"pkg/__init__.py": "def aa(): ...\n\n\ndef dd(): ...\n"}
    assert rewritten(before, after, doc) == "::: pkg.aa\n\n::: pkg.dd\n"
    summary = ".. autosummary::\n\n   aa\n   bb_all\n   dd\n"
    assert rewritten(before, after, summary, "docs/a.rst") == ".. autosummary::\n\n   aa\n   dd\n"


def test_containers_are_not_stubs() -> None:
    read = next(form for form in FORMATS if form.name == "Markdown").parse
    assert read(b"::: tip\nfoo\n:::\n\n:::note a.b\n\n::: details Click me.please\n").rows == ()
