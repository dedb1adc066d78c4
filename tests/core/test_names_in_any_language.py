"""Names in docs and code of any language: which are updated by their spelling, and which are kept."""

from __future__ import annotations

import pytest

from tests.core.trees import drafted, rewritten

# ------------------------------------------------------------------ replaced names


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("src/reply.lua", "local {} = function(a) return a end\nprint({}(1))\n"),
        ("lib/net.ex", "def {}(url) do\n  open(url)\nend\n"),
        ("app/main.dart", "int {}(int url) => url;\n"),
        ("conf/app.toml", "{} = 3\n"),
    ],
)
def test_a_name_that_one_other_replaced_is_updated(path: str, text: str) -> None:
    before, after = {path: text.replace("{}", "fetch_all")}, {path: text.replace("{}", "fetch_many")}
    doc = "Call fetch_all, `fetch_all(url)`.\n\n    fetch_all(1)\n"
    assert rewritten(before, after, doc) == doc.replace("fetch_all", "fetch_many")


def test_an_option_is_updated_with_its_dashes() -> None:
    before, after = {"src/args.rs": 'flag("--files-first");\n'}, {"src/args.rs": 'flag("--files-last");\n'}
    doc = "Use `--files-first`, not `--files-first-match`.\n"
    assert rewritten(before, after, doc) == "Use `--files-last`, not `--files-first-match`.\n"


def test_a_name_that_several_replaced_is_kept() -> None:
    before = {"a.lua": "x = old_name\ny = old_name\nz = old_name\n"}
    after = {"a.lua": "x = new_name\ny = name_other\nz = name_third\n"}
    assert rewritten(before, after, "See `old_name`.\n") == "See `old_name`.\n"


def test_a_negated_name_is_updated_only_with_its_value() -> None:
    before, after = {"a.lua": "no_color = 1\n"}, {"a.lua": "color = 1\n"}
    assert rewritten(before, after, "    run(no_color=True)\n") == "    run(color=False)\n"
    assert rewritten(before, after, "Give `no_color`.\n") == "Give `no_color`.\n"


def test_an_ordinary_word_is_kept_if_the_text_uses_it() -> None:
    before, after = {"a.lua": "local render = 1\n"}, {"a.lua": "local renderer = 1\n"}
    doc = "We render text with `render`.\n"
    assert rewritten(before, after, doc) == doc


def test_urls_and_the_standard_library_are_kept() -> None:
    before, after = {"a.rs": "struct OutPipe {}\n"}, {"a.rs": "struct OutStream {}\n"}
    doc = "See https://a.example/OutPipe and `std::io::OutPipe`.\n"
    assert rewritten(before, after, doc) == doc


def test_a_link_to_a_package_is_updated_with_its_label() -> None:
    before = {"package.json": '{"dependencies": {"fluent-schema": "1"}}\n'}
    after = {"package.json": '{"dependencies": {"fluent-json": "1"}}\n'}
    doc = "Try [`fluent-schema`](https://a.example/fluent-schema) now.\n"
    assert rewritten(before, after, doc) == doc.replace("fluent-schema", "fluent-json")


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("src/pipe.rs", "pub struct {0};\n\nimpl {0} {{\n    pub fn {1}() -> {0} {{ {0} }}\n}}\n"),
        ("src/pipe.lua", "{0} = {{}}\nfunction {0}.{1}() return {0} end\nreturn {0}\n"),
    ],
)
def test_a_name_is_kept_where_its_successor_lacks_the_member(path: str, code: str) -> None:
    sign = "::" if path.endswith(".rs") else "."
    doc = f"The `OutPipe` type.\n\n# Use\n\n    pipe = OutPipe{sign}open()\n"
    before, after = {path: code.format("OutPipe", "open")}, {path: code.format("OutStream", "write")}
    made = drafted(before, after, {"docs/a.md": doc})
    assert [(e.line, e.new) for e in made.edits] == [(1, "OutStream")]
    assert [n.line for n in made.notices] == [5]


def test_a_name_is_updated_where_its_successor_inherits_the_member() -> None:
    code = "class Pipe:\n    def open(self): ...\n\n\nclass {}(Pipe):\n    size = 1\n{}"
    before = {"m.py": code.format("OutPipe", "\n    def open(self): return 1\n")}
    after = {"m.py": code.format("OutStream", "")}
    assert rewritten(before, after, "Call `OutPipe.open()`.\n") == "Call `OutStream.open()`.\n"


# ------------------------------------------------------------------ not a rename


def test_a_name_that_only_a_test_replaced_is_kept() -> None:
    test = "def test_it():\n    def {0}(who):\n        pass\n    {0}(1)\n    app.{0}(2)\n    {0}(3)\n"
    before, after = {"tests/test_a.py": test.format("hello")}, {"tests/test_a.py": test.format("hello_option")}
    doc = "    $ python main.py hello\n\nCall `hello`.\n"
    assert rewritten(before, after, doc) == doc
    before, after = {"tests/test_a.py": test.format("make_it")}, {"tests/test_a.py": test.format("make_all")}
    assert rewritten(before, after, "Call `make_it`.\n") == "Call `make_it`.\n"


def test_an_ordinary_word_that_was_replaced_once_is_kept() -> None:
    before, after = {"a.lua": 'run("greet")\n'}, {"a.lua": 'run("greeting")\n'}
    assert rewritten(before, after, "    $ main greet\n") == "    $ main greet\n"
    twice = {"a.lua": before["a.lua"] * 2}, {"a.lua": after["a.lua"] * 2}
    assert rewritten(*twice, "    $ main greet\n") == "    $ main greeting\n"


def test_a_replaced_dependency_is_not_a_rename() -> None:
    manifest = (
        '[x]\ntest = [\n    "click-completion",\n]\nall = [\n    "click-completion >=1",\n    "click-completion"\n]\n'
    )
    before = {"pyproject.toml": manifest, "pkg/m.py": "import click_completion\n"}
    after = {
        "pyproject.toml": manifest.replace("click-completion", "shellingham"),
        "pkg/m.py": "import shellingham\n",
    }
    doc = "Install `click-completion`, then import `click_completion`.\n"
    assert rewritten(before, after, doc) == doc


def test_two_names_that_became_one_are_kept() -> None:
    doc = "- `ansi-dark` is dark.\n- `ansi-light` is like `ansi-dark`, but light.\n"
    before, after = (
        {"a.rs": 'fn a() { t("ansi-light"); t("ansi-dark"); }\n'},
        {"a.rs": 'fn a() { t("ansi"); t("ansi"); }\n'},
    )
    assert rewritten(before, after, doc) == doc
    before = {"a.rs": "// The themes ansi-light, ansi-dark and base16\nfn a() {}\n"}
    after = {
        "a.rs": '// The themes ansi, and base16\nfn a() { f("ansi-light", "ansi-dark"); warn("deprecated: ansi"); }\n'
    }
    assert rewritten(before, after, doc) == doc


def test_an_element_of_a_list_is_not_a_parameter() -> None:
    before = {"e.ts": "const meaningful = [\n  'alwaysStrict',\n  'jsx',\n]\n"}
    after = {"e.ts": "const meaningful = [\n  'target',\n  'jsx',\n]\n"}
    assert rewritten(before, after, "- `alwaysStrict`\n- `jsx`\n") == "- `alwaysStrict`\n- `jsx`\n"


def test_a_scope_is_updated_only_before_the_package_that_changed() -> None:
    text = (
        "x = load('@{0}/plugin')\ny = load('@{0}/plugin')\nz = load('@{0}/plugin')\nw = load('@rollup/plugin-alias')\n"
    )
    before, after = {"c.ts": text.format("rollup")}, {"c.ts": text.format("rolldown")}
    doc = "Use `@rollup/plugin`, `@rollup/plugin-alias`.\n"
    assert rewritten(before, after, doc) == doc.replace("@rollup/plugin`", "@rolldown/plugin`")


def test_a_local_variable_is_not_looked_up_in_docs() -> None:
    code = "function lex(code) {\n  let assert = {}\n  assert = parse(code)\n  return [code, assert, 1]\n}\n"
    kept = "export interface O {\n  /** @deprecated */\n  assert?: {}\n  options?: string\n}\n"
    before, after = {"g.ts": code + kept}, {"g.ts": code.replace("assert", "options") + kept}
    doc = '```js\nglob("./d/*.js", { assert: { type: "raw" } })\n```\n'
    assert rewritten(before, after, doc) == doc


def test_a_living_name_is_not_deprecated_by_a_word_beside_it() -> None:
    kept = "export interface UserConfig {{\n  alias: string\n  warn: 1\n}}\nexport interface InlineConfig {{}}\n{}"
    before = {"c.ts": kept.format("export function resolve(c: UserConfig) {\n}\n")}
    after = {"c.ts": kept.format("export function resolve(c: InlineConfig) {\n}\n")}
    assert rewritten(before, after, "Use `UserConfig`.\n") == "Use `UserConfig`.\n"


def test_an_ordinary_word_in_the_line_is_not_the_new_name() -> None:
    before, after = {"m.py": 'N = "call-users"\n'}, {"m.py": 'N = "users"\n'}
    doc = 'Run `call-users`, the "help for users".\n'
    assert rewritten(before, after, doc) == 'Run `users`, the "help for users".\n'
    contrast = "It is `users`, not `call-users`.\n"
    assert rewritten(before, after, contrast) == contrast


# ------------------------------------------------------------------ names that remain


def test_a_name_that_remains_is_updated_only_between_the_changed_neighbours() -> None:
    before = {"a.lua": "conn.close()\nself.close = 1\n", "b.lua": "file:close()\n"}
    after = {"a.lua": "conn.aclose()\nself.aclose = 1\n", "b.lua": "file:close()\n"}
    doc = "    conn.close()\n    file:close()\n\nThe close of `close`.\n"
    assert rewritten(before, after, doc) == doc.replace("conn.close", "conn.aclose")


def test_a_keyword_that_remains_elsewhere_is_updated_in_its_owners_calls() -> None:
    text = "function Client({}) {{ return 1 }}\nfunction Proxy(dispatch) {{ return 2 }}\n"
    before, after = {"a.lua": text.format("dispatch")}, {"a.lua": text.format("transport")}
    doc = "    Client(dispatch=app)\n    Proxy(dispatch=app)\n"
    assert rewritten(before, after, doc) == "    Client(transport=app)\n    Proxy(dispatch=app)\n"


def test_a_deprecated_name_is_updated() -> None:
    before = {"a.lua": "function pool_limits() return 1 end\n"}
    after = {"a.lua": "function limits() return 1 end\n-- pool_limits is deprecated, use limits\n"}
    assert rewritten(before, after, "Set `pool_limits`.\n") == "Set `limits`.\n"


# ------------------------------------------------------------------ names without a successor


def test_the_row_and_the_contents_entry_of_a_removed_name_are_deleted() -> None:
    before, after = {"a.js": 'warn("DEP005")\nwarn("DEP006")\n'}, {"a.js": 'warn("DEP006")\n'}
    doc = "- [DEP005](#DEP005)\n- [DEP006](#DEP006)\n\n| code | |\n|---|---|\n| DEP005 | a |\n| DEP006 | b |\n"
    assert rewritten(before, after, doc) == ("- [DEP006](#DEP006)\n\n| code | |\n|---|---|\n| DEP006 | b |\n")


def test_an_api_directive_of_a_removed_name_is_deleted_with_its_body() -> None:
    before, after = {"a.lua": "function read_cache() end\nfunction keep() end\n"}, {"a.lua": "function keep() end\n"}
    doc = "API\n===\n\n.. function:: pkg.read_cache\n\n   Reads.\n\n.. function:: pkg.keep\n"
    assert rewritten(before, after, doc, "docs/api.rst") == "API\n===\n\n.. function:: pkg.keep\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            {"tests/test_m.py": 'def test():\n    assert "username" in run()\n', "m.py": "X = 1\n"},
            {"tests/test_m.py": "def test():\n    run()\n", "m.py": "X = 1\n"},
            id="only a test had it",
        ),
        pytest.param(
            {"m.py": "# takes a username\nX = 1\n"},
            {"m.py": "X = 1\n"},
            id="only a comment had it",
        ),
        pytest.param(
            {"m.py": "import shells\nshells.username()\n"},
            {"m.py": "import shells\n"},
            id="it was another library's",
        ),
        pytest.param(
            {"m.py": "def username(): ...\n", "examples/a.py": "username()\n"},
            {"m.py": "X = 1\n", "examples/a.py": "username()\n"},
            id="an example still uses it",
        ),
        pytest.param(
            {"m.py": 'read("username")\n', "data/username.txt": ""},
            {"m.py": "read(X)\n", "data/username.txt": ""},
            id="a file still has it",
        ),
        pytest.param(
            {"m.py": "def username(): ...\n", "n.py": "os.username()\nread(username)\n"},
            {"m.py": "X = 1\n", "n.py": "os.username()\nread(username)\n"},
            id="the program still uses it, after a line with the standard library's",
        ),
    ],
)
def test_a_row_is_kept_unless_the_program_defined_the_name_and_nothing_has_it(
    before: dict[str, str], after: dict[str, str]
) -> None:
    doc = "- `username`: who\n- `formal`: how\n"
    assert rewritten(before, after, doc) == doc


def test_the_suffix_of_a_file_is_not_a_member() -> None:
    before, after = {"a.rs": 'fn a() { load(".sublime-syntax") }\n'}, {"a.rs": "fn a() {}\n"}
    doc = "- `Dart.sublime-syntax`: no include\n- `INI.sublime-syntax`: more\n"
    assert rewritten(before, after, doc) == doc


def test_an_existing_file_keeps_its_name() -> None:
    before = {"tests/test_a.py": "from src.cmd import tutorial003 as mod\n", "src/opt/tutorial003.py": "X = 1\n"}
    after = {"tests/test_a.py": "from src.cmd import tutorial001 as mod\n", "src/opt/tutorial003.py": "X = 1\n"}
    doc = "{!./src/opt/tutorial003.py!}\n\nSee `tutorial003`.\n"
    assert rewritten(before, after, doc) == doc


def test_a_cross_reference_is_not_a_row_about_the_name() -> None:
    before, after = {"a.lua": "function search() end\n"}, {"a.lua": "x = 1\n"}
    doc = "* :ref:`search`\n* :ref:`index`\n"
    assert rewritten(before, after, doc, "docs/index.rst") == doc


def test_the_contrasted_name_in_a_sentence_is_kept() -> None:
    before = {"a.rb": "def fetch_raw\n  read_raw\nend\n"}
    after = {"a.rb": "def fetch_bytes\n  read_raw\nend\n"}
    doc = "Call `fetch_raw`, rather than `other.read` and the `fetch_raw` of others.\n"
    assert rewritten(before, after, doc) == doc.replace("Call `fetch_raw`", "Call `fetch_bytes`")


# ------------------------------------------------------------------ versions


@pytest.mark.parametrize(
    ("path", "manifest", "old", "new", "doc"),
    [
        ("setup.cfg", "python_requires = >={}\n", "3.7", "3.8", "Supports Python {} and newer.\n"),
        ("setup.py", 'setup(python_requires=">={}")\n', "3.7", "3.8", "It needs Python >= {}.\n"),
        ("package.json", '{{"engines": {{"node": ">={}"}}}}\n', "14", "18", "Node.js {} or later.\n"),
        ("go.mod", "module a\n\ngo {}\n", "1.18", "1.20", "Requires Go {}.\n"),
        ("Cargo.toml", '[package]\nrust-version = "{}"\n', "1.60", "1.70", "The MSRV is {}.\n"),
    ],
)
def test_a_minimum_version_is_updated_from_the_manifest(path: str, manifest: str, old: str, new: str, doc: str) -> None:
    before, after = {path: manifest.format(old)}, {path: manifest.format(new)}
    assert rewritten(before, after, doc.format(old)) == doc.format(new)


def test_dated_statements_ranges_and_translations_are_kept() -> None:
    before, after = {"setup.cfg": "python_requires = >=3.7\n"}, {"setup.cfg": "python_requires = >=3.8\n"}
    docs = {"docs/a.md": "As of May, Python 3.7+.\n\nRequires Python 3.7-3.9.\n", "README_zh.md": "Python 3.7+\n"}
    assert drafted(before, after, docs).edits == ()


def test_a_row_that_starts_with_an_anchor_is_found() -> None:
    before, after = {"errors.lua": "ERR_A_GONE = 1\nERR_B = 2\n"}, {"errors.lua": "ERR_B = 2\n"}
    row = '| <a id="{0}">{1}</a> | raised by `{2}` |\n'
    kept = row.format("err_b", "ERR_B", "ERR_A_GONE") + row.format("err_c", "ERR_C", "x")
    table = "| Code | Meaning |\n|---|---|\n" + row.format("err_a_gone", "ERR_A_GONE", "y")
    assert rewritten(before, after, table + kept) == "| Code | Meaning |\n|---|---|\n" + kept
    items = '- <a name="a"></a>`ERR_A_GONE`: one\n- <a name="b"></a>`ERR_B`: two\n'
    assert rewritten(before, after, items) == '- <a name="b"></a>`ERR_B`: two\n'
