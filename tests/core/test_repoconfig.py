"""`.github/mas.yml`: valid values, defaults and error messages."""

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
from bot.orchestrator.repo_settings import ActiveSettings
from bot.repoconfig import (
    CONFIG_PATH,
    MAX_CONFIG_BYTES,
    ConfigFile,
    Problem,
    RepoConfig,
    json_schema,
    load_config,
    rules_off,
)
from bot.repoconfig.diagnostics import MAX_PROBLEMS
from bot.repoconfig.model import iter_settings
from bot.text.file_classes import NO_OVERRIDES

NAMES = [rule.name for rule in RULES]
DEFAULTS = {rule.name: rule.default for rule in RULES}
DOCS = Path(__file__).parents[2] / "docs"
REVIEWERS = "docs.pull_request.reviewers"
REVIEWED_BY = "codeowners, author, none, or a list of at most 100 logins and teams"
REVIEWER = "a login, or a team as 'organization/team', without '@'"


def config(*texts: str) -> RepoConfig:
    """The settings of valid files, the organization's first."""
    made, problems = load_config([ConfigFile(CONFIG_PATH, text.encode()) for text in texts], NAMES)
    assert problems == ()
    return made


def problems(text: str | bytes) -> list[str]:
    """The problems of a file, as `mas config check` prints them, without the file's name."""
    data = text if isinstance(text, bytes) else text.encode()
    return [str(problem).removeprefix("f:") for problem in load_config([ConfigFile("f", data)], NAMES)[1]]


# ------------------------------------------------------------------ what holds


def test_the_defaults_watch_the_default_branch_and_block_nothing() -> None:
    made = config()

    assert made == RepoConfig()
    assert made.watches("trunk", default_branch="trunk")
    assert not made.watches("main", default_branch="trunk")
    assert (made.docs.enabled, made.docs.check.blocking, made.commands.enabled) == (True, False, True)
    assert made.docs.edit_confidence == EDIT_THRESHOLD


@pytest.mark.parametrize("text", ["", "\n", "# nothing\n", "~", "docs:", "docs:\n  check:\n  include: ~\n", "---\n"])
def test_empty_values_count_as_absent(text: str) -> None:
    assert config("docs: {include: [a]}", text) == config("docs: {include: [a]}")


@pytest.mark.parametrize("word", ["on", "yes", "true", "True", "ON", "Yes", '"true"'])
def test_switches_accept_all_yaml_words_for_true(word: str) -> None:
    assert config(f"docs: {{pull_request: {{draft: {word}}}}}").docs.pull_request.draft


@pytest.mark.parametrize("word", ["off", "no", "false", "Off"])
def test_switches_accept_all_yaml_words_for_false(word: str) -> None:
    assert not config(f"docs: {{enabled: {word}}}").docs.enabled


def test_names_that_look_like_numbers_and_dates_stay_text() -> None:
    made = config("branches: [1.0, 2024-01-01, 0x10, on]\ndocs: {skip_labels: [no, 1_000]}")

    assert made.branches == ("1.0", "2024-01-01", "0x10", "on")
    assert made.docs.skip_labels == ("no", "1_000")


def test_a_later_file_overrides_keys_and_replaces_lists() -> None:
    organisation = "docs: {exclude: [a, b], rules: {gone: off, moved: off}, check: {blocking: on}}\nbranches: [main]"
    own = "docs: {exclude: [c], rules: {gone: on}, edit_confidence: 0.9}"

    made = config(organisation, own)

    assert made.docs.exclude == ("c",)
    assert made.docs.rules == {"gone": True, "moved": False}
    assert (made.docs.check.blocking, made.docs.edit_confidence, made.branches) == (True, 0.9, ("main",))


def test_settings_round_trip_through_json() -> None:
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
def test_branches_are_globs_over_whole_names(branches: str, watched: list[str]) -> None:
    made = config(f"branches: {branches}")

    assert [b for b in ("trunk", "main", "release/1", "release/1/fix") if made.watches(b, "trunk")] == watched


def test_skip_labels_ignore_case() -> None:
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
def test_reviewers_are_chosen_as_configured(
    reviewers: str, owners: list[str], author: str | None, asked: tuple[str, ...]
) -> None:
    assert (
        config(f"docs: {{pull_request: {{reviewers: {reviewers}}}}}").docs.pull_request.choose_reviewers(owners, author)
        == asked
    )


# ------------------------------------------------------------------ problems


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("docs:\n  enabeld: on", "2:3: Unknown setting 'docs.enabeld'. Did you mean 'enabled'?"),
        ("Docs:\n  enabled: on", "1:1: Unknown setting 'Docs'. Did you mean 'docs'?"),
        ("blocking: on", "1:1: Unknown setting 'blocking'. Did you mean 'docs.check.blocking'?"),
        ("docs:\n  labels: [a]", "2:3: Unknown setting 'docs.labels'. Did you mean 'skip_labels'?"),
        ("labels: [a]", "1:1: Unknown setting 'labels'. Did you mean 'docs.pull_request.labels'?"),
        ("enabled: on", "1:1: Unknown setting 'enabled'."),
        ("quux: 1", "1:1: Unknown setting 'quux'."),
        ("docs: {check: {quux: on}}", "1:16: Unknown setting 'docs.check.quux'."),
        ("docs:\n  rules:\n    gonne: off", "3:5: Unknown rule 'gonne'. Did you mean 'gone'?"),
        ('"a\\n\\u001b' + "b" * 90 + '": 1', "1:1: Unknown setting 'a��" + "b" * 57 + "…'."),
    ],
)
def test_an_unknown_name_is_reported_with_the_nearest_one(text: str, said: str) -> None:
    assert problems(text) == [said]


@pytest.mark.parametrize(
    ("text", "at", "what", "right"),
    [
        ("docs: on", "1:7", "'docs'", "a group of settings, each on its own line below it"),
        ("docs:\n  enabled: 7", "2:12", "'docs.enabled'", "true or false"),
        ("docs: {rules: {gone: maybe}}", "1:22", "'docs.rules.gone'", "true or false"),
        ("docs: {rules: [gone]}", "1:15", "'docs.rules'", "names of rules, each with true or false"),
        ("docs: {edit_confidence: 80%}", "1:25", "'docs.edit_confidence'", "a number from 0 to 1"),
        ("docs: {edit_confidence: nan}", "1:25", "'docs.edit_confidence'", "a number from 0 to 1"),
        ("docs: {edit_confidence: 1.01}", "1:25", "'docs.edit_confidence'", "a number from 0 to 1"),
        ("docs: {include: docs/}", "1:17", "'docs.include'", "a list of at most 100 globs"),
        ("docs: {include: [a, '']}", "1:21", "Item 2 of 'docs.include'", "a glob of 1 to 256 characters"),
        ("docs: {include:\n[[a]]}", "2:2", "Item 1 of 'docs.include'", "a glob of 1 to 256 characters"),
        ('docs: {include: ["\\ud800"]}', "1:18", "Item 1 of 'docs.include'", "a glob of 1 to 256 characters"),
        ("docs: {pull_request: {reviewers: owner}}", "1:34", f"'{REVIEWERS}'", REVIEWED_BY),
        ("docs: {pull_request: {reviewers: {list: a}}}", "1:34", f"'{REVIEWERS}'", REVIEWED_BY),
        ("docs: {pull_request: {reviewers: ['@a']}}", "1:35", f"Item 1 of '{REVIEWERS}'", REVIEWER),
    ],
)
def test_an_invalid_value_is_reported_with_the_valid_ones(text: str, at: str, what: str, right: str) -> None:
    assert problems(text) == [f"{at}: {what} must be {right}."]


@pytest.mark.parametrize(
    ("globs", "said"),
    [
        ("docs: {include: ['!b']}", "'docs.include' must not begin with '!'. List excluded files under 'exclude'."),
        ("docs: {include: ['{a,b}']}", "'docs.include' must not use braces. Write one glob for each alternative."),
        ('docs: {include: ["\\u0007"]}', "'docs.include' contains an unprintable character."),
        ("branches: ['~ALL'     ]", "'branches' is not a branch name. Only '~DEFAULT_BRANCH' can contain"),
    ],
)
def test_an_unsupported_glob_is_refused(globs: str, said: str) -> None:
    (problem,) = problems(globs)

    assert problem.partition(": ")[2].startswith(f"Item 1 of {said}")


@pytest.mark.parametrize("glob", ["{{cookiecutter.name}}/*.md", "pages/[id].mdx", "a{b/c,d}", "docs/ünï.md"])
def test_braces_and_brackets_can_be_part_of_names(glob: str) -> None:
    assert config(f"docs: {{include: ['{glob}']}}").docs.include == (glob,)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("docs:\n  enabled: on\n  enabled: off", "3:3: 'enabled' is already set on line 2."),
        ("- docs", "1:1: The file must contain settings, each as 'name: value'."),
        ("? [docs]\n: on", "1:3: Expected the name of a setting."),
        ("docs\n  enabled: on", "2:10: Invalid YAML: mapping values are not allowed here."),
        ("a: b\n---\n", "2:1: Invalid YAML: expected a single document in the stream, but found another document."),
        ("docs: [", "1:7: Invalid YAML: expected the node content, but found '<stream end>'."),
        ("docs: {include: [*.md]}", "1:18: Put quotes around a value that begins with '*'. Aliases are not supported."),
        ("a: &a 1\ndocs: *a", "2:7: Put quotes around a value that begins with '*'. Aliases are not supported."),
        ("docs: \x07", "1:7: YAML does not allow this character."),
        (b"docs:\n  \xff: on", "2:3: The file is not UTF-8 from here on."),
        (b"\xef\xbb\xbfdocs:\n  \xff: on", "2:3: The file is not UTF-8 from here on."),
        ('docs: "\\UFFFFFFFF"', "1:10: Invalid YAML: a number is too large."),
        ("%YAML 1." + "9" * 5_000 + "\n---\n", "1:9: Invalid YAML: a number is too large."),
        ("[" * 20, "1:17: Nested too deeply."),
    ],
)
def test_an_unreadable_file_is_reported_with_the_place(text: str | bytes, said: str) -> None:
    assert problems(text) == [said]


def test_a_problem_spans_the_lines_of_its_value() -> None:
    _, (problem,) = load_config([ConfigFile("f", b"docs:\n  include:\n    a: b\n    c: d\n\n\n  enabled: on\n")], NAMES)

    assert (problem.line, problem.column, problem.end_line) == (3, 5, 4)


def test_lines_are_counted_as_github_does() -> None:
    assert problems("# a\x85# b\u2028# c\r# d\r\nquux: 1") == ["2:1: Unknown setting 'quux'."]


def test_problems_are_sorted_by_line() -> None:
    text = "quux: 1\ndocs:\n  include: a\n  quux: 1\n  quux: 2\nquuy: 1\n"

    assert [said.partition(":")[0] for said in problems(text)] == ["1", "3", "4", "5", "6"]


def test_many_problems_are_cut_and_counted() -> None:
    said = problems("".join(f"quux{number}: 1\n" for number in range(MAX_PROBLEMS + 30)))

    assert len(said) == MAX_PROBLEMS
    assert said[-1] == f"{MAX_PROBLEMS}:1: 31 more problems follow."


def test_files_and_lists_have_limits() -> None:
    assert problems("#" * MAX_CONFIG_BYTES) == []
    assert problems("#" * (MAX_CONFIG_BYTES + 1)) == ["1:1: The file is larger than 64 KiB."]
    assert problems(f"docs: {{include: [{'a, ' * 101}]}}") == [
        "1:17: 'docs.include' must be a list of at most 100 globs."
    ]


def test_invalid_settings_are_left_out_and_the_rest_applies() -> None:
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
def test_any_bytes_can_be_loaded_and_problems_lie_within_the_file(data: bytes) -> None:
    made, found = load_config([ConfigFile("f", data)], NAMES)

    assert isinstance(made, RepoConfig)
    lines = data.decode(errors="replace").split("\n")
    for problem in found:
        assert 1 <= problem.line <= problem.end_line <= len(lines)
        assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1
        assert "\n" not in str(problem)


def trees() -> st.SearchStrategy[Any]:
    """Arbitrary trees, under names of settings and other names."""
    names = st.sampled_from(
        sorted({name for names, _ in iter_settings() for name in names} | {"gone", "list", "word", "x"})
    )
    leaves = st.sampled_from([None, True, 0.5, 7, "codeowners", "a", "!a", "*.{a,b}", "@a", "~x", "", "a" * 300])
    return st.recursive(leaves, lambda below: st.lists(below, max_size=3) | st.dictionaries(names, below, max_size=4))


@given(st.lists(st.dictionaries(st.sampled_from(["docs", "branches", "commands", "x"]), trees()), max_size=2))
def test_any_tree_can_be_loaded_and_the_result_matches_the_schema(files: list[dict[str, Any]]) -> None:
    made, _ = load_config([ConfigFile(str(n), yaml.safe_dump(file).encode()) for n, file in enumerate(files)], NAMES)

    jsonschema_rs.validate(json_schema(DEFAULTS), json.loads(to_json(made)))
    assert load_config([ConfigFile("f", to_json(made))], NAMES) == (made, ())


# ------------------------------------------------------------------ messages on GitHub


def test_problems_of_the_repositorys_own_file_become_annotations() -> None:
    organisation, own = ConfigFile("octo/.github", b"quux: 1"), ConfigFile(CONFIG_PATH, b"docs:\n  enabeld: on")

    (remark,) = problem_annotations(load_config([organisation, own], NAMES)[1])

    assert (remark.path, remark.start_line, remark.end_line) == (CONFIG_PATH, 2, 2)
    assert remark.message == "Unknown setting 'docs.enabeld'. Did you mean 'enabled'?"


def test_the_issue_lists_the_problems_and_the_version_in_effect() -> None:
    found = [Problem(CONFIG_PATH, 2, 3, 2, "Unknown setting 'x'.")]
    said = {
        good: issue_body(found, web="https://g.example/o/r", branch="main", commit="a" * 40, last_valid=good)
        for good in ("b" * 40, None)
    }

    assert f"https://g.example/o/r/blob/{'a' * 40}/{CONFIG_PATH}" in said[None]
    assert f"{CONFIG_PATH}:2:3: Unknown setting 'x'." in said[None]
    assert "There is no earlier valid version" in said[None]
    assert (
        f"MAS uses the last valid version, from [`bbbbbbbbb`](https://g.example/o/r/blob/{'b' * 40}/{CONFIG_PATH})"
        in said["b" * 40]
    )
    assert all(body.endswith(ISSUE_MARKER) for body in said.values())


def test_the_issue_mentions_nobody_whatever_the_file_contains() -> None:
    _, found = load_config([ConfigFile(CONFIG_PATH, b'"```\\n@maria": 1\n"````": 2')], NAMES)

    body = issue_body(found, web="https://g.example/o/r", branch="main", commit="a" * 40, last_valid=None)

    assert re.search(r"^(`{5,})\n.*@maria.*\n\1$", body, re.MULTILINE | re.DOTALL)


# ------------------------------------------------------------------ documentation


def test_an_optional_rule_is_off_by_default() -> None:
    assert rules_off(RepoConfig().docs, RULES) == OPTIONAL
    assert rules_off(config("docs: {rules: {changelog: on, gone: off}}").docs, RULES) == {"gone"}


def test_the_published_schema_is_up_to_date() -> None:
    assert json.loads((DOCS / "mas.schema.json").read_text()) == json_schema(DEFAULTS), (
        "mas config schema > docs/mas.schema.json"
    )


def test_the_schema_is_valid_and_accepts_valid_settings() -> None:
    jsonschema_rs.meta.validate(json_schema(DEFAULTS))
    jsonschema_rs.validate(
        json_schema(DEFAULTS), {"docs": {"rules": {"gone": False}, "pull_request": {"reviewers": ["a"]}}}
    )
    for wrong in ({"quux": 1}, {"docs": {"rules": {"gonne": False}}}, {"docs": {"edit_confidence": 2}}):
        assert not jsonschema_rs.is_valid(json_schema(DEFAULTS), wrong)


def test_the_example_in_the_documentation_is_valid() -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", (DOCS / "configuration.md").read_text(), re.DOTALL)

    assert config(text) != RepoConfig()
    jsonschema_rs.validate(json_schema(DEFAULTS), yaml.safe_load(text))


def test_the_documentation_has_a_row_for_each_setting_of_the_schema() -> None:
    page = (DOCS / "configuration.md").read_text()

    assert re.findall(r"^\| `(?:branches|files\.|docs\.|security\.|index\.|commands\.).*", page, re.MULTILINE) == list(
        rows(json_schema(DEFAULTS))
    )
    assert [name for name in NAMES if f"`{name}`" not in page] == []


def rows(whole: dict[str, Any]) -> Iterator[str]:
    """The rows of the documented table of settings, from the schema."""

    def below(part: dict[str, Any], above: str) -> Iterator[str]:
        for name, found in part["properties"].items():
            if "$ref" in found:
                yield from below(whole["$defs"][found["$ref"].rpartition("/")[2]], f"{above}{name}.")
            else:
                default = found["default"]
                shown = default if isinstance(default, str) else json.dumps(default)
                yield f"| `{above}{name}` | `{shown}` | {found['description']} |"

    yield from below(whole, "")


def test_files_override_the_classes_of_files() -> None:
    overrides = config("files: {record: [docs/news/], document: [docs/news/README.md]}").files.overrides
    found = {path: overrides.of(path) for path in ("docs/news/README.md", "docs/news/a.md", "docs/a.md")}

    assert [each.file_class.value if each else None for each in found.values()] == ["document", "record", None]
    assert config("docs: {}").files.overrides == NO_OVERRIDES


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("files: {recrod: [a]}", "Unknown setting 'files.recrod'."),
        ("files: {record: a}", "'files.record' must be a list of at most 20 globs."),
        ("files: {other: [a]}", "Unknown setting 'files.other'."),
        ("files: {record: ['!a']}", "Item 1 of 'files.record' must not begin with '!'."),
    ],
)
def test_mistakes_in_files_are_reported(text: str, message: str) -> None:
    _, (problem,) = load_config([ConfigFile(CONFIG_PATH, text.encode())], NAMES)
    assert problem.message.startswith(message)


def test_settings_without_file_classes_are_stored_as_the_last_version_reads_them() -> None:
    unset, classes = config("docs: {enabled: false}"), config("files: {record: ['news/**']}")

    assert "files" not in json.loads(to_json(ActiveSettings(unset, None)))["config"]
    assert from_json(ActiveSettings, to_json(ActiveSettings(unset, None))).config == unset
    assert from_json(ActiveSettings, to_json(ActiveSettings(classes, None))).config == classes
