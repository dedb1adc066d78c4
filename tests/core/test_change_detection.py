"""Change detection: from two trees to facts."""

from __future__ import annotations

from bot.agents.change_detection.detect import detect
from bot.domain import FactKind, Location
from bot.frameworks import FRAMEWORKS
from bot.languages import LANGUAGES
from tests.core.trees import change, facts, said

FETCH = "def fetch_all(url, timeout=5):\n    return open_socket(url, timeout)\n"


def test_a_function_with_the_same_body_and_another_name_is_renamed() -> None:
    before, after = {"pkg/__init__.py": FETCH}, {"pkg/__init__.py": FETCH.replace("fetch_all", "fetch_many")}
    (fact,) = facts(before, after)
    assert (fact.kind, fact.symbol, fact.symbol_after) == (FactKind.RENAMED, "pkg.fetch_all", "pkg.fetch_many")
    assert (fact.before, fact.after) == (Location("pkg/__init__.py", 1), Location("pkg/__init__.py", 1))
    assert fact.confidence >= 0.9


def test_a_name_re_exported_from_a_private_module_is_the_public_one() -> None:
    before = {"src/pkg/__init__.py": "from ._core import *\n", "src/pkg/_core.py": FETCH}
    after = {**before, "src/pkg/_core.py": FETCH.replace("timeout=5", "timeout=9")}
    assert said(before, after) == ["default-changed pkg.fetch_all 5 → 9"]


def test_a_name_that_moved_behind_its_re_export_yields_no_fact() -> None:
    before = {"pkg/__init__.py": "from ._a import fetch_all\n", "pkg/_a.py": FETCH, "pkg/_b.py": ""}
    after = {"pkg/__init__.py": "from ._b import fetch_all\n", "pkg/_a.py": "", "pkg/_b.py": FETCH}
    assert said(before, after) == []


def test_private_names_tests_examples_and_vendored_code_are_left_out() -> None:
    before = dict.fromkeys(("pkg/_x.py", "tests/a.py", "examples/a.py", "docs/conf.py", "pkg/_vendor/a.py"), FETCH)
    after = dict.fromkeys(before, "")
    assert said(before, after) == []


def test_names_missing_from_all_are_private() -> None:
    text = "__all__ = ['seen']\ndef seen(): return 1\ndef unseen(): return 2\n"
    assert said({"m.py": text}, {"m.py": "__all__ = []\n"}) == ["removed m.seen seen → None"]


def test_a_function_without_a_similar_successor_is_removed() -> None:
    before = {"m.py": FETCH}
    assert said(before, {"m.py": "class Other:\n    pass\n"}) == ["removed m.fetch_all fetch_all → None"]


def test_an_alias_that_keeps_the_old_name_is_an_uncertain_rename() -> None:
    body = "class {}:\n    def get(self): return 1\n"
    (fact,) = facts({"m.py": body.format("Old")}, {"m.py": body.format("New") + "Old = New\n"})
    assert (fact.kind, fact.symbol, fact.symbol_after, fact.confidence) == (FactKind.RENAMED, "m.Old", "m.New", 0.5)


def test_the_members_of_a_renamed_class_are_not_removed() -> None:
    body = "class {}:\n    def get(self, url): return url\n    def close(self): return 0\n"
    assert said({"m.py": body.format("OldClient")}, {"m.py": body.format("NewClient")}) == [
        "renamed m.OldClient OldClient → NewClient"
    ]


def test_a_method_that_is_now_inherited_is_not_removed() -> None:
    before = {"m.py": "class Base:\n    pass\n\n\nclass Client(Base):\n    def get(self): return 1\n"}
    after = {"m.py": "class Base:\n    def get(self): return 1\n\n\nclass Client(Base):\n    pass\n"}
    assert said(before, after) == []


def test_a_method_is_renamed_within_its_class() -> None:
    before = {
        "m.py": "class A:\n    def close(self): return self.x.end()\n\n\nclass B:\n    def close(self): return 2\n"
    }
    after = {"m.py": before["m.py"].replace("close", "aclose", 1)}
    assert said(before, after) == ["renamed m.A.close close → aclose"]


def test_two_equally_likely_successors_make_a_removal() -> None:
    before = {"m.py": "def load_file(a):\n    return a\n"}
    after = {"m.py": "def load_filea(a):\n    return a\n\n\ndef load_fileb(a):\n    return a\n"}
    assert said(before, after) == ["removed m.load_file load_file → None"]


def test_a_name_that_its_module_now_imports_is_not_removed() -> None:
    before = {"pkg/__init__.py": "", "pkg/a.py": FETCH}
    after = {"pkg/__init__.py": "", "pkg/a.py": "from other import fetch_all\n"}
    assert said(before, after) == []


def test_a_name_provided_by_module_getattr_is_not_removed() -> None:
    after = "def __getattr__(name):\n    if name == 'fetch_all':\n        return 1\n"
    assert said({"m.py": FETCH}, {"m.py": after}) == []


def test_a_parameter_at_the_same_position_is_renamed() -> None:
    after = {"m.py": FETCH.replace("timeout", "time_limit")}
    assert said({"m.py": FETCH}, after) == ["parameter-renamed m.fetch_all timeout → time_limit"]


def test_a_parameter_rename_with_another_default_is_uncertain() -> None:
    after = {"m.py": FETCH.replace("timeout=5", "timeouts=False")}
    assert [f.confidence for f in facts({"m.py": FETCH}, after) if f.kind is FactKind.PARAMETER_RENAMED] == [0.65]


def test_a_stub_next_to_its_source_yields_no_facts() -> None:
    both = {"m.py": FETCH, "m.pyi": "def fetch_all(url, timeout=...): ...\n"}
    after = {"m.py": FETCH.replace("=5", "=6"), "m.pyi": "def fetch_all(url, timeout=..., x=...): ...\n"}
    assert said(both, after) == ["default-changed m.fetch_all 5 → 6"]


def test_a_relative_import_is_followed_through_packages() -> None:
    before = {
        "src/pkg/__init__.py": "from .sub import fetch_all as get\n",
        "src/pkg/sub/__init__.py": "from ._impl import fetch_all\n",
        "src/pkg/sub/_impl.py": FETCH,
    }
    after = {**before, "src/pkg/sub/_impl.py": FETCH.replace("=5", "=6")}
    assert said(before, after) == ["default-changed pkg.get 5 → 6"]


def test_the_order_of_keyword_only_parameters_does_not_matter() -> None:
    before, after = {"m.py": "def f(a, /, b, *, c, d): return 1\n"}, {"m.py": "def f(a, /, b, *, d, c): return 1\n"}
    assert said(before, after) == []


def test_attributes_set_by_a_constructor_are_public_names() -> None:
    text = "class R:\n    def __init__(self, protocol):\n        self.{} = protocol\n"
    assert said({"m.py": text.format("protocol")}, {"m.py": text.format("protocol_used")}) == [
        "renamed m.R.protocol protocol → protocol_used"
    ]


def test_parameters_are_removed_added_and_reordered() -> None:
    before = {"m.py": "def f(alpha, beta, gone): return 1\n"}
    after = {"m.py": "def f(beta, alpha, *, zzz=1): return 1\n"}
    assert said(before, after) == [
        "parameter-removed m.f gone → None",
        "parameter-added m.f None → zzz",
        "parameters-reordered m.f None → None",
    ]


def test_the_removal_of_a_parameter_that_kwargs_may_accept_is_uncertain() -> None:
    (fact,) = facts({"m.py": "def f(a, gone=1): return 1\n"}, {"m.py": "def f(a, **kw): return 1\n"})
    assert (fact.kind, fact.confidence) == (FactKind.PARAMETER_REMOVED, 0.5)


def test_constructor_parameters_belong_to_the_class() -> None:
    before = {"m.py": "class Client:\n    def __init__(self, limit=1): self.limit = limit\n"}
    assert said(before, {"m.py": before["m.py"].replace("limit=1", "limit=2")}) == [
        "default-changed m.Client 1 → 2",
    ]


def test_the_fields_of_a_dataclass_are_its_parameters() -> None:
    before = {"m.py": "@dataclass\nclass P:\n    x: int\n    size: int = 1\n"}
    after = {"m.py": "@dataclass\nclass P:\n    x: int\n    size: int = 2\n"}
    assert said(before, after) == ["default-changed m.P 1 → 2", "value-changed m.P.size 1 → 2"]


def test_quotes_and_layout_do_not_change_a_default() -> None:
    before, after = {"m.py": "def f(a='x',b=(1,2)): return 1\n"}, {"m.py": 'def f(a="x", b=(1, 2)): return 1\n'}
    assert said(before, after) == []


def test_a_changed_literal_value_is_a_fact_and_a_computed_one_is_not() -> None:
    before = {"m.py": "LIMIT = 3\nTABLE = make(1)\n\n\nclass Colour(Enum):\n    RED = 1\n"}
    after = {"m.py": "LIMIT = 4\nTABLE = make(2)\n\n\nclass Colour(Enum):\n    RED = 7\n"}
    assert said(before, after) == ["value-changed m.LIMIT 3 → 4", "value-changed m.Colour.RED 1 → 7"]


def test_a_module_moves_with_its_file() -> None:
    before = {"pkg/__init__.py": "", "pkg/old.py": FETCH}
    after = {"pkg/__init__.py": "", "pkg/new.py": FETCH}
    assert said(before, after) == ["renamed pkg.old old → new", "file-moved pkg/old.py pkg/old.py → pkg/new.py"]


def test_a_moved_file_is_recognized_by_its_symbols() -> None:
    before = {"pkg/__init__.py": "", "pkg/old.py": FETCH}
    after = {"pkg/__init__.py": "", "pkg/new.py": FETCH + "# more\n"}
    assert "renamed pkg.old old → new" in said(before, after)


def test_a_moved_package_is_one_fact_not_one_per_module() -> None:
    before = {"pkg/__init__.py": "", "pkg/old/__init__.py": "A = 1\n", "pkg/old/a.py": FETCH}
    after = {"pkg/__init__.py": "", "pkg/new/__init__.py": "A = 1\n", "pkg/new/a.py": FETCH}
    assert [line for line in said(before, after) if line.startswith("renamed")] == ["renamed pkg.old old → new"]


def test_overloads_setters_and_fallback_imports_are_not_symbols() -> None:
    text = (
        "try:\n    import json\nexcept ImportError:\n    json = None\n"
        "@overload\ndef f(a): ...\n@overload\ndef f(a, b): ...\ndef f(a, b=1): return 1\n"
        "class C:\n    @property\n    def p(self): return 1\n    @p.setter\n    def p(self, v): self.v = v\n"
    )
    assert said({"m.py": text}, {"m.py": text.replace("json = None", "pass")}) == []


def test_source_with_a_syntax_error_is_noted() -> None:
    moved = change({"m.py": FETCH}, {"m.py": "def fetch_all(url, timeout=9):\n    return (\n"})
    detected = detect(moved, LANGUAGES, FRAMEWORKS)
    assert detected.notes == ("`m.py` has syntax that could not be read, so facts about it may be missing.",)


def test_a_change_without_code_has_no_facts() -> None:
    assert said({"README.md": "a"}, {"README.md": "b"}) == []
