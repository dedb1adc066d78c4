"""Public API changes in each grammar-based language."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import FactKind
from bot.languages import LANGUAGES, Language
from tests.core.trees import facts, rewritten, said


@dataclass(frozen=True)
class Sample:
    """A file with a public function `fetchAll(url, timeout)`, a constant 3 and a private function."""

    path: str
    source: str
    name: str
    """The full name of the function."""
    setting: str
    """The full name of the constant."""
    definition: str
    """The source text of the function."""
    default: bool = False
    """Whether `timeout` has the default 5."""
    manifest: tuple[str, str] = ("README", "")


SAMPLES = {
    "JavaScript": Sample(
        "lib/client.js",
        "const LIMIT = 3\nfunction hidden (path) { return path }\n"
        "function fetchAll (url, timeout = 5) { return open(url, timeout) }\nmodule.exports = { LIMIT, fetchAll }\n",
        "net.lib.client.fetchAll", "net.lib.client.LIMIT",
        "function fetchAll (url, timeout = 5) { return open(url, timeout) }\n", True,
        ("package.json", '{\n  "name": "@scope/net"\n}\n'),
    ),
    "TypeScript": Sample(
        "src/index.ts",
        "export const LIMIT = 3\nfunction hidden(path: string) { return path }\n"
        "export function fetchAll(url: string, timeout = 5): void { open(url, timeout) }\n",
        "net.fetchAll", "net.LIMIT",
        "export function fetchAll(url: string, timeout = 5): void { open(url, timeout) }\n", True,
        ("package.json", '{\n  "name": "net"\n}\n'),
    ),
    "Go": Sample(
        "net/client.go",
        "package net\n\nconst Limit = 3\n\nfunc hidden(path string) string { return path }\n\n"
        "func FetchAll(url string, timeout int) { open(url, timeout) }\n",
        "net.FetchAll", "net.Limit", "func FetchAll(url string, timeout int) { open(url, timeout) }\n",
    ),
    "Rust": Sample(
        "src/lib.rs",
        "pub const LIMIT: u8 = 3;\n\nfn hidden(path: &str) -> &str { path }\n\n"
        "pub fn fetchAll(url: &str, timeout: u8) { open(url, timeout) }\n",
        "net_core.fetchAll", "net_core.LIMIT", "pub fn fetchAll(url: &str, timeout: u8) { open(url, timeout) }\n",
        manifest=("Cargo.toml", '[package]\nname = "net-core"\n'),
    ),
    "Java": Sample(
        "src/main/java/org/net/Client.java",
        "package org.net;\n\npublic class Client {\n  public static final int LIMIT = 3;\n"
        "  private String hidden(String path) { return path; }\n"
        "  public void fetchAll(String url, int timeout) { open(url, timeout); }\n}\n",
        "org.net.Client.fetchAll", "org.net.Client.LIMIT",
        "  public void fetchAll(String url, int timeout) { open(url, timeout); }\n",
    ),
    "C++": Sample(
        "include/client.h",
        "namespace net {\nconst int LIMIT = 3;\nclass Client {\n  int hidden(int path);\n public:\n"
        "  void fetchAll(const char *url, int timeout = 5);\n};\n}\n",
        "net.Client.fetchAll", "net.LIMIT", "  void fetchAll(const char *url, int timeout = 5);\n", True,
    ),
    "C": Sample(
        "include/net.h",
        "#define LIMIT 3\nvoid fetchAll(const char *url, int timeout);\nint _hidden(int path);\n",
        "net.fetchAll", "net.LIMIT", "void fetchAll(const char *url, int timeout);\n",
    ),
    "C#": Sample(
        "Net/Client.cs",
        "namespace Net;\n\npublic class Client {\n  public const int Limit = 3;\n"
        "  internal string hidden(string path) { return path; }\n"
        "  public void FetchAll(string url, int timeout = 5) { Open(url, timeout); }\n}\n",
        "Net.Client.FetchAll", "Net.Client.Limit",
        "  public void FetchAll(string url, int timeout = 5) { Open(url, timeout); }\n", True,
    ),
    "Ruby": Sample(
        "lib/net.rb",
        "module Net\n  LIMIT = 3\n  class Client\n    def fetchAll(url, timeout = 5); open(url, timeout); end\n"
        "    private\n    def hidden(path); path; end\n  end\nend\n",
        "net.Net.Client.fetchAll", "net.Net.LIMIT",
        "    def fetchAll(url, timeout = 5); open(url, timeout); end\n", True,
    ),
    "PHP": Sample(
        "src/Client.php",
        "<?php\nnamespace Net;\n\nclass Client {\n  const LIMIT = 3;\n"
        "  private function hidden($path) { return $path; }\n"
        "  public function fetchAll($url, $timeout = 5) { open($url, $timeout); }\n}\n",
        "Net.Client.fetchAll", "Net.Client.LIMIT",
        "  public function fetchAll($url, $timeout = 5) { open($url, $timeout); }\n", True,
    ),
    "Kotlin": Sample(
        "src/main/kotlin/Client.kt",
        "package net\n\nconst val LIMIT = 3\n\nprivate fun hidden(path: String) = path\n\n"
        "fun fetchAll(url: String, timeout: Int = 5) {\n    connect(url, timeout)\n}\n",
        "net.fetchAll", "net.LIMIT",
        "fun fetchAll(url: String, timeout: Int = 5) {\n    connect(url, timeout)\n}\n", True,
    ),
}  # fmt: skip

SHELL = 'LIMIT=${LIMIT:-3}\n\nfetch_all() {\n  open_socket "$1" "$LIMIT"\n}\n\n_hidden() { :; }\n'

each_language = pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)


def _changes(sample: Sample, old: str, new: str) -> list[str]:
    """Return the facts after replacing one text of the sample with another."""
    assert old in sample.source
    before = {sample.path: sample.source, **dict([sample.manifest])}
    return said(before, {**before, sample.path: sample.source.replace(old, new)})


def _bare(sample: Sample) -> str:
    return sample.name.rpartition(".")[2]


@each_language
def test_a_renamed_function_is_found(sample: Sample) -> None:
    old, new = _bare(sample), _bare(sample).replace("All", "Many")
    assert _changes(sample, old, new) == [f"renamed {sample.name} {old} → {new}"]


@each_language
def test_a_renamed_parameter_is_found(sample: Sample) -> None:
    assert _changes(sample, "timeout", "timeLimit") == [f"parameter-renamed {sample.name} timeout → timeLimit"]


@each_language
def test_an_added_parameter_is_found(sample: Sample) -> None:
    added = next(line for line in sample.definition.splitlines() if "timeout" in line)
    expected = [f"parameter-added {sample.name} None → first"]
    name, _, rest = added.partition("(")
    kind = rest.partition("url")[0]
    first = {"Kotlin": "first: String, ", "Rust": "first: &str, "}.get(
        next(n for n, s in SAMPLES.items() if s is sample), f"{kind}first{_type_of_first_parameter(rest)}, "
    )
    assert _changes(sample, added, f"{name}({first}{rest}") == expected


def _type_of_first_parameter(rest: str) -> str:
    """Return the text between the name of the first parameter and the comma: its type, if it follows the name."""
    return rest.partition("url")[2].partition(",")[0]


@each_language
def test_a_changed_default_is_found(sample: Sample) -> None:
    if not sample.default:
        assert "5" not in sample.source
        return
    assert _changes(sample, "5", "9") == [f"default-changed {sample.name} 5 → 9"]


@each_language
def test_a_changed_value_is_found(sample: Sample) -> None:
    assert _changes(sample, "3", "4") == [f"value-changed {sample.setting} 3 → 4"]


@each_language
def test_a_removed_function_is_found(sample: Sample) -> None:
    assert _changes(sample, sample.definition, "") == [f"removed {sample.name} {_bare(sample)} → None"]


@each_language
def test_changes_of_private_names_are_no_facts(sample: Sample) -> None:
    assert _changes(sample, "hidden", "secret") == []
    assert _changes(sample, "path", "where") == []


def test_shell_functions_and_defaults_of_variables_are_found() -> None:
    before = {"lib/run.sh": SHELL}
    assert said(before, {"lib/run.sh": SHELL.replace("fetch_all", "fetch_many")}) == [
        "renamed run.fetch_all fetch_all → fetch_many"
    ]
    assert said(before, {"lib/run.sh": SHELL.replace("-3", "-4")}) == ["value-changed run.LIMIT 3 → 4"]
    assert said(before, {"lib/run.sh": SHELL.replace("_hidden", "_secret")}) == []


def test_changes_of_internal_packages_and_source_files_of_c_are_no_facts() -> None:
    go = "package deep\n\nfunc Fetch(url string) {}\n"
    assert said({"internal/deep/a.go": go}, {"internal/deep/a.go": go.replace("Fetch", "Take")}) == []
    c = "int fetch(int url) { return url; }\n"
    assert said({"src/a.c": c}, {"src/a.c": c.replace("fetch", "take")}) == []


def test_methods_far_from_their_type_are_found() -> None:
    kind = "package net\n\ntype Client struct{}\n"
    methods = "package net\n\nfunc (c *Client) FetchAll(url string) { open(url) }\n"
    before = {"net/client.go": kind, "net/fetch.go": methods}
    after = {**before, "net/fetch.go": methods.replace("FetchAll", "FetchMany")}
    assert said(before, after) == ["renamed net.Client.FetchAll FetchAll → FetchMany"]


def test_a_function_moved_within_its_package_is_no_fact() -> None:
    body = "package net\n\nfunc FetchAll(url string) { open(url) }\n"
    before = {"net/a.go": body, "net/b.go": "package net\n"}
    assert said(before, {"net/a.go": "package net\n", "net/b.go": body}) == []


def test_a_name_re_exported_by_the_index_is_the_public_one() -> None:
    manifest = '{\n  "name": "net"\n}\n'
    body = "export function fetchAll(url, timeout = 5) { return open(url, timeout) }\n"
    before = {
        "package.json": manifest,
        "index.js": "export { fetchAll } from './lib/_client.js'\n",
        "lib/_client.js": body,
    }
    after = {**before, "lib/_client.js": body.replace("5", "9")}
    assert said(before, after) == ["default-changed net.fetchAll 5 → 9"]


def test_a_method_on_a_prototype_belongs_to_its_function() -> None:
    text = "function Reply () {}\nReply.prototype.sendAll = function (body) { return body }\nmodule.exports = Reply\n"
    assert said({"lib/reply.js": text}, {"lib/reply.js": text.replace("sendAll", "sendMany")}) == [
        "renamed lib.reply.Reply.sendAll sendAll → sendMany"
    ]


def test_parameter_changes_of_overloads_are_no_facts() -> None:
    text = "public class A {{\n  public void f(int a) {{ }}\n  public void f(int a, int {}) {{ }}\n}}\n"
    assert said({"A.java": text.format("b")}, {"A.java": text.format("c")}) == []


def test_an_example_is_updated_in_its_own_language() -> None:
    source = "package net\n\nfunc FetchAll(url string) { open(url) }\n"
    doc = '# Use\n\nCall `net.FetchAll`.\n\n```go\nimport "example.org/net"\n\nfunc main() { net.FetchAll("a") }\n```\n'
    after = rewritten({"net/a.go": source}, {"net/a.go": source.replace("FetchAll", "FetchMany")}, doc)
    assert after == doc.replace("net.FetchAll", "net.FetchMany")


def test_a_function_of_the_same_name_in_another_package_is_unchanged() -> None:
    source = "export function fetchAll(url) { return open(url) }\n"
    before = {"package.json": '{\n  "name": "net"\n}\n', "index.js": source}
    after = {**before, "index.js": source.replace("fetchAll", "fetchMany")}
    doc = "```js\nimport { fetchAll } from 'other'\nfetchAll(1)\n```\n"
    assert rewritten(before, after, doc) == doc
    ours = doc.replace("other", "net")
    assert rewritten(before, after, ours) == ours.replace("fetchAll", "fetchMany")


def test_a_method_call_on_an_instance_created_in_the_example_is_updated() -> None:
    source = "export class Client {\n  fetchAll(url: string): void { open(url) }\n}\n"
    before = {"package.json": '{\n  "name": "net"\n}\n', "src/index.ts": source}
    after = {**before, "src/index.ts": source.replace("fetchAll", "fetchMany")}
    doc = "```ts\nimport { Client } from 'net'\nconst c = new Client()\nc.fetchAll('a')\n"
    doc += "const d = new Dog()\nd.fetchAll('b')\n```\n"
    assert rewritten(before, after, doc) == doc.replace("c.fetchAll", "c.fetchMany")


MANGLED = [s.source.encode() for s in SAMPLES.values()] + [SHELL.encode()]


@settings(max_examples=60)
@given(
    language=st.sampled_from(LANGUAGES),
    source=st.sampled_from(MANGLED),
    cuts=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 40), st.binary(max_size=12)), max_size=6),
)
def test_mangled_source_never_fails(language: Language, source: bytes, cuts: list[tuple[int, int, bytes]]) -> None:
    for at, length, inserted in cuts:
        source = source[:at] + inserted + source[at + length :]
    outline = language.outline(source, "m", False)
    for symbol in outline.symbols:
        assert 0 <= symbol.span[0] <= symbol.span[1] <= len(source)
        assert symbol.bare
        language.signatures(symbol)
    for usage in language.snippet(source, ((0, len(source)),), {}).usages:
        assert 0 <= usage.begin <= usage.start < usage.end <= len(source)
    assert language.words(source) is not None


def test_a_class_in_several_files_is_found_in_each() -> None:
    part = "namespace Net;\n\npublic partial class Policy {{\n  public void {}(int a) {{ Open(a); }}\n}}\n"
    before = {"a.cs": part.format("Cache"), "b.cs": part.format("Retry")}
    assert said(before, {**before, "b.cs": part.format("RetryAll")}) == ["renamed Net.Policy.Retry Retry → RetryAll"]


def test_a_module_reopened_in_another_file_is_not_removed() -> None:
    text = "module Net\n  class {0}\n    def run(a); open(a); end\n  end\nend\n"
    before = {"lib/net/client.rb": text.format("Client"), "lib/net/server.rb": text.format("Server")}
    assert said(before, {"lib/net/client.rb": before["lib/net/client.rb"]}) == ["removed net.Net.Server Server → None"]


def test_a_removal_from_a_file_with_syntax_errors_is_uncertain() -> None:
    source = "package net\n\nfunc FetchAll(url string) { open(url) }\n"
    (fact,) = facts({"a.go": source}, {"a.go": "package net\n\nfunc ((( {\n"})
    assert (fact.kind, fact.confidence) == (FactKind.REMOVED, 0.5)


def test_an_import_binds_a_name_only_in_its_own_file() -> None:
    text = "package org.{};\n\npublic class Client {{\n  public void fetchAll(int a) {{ open(a); }}\n}}\n"
    user = "package org.one;\n\n{}public class User {{\n  Client c;\n}}\n"
    before = {"org/one/Client.java": text.format("one"), "org/one/User.java": user.format("")}
    after = {"org/two/Client.java": text.format("two"), "org/one/User.java": user.format("import org.two.Client;\n")}
    assert "renamed org.one.Client Client → Client" in said(before, after)
