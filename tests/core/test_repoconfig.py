"""`.github/mas.yml`: what may stand there, what holds without it, and what is said of mistakes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from bot.agents.document_update.rules import OPTIONAL, RULES
from bot.agents.document_update.rules.fact_context import EDIT_THRESHOLD
from bot.domain import from_json, to_json
from bot.messages.config import ISSUE_MARKER, issue_body, problem_annotations
from bot.repoconfig import (
    CONFIG_PATH,
    MAX_CONFIG_BYTES,
    ConfigFile,
    Problem,
    RepoConfig,
    load_config,
    rules_off,
    schema,
)
from bot.repoconfig.diagnostics import MAX_PROBLEMS
from bot.repoconfig.model import iter_settings
from bot.text.file_classes import NO_OVERRIDES

NAMES = [rule.name for rule in RULES]
DEFAULTS = {rule.name: rule.default for rule in RULES}
DOCS = Path(__file__).parents[2] / "docs"
REVIEWERS = "docs.pull_request.reviewers"
REVIEWED_BY = "`codeowners`, `author`, `none`, or a list of at most 100 logins and teams"
REVIEWER = "a login, or a team as `organisation/team`, without `@`"


def config(*texts: str) -> RepoConfig:
    """The settings of files that are right, the weakest first."""
    made, problems = load_config([ConfigFile(CONFIG_PATH, text.encode()) for text in texts], NAMES)
    assert problems == ()
    return made


def problems(text: str | bytes) -> list[str]:
    """The mistakes of a file, as `mas config check` prints them, without the file's name."""
    data = text if isinstance(text, bytes) else text.encode()
    return [str(problem).removeprefix("f:") for problem in load_config([ConfigFile("f", data)], NAMES)[1]]


# ------------------------------------------------------------------ what holds


def test_without_a_file_the_default_branch_is_kept_and_nothing_is_blocked() -> None:
    made = config()

    assert made == RepoConfig()
    assert made.watches("trunk", default_branch="trunk")
    assert not made.watches("main", default_branch="trunk")
    assert (made.docs.enabled, made.docs.check.blocking, made.commands.enabled) == (True, False, True)
    assert made.docs.edit_confidence == EDIT_THRESHOLD


@pytest.mark.parametrize("text", ["", "\n", "# nothing\n", "~", "docs:", "docs:\n  check:\n  include: ~\n", "---\n"])
def test_what_is_left_empty_counts_as_not_written(text: str) -> None:
    assert config("docs: {include: [a]}", text) == config("docs: {include: [a]}")


@pytest.mark.parametrize("word", ["on", "yes", "true", "True", "ON", "Yes", '"true"'])
def test_a_switch_is_on_by_all_words_of_yaml(word: str) -> None:
    assert config(f"docs: {{pull_request: {{draft: {word}}}}}").docs.pull_request.draft


@pytest.mark.parametrize("word", ["off", "no", "false", "Off"])
def test_a_switch_is_off_by_all_words_of_yaml(word: str) -> None:
    assert not config(f"docs: {{enabled: {word}}}").docs.enabled


def test_names_stay_as_they_are_written_though_yaml_would_read_numbers_and_dates() -> None:
    made = config("branches: [1.0, 2024-01-01, 0x10, on]\ndocs: {skip_labels: [no, 1_000]}")

    assert made.branches == ("1.0", "2024-01-01", "0x10", "on")
    assert made.docs.skip_labels == ("no", "1_000")


def test_a_stronger_file_wins_key_by_key_and_its_lists_replace() -> None:
    organisation = "docs: {exclude: [a, b], rules: {gone: off, moved: off}, check: {blocking: on}}\nbranches: [main]"
    own = "docs: {exclude: [c], rules: {gone: on}, edit_confidence: 0.9}"

    made = config(organisation, own)

    assert made.docs.exclude == ("c",)
    assert made.docs.rules == {"gone": True, "moved": False}
    assert (made.docs.check.blocking, made.docs.edit_confidence, made.branches) == (True, 0.9, ("main",))


def test_settings_go_through_json_and_come_back() -> None:
    made = config("docs: {rules: {gone: off}, pull_request: {reviewers: [octocat, octo-org/writers]}}")

    assert from_json(RepoConfig, to_json(made)) == made


@pytest.mark.parametrize(
    ("branches", "watched"),
    [
        ("[~DEFAULT_BRANCH, release/*]", ["trunk", "release/1"]),
        ("[main]", ["main"]),
        ("['**']", ["trunk", "main", "release/1", "release/1/fix"]),
        ("[]", []),
    ],
)
def test_branches_are_globs_of_whole_names(branches: str, watched: list[str]) -> None:
    made = config(f"branches: {branches}")

    assert [b for b in ("trunk", "main", "release/1", "release/1/fix") if made.watches(b, "trunk")] == watched


def test_a_label_skips_in_any_case() -> None:
    docs = config("docs: {skip_labels: [No docs]}").docs

    assert docs.has_skip_label(["bug", "no Docs"])
    assert not docs.has_skip_label(["bug"])


@pytest.mark.parametrize(
    ("reviewers", "owners", "author", "asked"),
    [
        ("codeowners", ["a", "o/t"], "b", ("a", "o/t")),
        ("codeowners", [], "b", ("b",)),
        ("codeowners", [], "dependabot[bot]", ()),
        ("codeowners", [], None, ()),
        ("author", ["a"], "b", ("b",)),
        ("none", ["a"], "b", ()),
        ("[c, o/t, c]", ["a"], "b", ("c", "o/t")),
    ],
)
def test_reviewers_are_asked_as_configured(
    reviewers: str, owners: list[str], author: str | None, asked: tuple[str, ...]
) -> None:
    assert (
        config(f"docs: {{pull_request: {{reviewers: {reviewers}}}}}").docs.pull_request.choose_reviewers(owners, author)
        == asked
    )


# ------------------------------------------------------------------ what is said of mistakes


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("docs:\n  enabeld: on", "2:3: `enabeld` is no setting of `docs`. Did you mean `enabled`?"),
        ("Docs:\n  enabled: on", "1:1: `Docs` is no setting. Did you mean `docs`?"),
        ("blocking: on", "1:1: `blocking` is no setting. Did you mean `docs.check.blocking`?"),
        ("docs:\n  labels: [a]", "2:3: `labels` is no setting of `docs`. Did you mean `skip_labels`?"),
        ("labels: [a]", "1:1: `labels` is no setting. Did you mean `docs.pull_request.labels`?"),
        ("enabled: on", "1:1: `enabled` is no setting."),
        ("quux: 1", "1:1: `quux` is no setting."),
        ("docs: {check: {quux: on}}", "1:16: `quux` is no setting of `docs.check`."),
        ("docs:\n  rules:\n    gonne: off", "3:5: `gonne` is no rule. Did you mean `gone`?"),
        ('"a\\n\\u001b' + "b" * 90 + '": 1', "1:1: `a��" + "b" * 57 + "…` is no setting."),
    ],
)
def test_a_name_that_there_is_not_is_told_with_the_one_that_was_meant(text: str, said: str) -> None:
    assert problems(text) == [said]


@pytest.mark.parametrize(
    ("text", "at", "what", "right"),
    [
        ("docs: on", "1:7", "`docs`", "a group of settings, each on a line of its own below it"),
        ("docs:\n  enabled: 7", "2:12", "`docs.enabled`", "`true` or `false`"),
        ("docs: {rules: {gone: maybe}}", "1:22", "`docs.rules.gone`", "`true` or `false`"),
        ("docs: {rules: [gone]}", "1:15", "`docs.rules`", "the names of rules, each with `true` or `false`"),
        ("docs: {edit_confidence: 80%}", "1:25", "`docs.edit_confidence`", "a number from 0 to 1"),
        ("docs: {edit_confidence: nan}", "1:25", "`docs.edit_confidence`", "a number from 0 to 1"),
        ("docs: {edit_confidence: 1.01}", "1:25", "`docs.edit_confidence`", "a number from 0 to 1"),
        ("docs: {include: docs/}", "1:17", "`docs.include`", "a list of at most 100 globs"),
        ("docs: {include: [a, '']}", "1:21", "Item 2 of `docs.include`", "a glob of 1 to 256 characters"),
        ("docs: {include:\n[[a]]}", "2:2", "Item 1 of `docs.include`", "a glob of 1 to 256 characters"),
        ('docs: {include: ["\\ud800"]}', "1:18", "Item 1 of `docs.include`", "a glob of 1 to 256 characters"),
        ("docs: {pull_request: {reviewers: owner}}", "1:34", f"`{REVIEWERS}`", REVIEWED_BY),
        ("docs: {pull_request: {reviewers: {list: a}}}", "1:34", f"`{REVIEWERS}`", REVIEWED_BY),
        ("docs: {pull_request: {reviewers: ['@a']}}", "1:35", f"Item 1 of `{REVIEWERS}`", REVIEWER),
    ],
)
def test_a_wrong_value_is_told_with_what_a_right_one_is(text: str, at: str, what: str, right: str) -> None:
    assert problems(text) == [f"{at}: {what} is not right: it is {right}."]


@pytest.mark.parametrize(
    ("globs", "said"),
    [
        ("docs: {include: ['!b']}", "`docs.include` begins with `!`. What is to be left out stands in `exclude`."),
        ("docs: {include: ['{a,b}']}", "`docs.include` has a choice in braces, which is not known here."),
        ('docs: {include: ["\\u0007"]}', "`docs.include` holds a character that is not printed."),
        ("branches: ['~ALL'     ]", "`branches` is the name of no branch. `~DEFAULT_BRANCH` is the only word with"),
    ],
)
def test_a_glob_of_a_kind_that_is_not_known_is_refused_rather_than_matching_nothing(globs: str, said: str) -> None:
    (problem,) = problems(globs)

    assert problem.partition(": ")[2].startswith(f"Item 1 of {said}")


@pytest.mark.parametrize("glob", ["{{cookiecutter.name}}/*.md", "pages/[id].mdx", "a{b/c,d}", "docs/ünï.md"])
def test_braces_and_brackets_may_be_parts_of_names(glob: str) -> None:
    assert config(f"docs: {{include: ['{glob}']}}").docs.include == (glob,)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("docs:\n  enabled: on\n  enabled: off", "3:3: `enabled` stands in line 2 already."),
        ("- docs", "1:1: The file is not right: it holds settings, each as `name: value`."),
        ("? [docs]\n: on", "1:3: A name of a setting stands here, and nothing else."),
        ("docs\n  enabled: on", "2:10: This is not YAML: mapping values are not allowed here."),
        ("a: b\n---\n", "2:1: This is not YAML: expected a single document in the stream, but found another document."),
        ("docs: [", "1:7: This is not YAML: expected the node content, but found '<stream end>'."),
        ("docs: {include: [*.md]}", "1:18: What begins with `*` needs quotes here; aliases are not read."),
        ("a: &a 1\ndocs: *a", "2:7: What begins with `*` needs quotes here; aliases are not read."),
        ("docs: \x07", "1:7: There is a character here that YAML does not allow."),
        (b"docs:\n  \xff: on", "2:3: The file is not UTF-8 from here on."),
        (b"\xef\xbb\xbfdocs:\n  \xff: on", "2:3: The file is not UTF-8 from here on."),
        ('docs: "\\UFFFFFFFF"', "1:10: This is not YAML: a number is too large."),
        ("%YAML 1." + "9" * 5_000 + "\n---\n", "1:9: This is not YAML: a number is too large."),
        ("[" * 20, "1:17: This is nested too deeply."),
    ],
)
def test_what_is_no_file_of_settings_is_told_where_it_ceases_to_be_one(text: str | bytes, said: str) -> None:
    assert problems(text) == [said]


def test_a_mistake_goes_on_to_the_line_where_the_value_ends() -> None:
    _, (problem,) = load_config([ConfigFile("f", b"docs:\n  include:\n    a: b\n    c: d\n\n\n  enabled: on\n")], NAMES)

    assert (problem.line, problem.column, problem.end_line) == (3, 5, 4)


def test_lines_are_those_that_github_counts() -> None:
    assert problems("# a\x85# b\u2028# c\r# d\r\nquux: 1") == ["2:1: `quux` is no setting."]


def test_all_mistakes_are_told_in_the_order_of_the_lines() -> None:
    text = "quux: 1\ndocs:\n  include: a\n  quux: 1\n  quux: 2\nquuy: 1\n"

    assert [said.partition(":")[0] for said in problems(text)] == ["1", "3", "4", "5", "6"]


def test_of_many_mistakes_the_first_are_told_and_the_others_counted() -> None:
    said = problems("".join(f"quux{number}: 1\n" for number in range(MAX_PROBLEMS + 30)))

    assert len(said) == MAX_PROBLEMS
    assert said[-1] == f"{MAX_PROBLEMS}:1: 31 more problems follow."


def test_a_file_beyond_bounds_is_not_read() -> None:
    assert problems("#" * MAX_CONFIG_BYTES) == []
    assert problems("#" * (MAX_CONFIG_BYTES + 1)) == ["1:1: The file is larger than 64 KiB."]
    assert problems(f"docs: {{include: [{'a, ' * 101}]}}") == [
        "1:17: `docs.include` is not right: it is a list of at most 100 globs."
    ]


def test_what_is_wrong_is_left_out_and_the_rest_holds() -> None:
    own = "docs:\n  enabled: off\n  exclude: [a, '!b', c, '!d']\n  rules: {gone: off, gonne: off, moved: perhaps}\n"
    wrong = own + "  edit_confidence: high\n  quux: 1\ncommands: on\n"

    made, found = load_config(
        [ConfigFile("o", b"docs: {edit_confidence: 0.8}"), ConfigFile("f", wrong.encode())], NAMES
    )

    assert (made.docs.enabled, made.docs.exclude, made.docs.rules) == (False, ("a", "c"), {"gone": False})
    assert (made.docs.edit_confidence, made.commands.enabled) == (0.8, True)
    assert {problem.file for problem in found} == {"f"}


@given(
    st.binary(max_size=300)
    | st.text(alphabet="\n\r\t :-{}[]'\"#*&!|>%@ad0~\x85\u2028\ud7ff", max_size=80).map(str.encode)
)
@example(b"a: \xe2\x80\xa8")
@example(b"\n\n  \n")
def test_any_bytes_are_read_and_every_mistake_lies_in_the_file(data: bytes) -> None:
    made, found = load_config([ConfigFile("f", data)], NAMES)

    assert isinstance(made, RepoConfig)
    lines = data.decode(errors="replace").split("\n")
    for problem in found:
        assert 1 <= problem.line <= problem.end_line <= len(lines)
        assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1
        assert "\n" not in str(problem)


def trees() -> st.SearchStrategy[Any]:
    """What people may write instead of settings, under names that there are and others."""
    names = st.sampled_from(
        sorted({name for names, _ in iter_settings() for name in names} | {"gone", "list", "word", "x"})
    )
    leaves = st.sampled_from([None, True, 0.5, 7, "codeowners", "a", "!a", "*.{a,b}", "@a", "~x", "", "a" * 300])
    return st.recursive(leaves, lambda below: st.lists(below, max_size=3) | st.dictionaries(names, below, max_size=4))


@given(st.lists(st.dictionaries(st.sampled_from(["docs", "branches", "commands", "x"]), trees()), max_size=2))
def test_any_tree_is_read_and_what_was_understood_is_right_by_the_schema(files: list[dict[str, Any]]) -> None:
    made, _ = load_config([ConfigFile(str(n), yaml.safe_dump(file).encode()) for n, file in enumerate(files)], NAMES)

    jsonschema_rs.validate(schema(DEFAULTS), json.loads(to_json(made)))
    assert load_config([ConfigFile("f", to_json(made))], NAMES) == (made, ())


# ------------------------------------------------------------------ what is told on GitHub


def test_problems_become_remarks_on_lines_of_the_file_itself() -> None:
    organisation, own = ConfigFile("octo/.github", b"quux: 1"), ConfigFile(CONFIG_PATH, b"docs:\n  enabeld: on")

    (remark,) = problem_annotations(load_config([organisation, own], NAMES)[1])

    assert (remark.path, remark.start_line, remark.end_line) == (CONFIG_PATH, 2, 2)
    assert remark.message == "`enabeld` is no setting of `docs`. Did you mean `enabled`?"


def test_an_issue_says_what_is_wrong_and_what_holds_meanwhile() -> None:
    found = [Problem(CONFIG_PATH, 2, 3, 2, "`x` is no setting.")]
    said = {
        good: issue_body(found, web="https://g.example/o/r", branch="main", commit="a" * 40, last_valid=good)
        for good in ("b" * 40, None)
    }

    assert f"https://g.example/o/r/blob/{'a' * 40}/{CONFIG_PATH}" in said[None]
    assert f"{CONFIG_PATH}:2:3: `x` is no setting." in said[None]
    assert "There was no good one before" in said[None]
    assert (
        f"the last good one stays in force, that of [`bbbbbbbbb`](https://g.example/o/r/blob/{'b' * 40}/{CONFIG_PATH})"
        in said["b" * 40]
    )
    assert all(body.endswith(ISSUE_MARKER) for body in said.values())


def test_an_issue_calls_nobody_whatever_the_file_says() -> None:
    _, found = load_config([ConfigFile(CONFIG_PATH, b'"```\\n@maria": 1\n"````": 2')], NAMES)

    body = issue_body(found, web="https://g.example/o/r", branch="main", commit="a" * 40, last_valid=None)

    assert re.search(r"^(`{5,})\n.*@maria.*\n\1$", body, re.MULTILINE | re.DOTALL)


# ------------------------------------------------------------------ what is written down


def test_a_rule_that_has_to_be_asked_for_is_off_until_then() -> None:
    assert rules_off(RepoConfig().docs, RULES) == OPTIONAL
    assert rules_off(config("docs: {rules: {changelog: on, gone: off}}").docs, RULES) == {"gone"}


def test_the_published_schema_is_the_one_of_the_settings() -> None:
    assert json.loads((DOCS / "mas.schema.json").read_text()) == schema(DEFAULTS), (
        "mas config schema > docs/mas.schema.json"
    )


def test_the_schema_is_one_and_takes_what_is_read() -> None:
    jsonschema_rs.meta.validate(schema(DEFAULTS))
    jsonschema_rs.validate(schema(DEFAULTS), {"docs": {"rules": {"gone": False}, "pull_request": {"reviewers": ["a"]}}})
    for wrong in ({"quux": 1}, {"docs": {"rules": {"gonne": False}}}, {"docs": {"edit_confidence": 2}}):
        assert not jsonschema_rs.is_valid(schema(DEFAULTS), wrong)


def test_the_example_of_the_documentation_is_right() -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", (DOCS / "configuration.md").read_text(), re.DOTALL)

    assert config(text) != RepoConfig()
    jsonschema_rs.validate(schema(DEFAULTS), yaml.safe_load(text))


def test_the_documentation_has_a_row_for_each_setting_of_the_schema() -> None:
    page = (DOCS / "configuration.md").read_text()

    assert re.findall(r"^\| `(?:branches|files\.|docs\.|security\.|index\.|commands\.).*", page, re.MULTILINE) == list(
        rows(schema(DEFAULTS))
    )
    assert [name for name in NAMES if f"`{name}`" not in page] == []


def rows(whole: dict[str, Any]) -> Iterator[str]:
    """The rows of the table of settings, as the schema has them."""

    def below(part: dict[str, Any], above: str) -> Iterator[str]:
        for name, found in part["properties"].items():
            if "$ref" in found:
                yield from below(whole["$defs"][found["$ref"].rpartition("/")[2]], f"{above}{name}.")
            else:
                default = found["default"]
                shown = default if isinstance(default, str) else json.dumps(default)
                yield f"| `{above}{name}` | `{shown}` | {found['description']} |"

    yield from below(whole, "")


def test_what_files_are_is_said_by_class() -> None:
    said = config("files: {record: [docs/news/], document: [docs/news/README.md]}").files.overrides
    found = {path: said.of(path) for path in ("docs/news/README.md", "docs/news/a.md", "docs/a.md")}

    assert [each.file_class.value if each else None for each in found.values()] == ["document", "record", None]
    assert config("docs: {}").files.overrides == NO_OVERRIDES


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("files: {recrod: [a]}", "`recrod` is no setting of `files`."),
        ("files: {record: a}", "`files.record` is not right: it is a list of at most 20 globs."),
        ("files: {other: [a]}", "`other` is no setting of `files`."),
        ("files: {record: ['!a']}", "Item 1 of `files.record` begins with `!`."),
    ],
)
def test_mistakes_in_what_files_are_are_told(text: str, message: str) -> None:
    _, (problem,) = load_config([ConfigFile(CONFIG_PATH, text.encode())], NAMES)
    assert problem.message.startswith(message)
