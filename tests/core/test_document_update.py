"""How docs are updated after a change of code: which names change, and which are kept."""

from __future__ import annotations

import pytest

from bot.domain import apply_edits
from tests.core.trees import drafted, noticed, rewritten

FETCH = "def fetch_all(url, timeout=5):\n    return open_socket(url, timeout)\n"
BEFORE = {"pkg/__init__.py": FETCH}
AFTER = {"pkg/__init__.py": FETCH.replace("fetch_all", "fetch_many")}
CLIENT = "class Client:\n    def {}(self, url): return self.open(url)\n\n    def open(self, url): return url\n"
MEMBER = {"pkg/__init__.py": CLIENT.format("send_it")}
MEMBER_AFTER = {"pkg/__init__.py": CLIENT.format("dispatch_it")}


def _block(code: str) -> str:
    return f"# Guide\n\n```python\n{code}```\n"


# ------------------------------------------------------------------ a renamed function


def test_a_qualified_name_in_inline_code_is_updated() -> None:
    assert rewritten(BEFORE, AFTER, "Call `pkg.fetch_all(1)`.\n") == "Call `pkg.fetch_many(1)`.\n"


def test_imports_and_aliases_in_an_example_are_resolved() -> None:
    code = "import pkg as p\nfrom pkg import fetch_all\np.fetch_all(1)\nfetch_all(2)\n"
    assert rewritten(BEFORE, AFTER, _block(code)) == _block(code.replace("fetch_all", "fetch_many"))


def test_an_import_in_an_earlier_example_applies_to_a_later_one() -> None:
    doc = "```python\nimport pkg as p\n```\n\nThen:\n\n```python\np.fetch_all(1)\n```\n"
    assert rewritten(BEFORE, AFTER, doc) == doc.replace("fetch_all", "fetch_many")


def test_only_text_after_a_prompt_is_code() -> None:
    doc = _block(">>> import pkg\n>>> pkg.fetch_all(1)\n'pkg.fetch_all of 1'\n")
    assert rewritten(BEFORE, AFTER, doc) == doc.replace("pkg.fetch_all(1)", "pkg.fetch_many(1)")


def test_an_example_in_a_list_in_a_quotation_is_edited_exactly() -> None:
    doc = "> - See\n>\n>   ```python\n>   import pkg\n>   pkg.fetch_all(1)\n>   ```\n"
    assert rewritten(BEFORE, AFTER, doc) == doc.replace("fetch_all", "fetch_many")


def test_a_name_that_the_example_defines_is_kept() -> None:
    doc = _block("def fetch_all(url):\n    return 1\n\nfetch_all(2)\n")
    assert rewritten(BEFORE, AFTER, doc) == doc


def test_another_librarys_name_is_kept() -> None:
    doc = "Unlike `other.fetch_all` or `std::fetch_all`.\n\n" + _block("import other\nother.fetch_all(1)\n")
    assert rewritten(BEFORE, AFTER, doc) == doc


def test_a_bare_name_that_still_exists_elsewhere_gets_a_notice() -> None:
    before = {**BEFORE, "pkg/more.py": "def fetch_all(url):\n    return 0\n"}
    after = {**AFTER, "pkg/more.py": before["pkg/more.py"]}
    assert rewritten(before, after, "Call `fetch_all`.\n") == "Call `fetch_all`.\n"
    assert noticed(before, after, "Call `fetch_all`.\n") == [1]


def test_an_identifier_in_text_is_updated_but_an_ordinary_word_is_not() -> None:
    assert rewritten(BEFORE, AFTER, "With fetch_all you get it.\n") == "With fetch_many you get it.\n"
    run, walk = {"m.py": FETCH.replace("fetch_all", "run")}, {"m.py": FETCH.replace("fetch_all", "walk")}
    doc = "To run it, `run` the tool. We run.\n"
    assert rewritten(run, walk, doc) == doc


def test_an_ordinary_word_is_updated_in_calls_and_in_its_own_section() -> None:
    run, runs = {"m.py": FETCH.replace("fetch_all", "run")}, {"m.py": FETCH.replace("fetch_all", "runs")}
    assert rewritten(run, runs, "Call `run(1)`.\n") == "Call `runs(1)`.\n"
    assert rewritten(run, runs, "## `run`\n\nThe `run` function.\n") == "## `runs`\n\nThe `runs` function.\n"


def test_a_sentence_about_the_rename_keeps_the_old_name() -> None:
    doc = "`fetch_all` was renamed to `fetch_many`.\n\nFormerly `fetch_all`.\n\n# Changelog\n\n`pkg.fetch_all`\n"
    assert rewritten(BEFORE, AFTER, doc) == doc


def test_diffs_and_output_are_kept() -> None:
    doc = "```diff\n-pkg.fetch_all(1)\n```\n\n```text\npkg.fetch_all\n```\n"
    assert rewritten(BEFORE, AFTER, doc) == doc


def test_documents_about_the_past_and_vendored_ones_are_kept() -> None:
    docs = dict.fromkeys(("CHANGELOG.md", "docs/release-notes.md", "vendor/a.md", "blog/x.md"), "`pkg.fetch_all`\n")
    made = drafted(BEFORE, AFTER, docs)
    assert (made.edits, made.checked) == ((), 0)


def test_an_old_name_that_remains_as_an_alias_is_updated() -> None:
    body = "class {}:\n    def get(self): return 1\n"
    before, after = {"m.py": body.format("OldName")}, {"m.py": body.format("NewName") + "OldName = NewName\n"}
    doc = "`OldName` here.\n\n# There\n\n`OldName` again.\n"
    assert rewritten(before, after, doc) == doc.replace("OldName", "NewName")


def test_links_to_a_renamed_heading_are_updated_in_every_document() -> None:
    docs = {"docs/api.md": "# `fetch_all`\n", "docs/deep/b.md": "[it](../api.md#fetch_all), [no](#fetch_all)\n"}
    made = drafted(BEFORE, AFTER, docs)
    assert [(e.path, e.old, e.new) for e in made.edits] == [
        ("docs/api.md", "fetch_all", "fetch_many"),
        ("docs/deep/b.md", "fetch_all", "fetch_many"),
    ]
    assert made.edits[1].start == len("[it](../api.md#")


def test_a_rejected_edit_is_not_proposed_again() -> None:
    docs = {"docs/guide.md": "`pkg.fetch_all`\n"}
    (edit,) = drafted(BEFORE, AFTER, docs).edits
    assert drafted(BEFORE, AFTER, docs, frozenset({edit.fingerprint})).edits == ()


# ------------------------------------------------------------------ a renamed member or module


def test_a_method_is_resolved_through_its_class() -> None:
    code = "import pkg\n\nwith pkg.Client() as c:\n    c.send_it(1)\nd = pkg.Client()\nd.send_it(2)\n"
    code += "pkg.Client().send_it(3)\n"
    doc = _block(code) + "\nSee `Client.send_it`.\n"
    assert rewritten(MEMBER, MEMBER_AFTER, doc) == doc.replace("send_it", "dispatch_it")


def test_a_method_that_an_example_overrides_is_updated() -> None:
    doc = _block("import pkg\n\nclass Mine(pkg.Client):\n    def send_it(self, url):\n        return 1\n")
    assert rewritten(MEMBER, MEMBER_AFTER, doc) == doc.replace("send_it", "dispatch_it")


def test_a_method_of_another_class_is_kept() -> None:
    doc = _block("import other\nc = other.Client()\nc.send_it(1)\n")
    assert rewritten(MEMBER, MEMBER_AFTER, doc) == doc


def test_an_inherited_method_is_updated() -> None:
    below = "\n\nclass Child(Client):\n    pass\n"
    before = {"pkg/__init__.py": MEMBER["pkg/__init__.py"] + below}
    after = {"pkg/__init__.py": MEMBER_AFTER["pkg/__init__.py"] + below}
    doc = _block("import pkg\npkg.Child().send_it(1)\n")
    assert rewritten(before, after, doc) == doc.replace("send_it", "dispatch_it")


def test_a_renamed_module_is_updated_in_imports_and_dotted_names() -> None:
    before = {"pkg/__init__.py": "", "pkg/old.py": FETCH}
    after = {"pkg/__init__.py": "", "pkg/new.py": FETCH}
    doc = "Run `pkg.old.fetch_all`, `uvicorn pkg.old:app`.\n\n" + _block("from pkg.old import fetch_all\n")
    assert rewritten(before, after, doc) == doc.replace("pkg.old", "pkg.new")


def test_the_import_of_a_moved_symbol_is_updated() -> None:
    before = {"pkg/__init__.py": "", "pkg/a.py": FETCH + "\n\ndef other(): return 3\n", "pkg/b.py": ""}
    after = {"pkg/__init__.py": "", "pkg/a.py": "def other(): return 3\n", "pkg/b.py": FETCH}
    alone, two = "from pkg.a import fetch_all\n", "from pkg.a import fetch_all, other\n"
    assert rewritten(before, after, _block(alone)) == _block("from pkg.b import fetch_all\n")
    assert rewritten(before, after, _block(two)) == _block(two)
    assert noticed(before, after, _block(two)) == [4]
    assert rewritten(before, after, "`pkg.a.fetch_all`\n") == "`pkg.b.fetch_all`\n"


# ------------------------------------------------------------------ parameters, defaults, values


def test_a_keyword_is_updated_only_in_calls_of_its_function() -> None:
    after = {"pkg/__init__.py": FETCH.replace("timeout", "time_limit")}
    doc = _block("import pkg, other\npkg.fetch_all(1, timeout=2)\nother.get(timeout=2)\n")
    assert rewritten(BEFORE, after, doc) == doc.replace("(1, timeout", "(1, time_limit")


def test_a_parameter_renamed_everywhere_is_updated_in_any_call() -> None:
    two = "def one(a, pool_limits=1): return a\n\n\ndef two(b, pool_limits=2): return b\n"
    before, after = {"pkg/__init__.py": two}, {"pkg/__init__.py": two.replace("pool_limits", "limits_of_pool")}
    doc = "Pass `pool_limits`.\n\n" + _block("client.go(pool_limits=3)\n")
    assert rewritten(before, after, doc) == doc.replace("pool_limits", "limits_of_pool")


def test_a_parameter_is_updated_in_its_functions_list() -> None:
    after = {"pkg/__init__.py": FETCH.replace("timeout", "time_limit")}
    doc = "## fetch_all\n\n- `timeout`: seconds\n\n## other\n\n- `timeout`: theirs\n"
    assert rewritten(BEFORE, after, doc) == doc.replace("`timeout`: seconds", "`time_limit`: seconds")


def test_a_full_signature_is_updated_in_its_own_style() -> None:
    before = {"pkg/__init__.py": "def fetch_all(url: str, timeout: int = 5) -> list[str]:\n    return [url]\n"}
    after = {"pkg/__init__.py": "def fetch_all(url: str, timeout: int = 9) -> list[str]:\n    return [url]\n"}
    doc = "`fetch_all(url, timeout=5)`, `fetch_all(url: str, timeout: int = 5) -> list[str]`, `fetch_all(1)`\n"
    assert rewritten(before, after, doc) == doc.replace("5", "9")


def test_an_added_parameter_is_not_added_to_calls() -> None:
    after = {"pkg/__init__.py": FETCH.replace("url, ", "url, retries=1, ").replace("timeout=5", "timeout=5")}
    doc = "Call `fetch_all(url)` or `fetch_all()`.\n"
    assert rewritten(BEFORE, after, doc) == doc


def test_a_default_is_updated_in_the_default_column() -> None:
    after = {"pkg/__init__.py": FETCH.replace("timeout=5", "timeout=30")}
    doc = "## fetch_all\n\n| name | default |\n|---|---|\n| `timeout` | `5` |\n"
    assert rewritten(BEFORE, after, doc) == doc.replace("`5`", "`30`")


def test_the_same_number_with_another_meaning_is_kept() -> None:
    after = {"pkg/__init__.py": FETCH.replace("timeout=5", "timeout=30")}
    doc = "## fetch_all\n\n- `timeout`: at most `5`\n\n## other\n\n- `timeout`: by default `5`\n"
    assert rewritten(BEFORE, after, doc) == doc


def test_a_removed_parameter_gets_a_notice() -> None:
    after = {"pkg/__init__.py": "def fetch_all(url):\n    return open_socket(url)\n"}
    doc = "## fetch_all\n\n- `timeout`: seconds\n"
    assert rewritten(BEFORE, after, doc) == doc
    assert noticed(BEFORE, after, doc) == [3]


def test_a_constants_value_is_updated_in_an_inline_assignment() -> None:
    before, after = {"m.py": "MAX_TRIES = 3\n"}, {"m.py": "MAX_TRIES = 4\n"}
    doc = "`MAX_TRIES = 3`, and 3 of them, `MAX_TRIES = 2`.\n"
    assert rewritten(before, after, doc) == "`MAX_TRIES = 4`, and 3 of them, `MAX_TRIES = 2`.\n"


# ------------------------------------------------------------------ removed, moved


def test_only_the_row_of_a_removed_symbol_is_deleted() -> None:
    table = "| n | |\n|---|---|\n| `FetchAll` | x |\n| `push` | y |\n"
    items = "- a\n    * FetchAll\n    * FetchNone\n- `push`\n"
    before = {"m.py": "class FetchAll:\n    a = 1\n\n\ndef push(): return 1\n"}
    after = {"m.py": "def push(): return 1\n"}
    assert rewritten(before, after, table) == "| n | |\n|---|---|\n| `push` | y |\n"
    assert rewritten(before, after, items) == "- a\n    * FetchNone\n- `push`\n"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("func ValidOnly(a int) int { return a }\n", "func OnlyValidArgs(b string) bool { return check(b) }\n"),
        (
            "func Twice(a int) int { return add(add(a, a), a) }\n",
            "func Double(a int) int { return add(add(a, a), 0) }\n",
        ),
    ],
)
def test_the_row_of_a_symbol_with_a_likely_successor_gets_only_a_notice(old: str, new: str) -> None:
    before = {"go.mod": "module example.com/pkg\n", "a.go": f"package pkg\n\nfunc Push() {{}}\n\n{old}"}
    after = {**before, "a.go": "package pkg\n\nfunc Push() {}\n", "b.go": f"package pkg\n\n{new}"}
    name = old.split()[1].partition("(")[0]
    doc = f"- `{name}`: checks\n- `Push`: pushes\n"
    assert rewritten(before, after, doc) == doc
    assert noticed(before, after, doc) == [1]
    plain = {**after, "b.go": "package pkg\n\nfunc Other() { for {} }\n"}
    assert rewritten(before, plain, doc) == "- `Push`: pushes\n"


def test_a_row_that_contains_other_rows_gets_only_a_notice() -> None:
    before, after = {"m.py": "class FetchAll:\n    a = 1\n"}, {"m.py": ""}
    doc = "- FetchAll\n    - below\n- beside\n"
    assert rewritten(before, after, doc) == doc
    assert noticed(before, after, doc) == [1]


def test_the_only_row_of_a_list_gets_only_a_notice() -> None:
    before, after = {"m.py": "class FetchAll:\n    a = 1\n"}, {"m.py": ""}
    assert rewritten(before, after, "- `FetchAll`\n") == "- `FetchAll`\n"
    assert noticed(before, after, "- `FetchAll`\n") == [1]


def test_a_removed_symbol_whose_name_remains_in_the_code_keeps_its_row() -> None:
    before = {"m.py": "class FetchAll:\n    a = 1\n", "n.py": "x = lookup('FetchAll')\n"}
    doc = "- `FetchAll`\n- `push`\n"
    assert rewritten(before, {**before, "m.py": ""}, doc) == doc


def test_links_to_and_in_moved_files_are_updated() -> None:
    before = {
        "docs/a.md": "[b](b.md#x) ![i](img/i.png) [w](https://w/b.md)\n",
        "docs/b.md": "# x\n",
        "docs/img/i.png": "i",
    }
    after = {"docs/deep/a.md": before["docs/a.md"], "docs/c.md": "# x\n", "docs/img/i.png": "i"}
    made = drafted(before, after, {})
    assert [(e.path, e.old, e.new) for e in made.edits] == [
        ("docs/deep/a.md", "b.md", "../c.md"),
        ("docs/deep/a.md", "img/i.png", "../img/i.png"),
    ]


def test_links_keep_their_form() -> None:
    before, after = {"a b/old.py": "X = 1\n"}, {"a b/new.py": "X = 1\n"}
    doc = "[1](../a%20b/old.py) [2](/a%20b/old.py) [3](<../a b/old.py>) [4](../old.py)\n"
    assert rewritten(before, after, doc) == doc.replace("b/old", "b/new")


def test_a_path_in_code_is_updated() -> None:
    before, after = {"tools/x/old.sh": "echo\n"}, {"tools/x/new.sh": "echo\n"}
    doc = "Run `sh ./tools/x/old.sh`, not `my/tools/x/old.sh` or `tools/x/old.shx`.\n"
    assert rewritten(before, after, doc) == doc.replace("./tools/x/old.sh", "./tools/x/new.sh")


# ------------------------------------------------------------------ safety


def test_an_aligned_table_stays_aligned() -> None:
    doc = "| name        | what |\n|:------------|------|\n| `fetch_all` | gets |\n| `push`      | puts |\n"
    assert rewritten(BEFORE, AFTER, doc) == (
        "| name         | what |\n|:-------------|------|\n| `fetch_many` | gets |\n| `push`       | puts |\n"
    )


def test_unreadable_documents_are_skipped_with_a_note() -> None:
    docs = {
        "docs/a.md": b"\xff\xfe pkg.fetch_all",
        "docs/b.md": b"a\0pkg.fetch_all",
        "docs/c.md": b"pkg.fetch_all " * 80_000,
        "docs/d.md": b"`pkg.fetch_all`",
    }
    made = drafted(BEFORE, AFTER, docs)
    assert [e.path for e in made.edits] == ["docs/d.md"]
    assert made.checked == 1
    assert made.notes == (
        "`docs/a.md` was skipped: it is not UTF-8.",
        "`docs/b.md` was skipped: it is binary.",
        "`docs/c.md` was skipped: it is larger than 1 MB.",
    )


def test_there_is_one_notice_per_section_and_at_most_ten() -> None:
    before, after = {"m.py": "class FetchAll:\n    a = 1\n"}, {"m.py": ""}
    doc = "".join(f"# Part {n}\n\n`FetchAll` and `FetchAll`.\n\n" for n in range(12))
    made = drafted(before, after, {"docs/a.md": doc})
    assert len(made.notices) == 10
    assert made.notes == ("2 more places may be out of date; only the 10 most certain are shown.",)


def test_omitted_notices_are_counted_for_docs_and_for_doc_comments() -> None:
    comment = '    """Args:\n        gone: all of its text\n    """\n'
    functions = "".join(f"def step_{n}(kept, gone):\n{comment}    return kept + {n}\n\n\n" for n in range(12))
    before = {"m.py": "class FetchAll:\n    a = 1\n\n\n" + functions}
    after = {"m.py": functions.replace("(kept, gone)", "(kept)")}
    doc = "".join(f"# Part {n}\n\n`FetchAll` and `FetchAll`.\n\n" for n in range(13))
    made = drafted(before, after, {"docs/a.md": doc})
    assert made.notes == (
        "3 more places may be out of date; only the 10 most certain are shown.",
        "2 more places in doc comments may be out of date; only the 10 most certain are shown.",
    )


def test_an_unreadable_source_file_is_noted() -> None:
    made = drafted({"m.py": b"a = 1  # \xff\n"}, {"m.py": b"a = 2  # \xff\n"}, {})
    assert made.notes == ("`m.py` was skipped: it is not UTF-8.",)


def test_the_draft_contains_the_facts_and_the_texts_it_edits() -> None:
    made = drafted(BEFORE, AFTER, {"docs/a.md": "`pkg.fetch_all`\n", "docs/b.md": "b\n"})
    assert made.documents == {"docs/a.md": "`pkg.fetch_all`\n"}
    assert [f.new for f in made.facts] == ["fetch_many"]
    assert made.edits[0].reason == "`fetch_all` is now `fetch_many`."


def test_front_matter_and_html_are_kept() -> None:
    doc = "---\ntitle: pkg.fetch_all\n---\n\n<div>pkg.fetch_all</div>\n\nText <b title='pkg.fetch_all'>here</b>\n"
    assert rewritten(BEFORE, AFTER, doc) == doc


@pytest.mark.parametrize(
    "deep", ["x = " + "+".join(["a"] * 3_000), "x = " + "(" * 3_000 + ")" * 3_000, "x = a" + ".b()" * 3_000]
)
def test_an_example_nested_too_deeply_is_left_alone(deep: str) -> None:
    before, after = {"pkg/__init__.py": "def fetch_all(): ...\n"}, {"pkg/__init__.py": "def fetch_many(): ...\n"}
    doc = f"Call `fetch_all`.\n\n```python\n{deep}\nfetch_all()\n```\n"
    made = drafted(before, after, {"docs/a.md": doc})
    assert apply_edits(doc, [e for e in made.edits if e.line == 1]).startswith("Call `fetch_many`.")


def test_a_page_with_thousands_of_mentions_is_edited_quickly() -> None:
    before, after = {"pkg/__init__.py": "def fetch_all(): ...\n"}, {"pkg/__init__.py": "def fetch_many(): ...\n"}
    doc = "".join(f"- `fetch_all` {n}\n" for n in range(3_000))
    assert apply_edits(doc, drafted(before, after, {"docs/a.md": doc}).edits) == doc.replace("fetch_all", "fetch_many")


def test_a_parameter_in_a_declaration_is_not_a_member_of_the_same_name() -> None:
    text = "export interface Resolved {\n  configPath: string\n  root: string\n}\n"
    code = "export function create(\n  a: A,\n  configPath?: string\n) {\n  return a\n}\n"
    before = {"c.ts": text + code}
    after = {"c.ts": text.replace("configPath", "configFile") + code.replace("a: A,\n  configPath?: string", "a: A")}
    doc = "```ts\nasync function create(\n  a?: A,\n  configPath?: string\n): Promise<S>\n```\n"
    assert rewritten(before, after, doc) == doc
    assert noticed(before, after, doc) == [4]
