"""What is new, and the lists of the docs that hold all of its siblings."""

from __future__ import annotations

import pytest

from bot.domain import FactKind
from bot.formats import FORMATS
from tests.core.trees import drafted, facts, rewritten

BEFORE = {"pkg/__init__.py": "def aa(): ...\n\n\ndef bb(): ...\n\n\ndef dd(): ...\n"}
AFTER = {"pkg/__init__.py": "def aa(): ...\n\n\ndef bb(): ...\n\n\ndef cc(): ...\n\n\ndef dd(): ...\n"}


def _added(before: dict[str, str], after: dict[str, str]) -> list[tuple[str, str]]:
    return [(f.what, f.symbol) for f in facts(before, after) if f.kind is FactKind.ADDED]


# ------------------------------------------------------------------ facts


def test_a_new_name_beside_three_others_is_a_fact() -> None:
    assert _added(BEFORE, AFTER) == [("function", "pkg.cc")]


def test_a_new_name_beside_two_others_is_none() -> None:
    before = {"m.py": "def aa(): ...\ndef bb(): ...\n"}
    assert _added(before, {"m.py": before["m.py"] + "def cc(): ...\n"}) == []


@pytest.mark.parametrize("name", ["_cc", "aa"])
def test_a_private_name_and_one_that_was_there_are_none(name: str) -> None:
    assert _added(BEFORE, {"pkg/__init__.py": BEFORE["pkg/__init__.py"] + f"\n\ndef {name}(): ...\n"}) == []


def test_a_name_that_all_hides_is_none() -> None:
    listing = "__all__ = ['aa', 'bb', 'dd']\n"
    before, after = ({path: listing + text for path, text in tree.items()} for tree in (BEFORE, AFTER))
    assert _added(before, after) == []


def test_what_was_renamed_is_not_new() -> None:
    before = {"m.py": BEFORE["pkg/__init__.py"] + "\n\ndef load_file(path):\n    return open(path).read()\n"}
    assert _added(before, {"m.py": before["m.py"].replace("load_file", "load_files")}) == []


def test_a_name_that_was_reached_elsewhere_and_is_exported_now_is_none() -> None:
    before = {"pkg/__init__.py": "from ._a import aa, bb, dd\n", "pkg/_a.py": AFTER["pkg/__init__.py"]}
    after = {**before, "pkg/__init__.py": "from ._a import aa, bb, cc, dd\n"}
    assert _added(before, after) == []  # its definition did not change: nobody looked there


def test_a_member_and_a_module_are_told_by_their_siblings() -> None:
    body = "class C:\n    def a(self): ...\n    def b(self): ...\n    def c(self): ...\n"
    assert _added({"m.py": body}, {"m.py": body + "    def d(self): ...\n"}) == [("method", "m.C.d")]
    modules = {f"pkg/{name}.py": "A = 1\n" for name in ("__init__", "a", "b", "c")}
    assert _added(modules, {**modules, "pkg/d.py": "A = 1\n"}) == [("module", "pkg.d")]


def test_names_that_a_package_takes_from_everywhere_are_siblings() -> None:
    parts = {"pkg/_a.py": "def aa(): ...\n", "pkg/_b.py": "__all__ = ['bb', 'dd']\ndef bb(): ...\ndef dd(): ...\n"}
    before = {"pkg/__init__.py": "from ._a import *\nfrom ._b import *\nfrom ._a import aa as ee\n", **parts}
    assert _added(before, {**before, "pkg/_a.py": parts["pkg/_a.py"] + "def cc(): ...\n"}) == [("function", "pkg.cc")]


def test_a_change_that_brings_more_than_fifty_names_tells_of_none() -> None:
    many = "".join(f"def f{number}(): ...\n" for number in range(51))
    assert _added(BEFORE, {"pkg/__init__.py": BEFORE["pkg/__init__.py"] + many}) == []


def test_a_module_that_imports_all_from_itself_is_read() -> None:
    loop = {"pkg/__init__.py": "from . import *\nfrom pkg import *\n" + BEFORE["pkg/__init__.py"]}
    after = {"pkg/__init__.py": loop["pkg/__init__.py"] + "\n\ndef ee(): ...\n"}
    assert _added(loop, after) == [("function", "pkg.ee")]


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


def test_a_summary_of_names_gets_the_new_one() -> None:
    doc = "API\n===\n\n.. autosummary::\n   :toctree: out\n\n   aa\n   bb\n   dd\n\nThe end.\n"
    assert rewritten(BEFORE, AFTER, doc, "docs/a.rst") == doc.replace("   bb\n", "   bb\n   cc\n")


def test_a_title_of_another_length_is_underlined_anew_and_its_underscores_are_escaped() -> None:
    stub = "pkg.{} module\n{}\n\n.. automodule:: pkg.{}\n   :members:\n"

    def page(*names: str) -> str:
        titles = (name.replace("_", "\\_") for name in names)
        return "\n".join(stub.format(t, "-" * len(f"pkg.{t} module"), n) for t, n in zip(titles, names, strict=True))

    before = {f"pkg/{name}.py": "A = 1\n" for name in ("__init__", "a_a", "bb", "dddd")}
    after = {**before, "pkg/c_cc.py": "A = 1\n"}
    assert rewritten(before, after, page("a_a", "bb", "dddd"), "docs/a.rst") == page("a_a", "bb", "c_cc", "dddd")


def test_line_ends_are_kept_and_a_last_line_without_one_is_ended() -> None:
    last = {"pkg/__init__.py": BEFORE["pkg/__init__.py"] + "\n\ndef ee(): ...\n"}
    assert rewritten(BEFORE, last, "- `aa`\r\n- `bb`\r\n- `dd`") == "- `aa`\r\n- `bb`\r\n- `dd`\r\n- `ee`"
    first = {"pkg/__init__.py": "def a(): ...\n\n\n" + BEFORE["pkg/__init__.py"]}
    assert rewritten(BEFORE, first, "- `aa`\n\n- `bb`\n\n- `dd`\n") == "- `a`\n\n- `aa`\n\n- `bb`\n\n- `dd`\n"


def test_several_new_names_make_one_edit_a_place_and_its_reason_names_them() -> None:
    after = {"pkg/__init__.py": AFTER["pkg/__init__.py"].replace("def cc", "def bd(): ...\n\n\ndef cc")}
    made = drafted(BEFORE, after, {"docs/a.md": "- `aa`\n- `bb`\n- `dd`\n"})
    assert [edit.new for edit in made.edits] == ["- `bd`\n- `cc`\n"]
    assert made.edits[0].reason == "`bd`, `cc` are new, and this list holds all of the siblings."


@pytest.mark.parametrize(
    "doc",
    [
        "- `aa`\n- `dd`\n",  # too few
        "- `aa`\n- `bb`\n- `other`\n",  # not all siblings, and something else
        "- `bb`\n- `dd`\n- `aa`\n",  # in no order
        "- `aa`: first\n- `bb`: second\n- `dd`: third\n",  # each says something of its own
        "- [`aa`](aa.md)\n- [`bb`](bb.md)\n- [`dd`](dd.md)\n",  # a page would have to be made first
        "- `aa`\n- `bb`\n- `dd`\n\n# More\n\nThe new `cc`.\n",  # the page speaks of it already
        "# Deprecated\n\n- `aa`\n- `bb`\n- `dd`\n",
    ],
)
def test_a_list_that_does_not_show_what_is_to_be_written_stays(doc: str) -> None:
    made = drafted(BEFORE, AFTER, {"docs/a.md": doc})
    assert (made.edits, made.notices) == ((), ())


def test_letters_and_source_that_disagree_leave_the_list_alone() -> None:
    after = {"pkg/__init__.py": BEFORE["pkg/__init__.py"] + "\n\ndef cc(): ...\n"}
    assert rewritten(BEFORE, after, "- `aa`\n- `bb`\n- `dd`\n") == "- `aa`\n- `bb`\n- `dd`\n"


def test_a_kind_of_which_the_list_shows_too_few_stays_out() -> None:
    some = "class A: ...\nclass B: ...\ndef aa(): ...\ndef bb(): ...\n"
    doc = ".. autofunction:: aa\n.. autofunction:: bb\n.. autoclass:: A\n.. autoclass:: B\n"
    assert rewritten({"m.py": some}, {"m.py": some + "class C: ...\n"}, doc, "docs/a.rst") == doc


def test_exceptions_of_one_base_are_siblings_of_their_own() -> None:
    some = "class E(Exception): ...\nclass Aa(E): ...\nclass Bb(E): ...\nclass Dd(E): ...\ndef run(): ...\n"
    after = some.replace("class Dd", "class Cc(E): ...\nclass Dd")
    doc = ".. autoexception:: Aa\n.. autoexception:: Bb\n.. autoexception:: Dd\n"
    wanted = doc.replace(".. autoexception:: Dd", ".. autoexception:: Cc\n.. autoexception:: Dd")
    assert rewritten({"m.py": some}, {"m.py": after}, doc, "docs/a.rst") == wanted


def test_an_entry_that_holds_the_signs_of_holes_is_left_alone() -> None:
    doc = "- `aa`\ue000\n- `bb`\ue000\n- `dd`\ue000\n"
    assert rewritten(BEFORE, AFTER, doc) == doc


# ------------------------------------------------------------------ entries that go


def test_the_stub_and_the_summary_line_of_what_is_gone_go() -> None:
    doc = "::: pkg.aa\n\n::: pkg.bb_all\n    :docstring:\n\n::: pkg.dd\n"
    before = {"pkg/__init__.py": BEFORE["pkg/__init__.py"].replace("bb", "bb_all")}
    after = {"pkg/__init__.py": "def aa(): ...\n\n\ndef dd(): ...\n"}
    assert rewritten(before, after, doc) == "::: pkg.aa\n\n::: pkg.dd\n"
    summary = ".. autosummary::\n\n   aa\n   bb_all\n   dd\n"
    assert rewritten(before, after, summary, "docs/a.rst") == ".. autosummary::\n\n   aa\n   dd\n"


def test_containers_are_no_stubs() -> None:
    read = next(form for form in FORMATS if form.name == "Markdown").parse
    assert read(b"::: tip\nfoo\n:::\n\n:::note a.b\n\n::: details Click me.please\n").rows == ()
