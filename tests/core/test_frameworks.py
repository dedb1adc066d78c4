"""Options, environment variables and routes declared as strings: which changes reach the docs, and which do not."""

from __future__ import annotations

import pytest

from bot.agents.change_detection.detect import detect
from bot.domain import FactKind
from bot.frameworks import FRAMEWORKS
from bot.languages import LANGUAGES
from bot.messages.facts import describe_fact
from tests.core.trees import change, facts, noticed, rewritten, said

CLICK = 'import click\n\n\n@click.option("{name}", default={default}, help="{help}")\ndef main(**given): ...\n'


def click(name: str = "--size", default: object = 10, help: str = "Largest size") -> dict[str, str]:
    return {"app/cli.py": CLICK.format(name=name, default=default, help=help)}


def environment(*lines: str) -> dict[str, str]:
    return {"app/env.py": "import os\n\n" + "".join(f"{line}\n" for line in lines)}


def descriptions(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """Return descriptions of the facts about options, environment variables and routes."""
    found = [f for f in facts(before, after) if f.kind.startswith("interface")]
    return [describe_fact(f) for f in found]


# ------------------------------------------------------------------ renames


def test_an_option_with_the_same_help_text_is_renamed() -> None:
    assert descriptions(click("--size"), click("--limit")) == ["the option `--size` is now `--limit`"]


def test_an_option_with_a_similar_name_and_the_same_neighbours_is_renamed() -> None:
    assert descriptions(click("--size"), click("--max-size", help="How large")) == [
        "the option `--size` is now `--max-size`"
    ]


def test_a_negated_option_is_a_different_option() -> None:
    assert descriptions(click("--color"), click("--no-color")) == []


def test_a_name_with_two_possible_successors_is_not_renamed() -> None:
    both = "".join(click("--size-" + end)["app/cli.py"] for end in ("min", "max"))
    assert descriptions(click("--size"), {"app/cli.py": both}) == []


def test_an_option_still_declared_elsewhere_is_neither_renamed_nor_removed() -> None:
    other = {"app/more.py": CLICK.format(name="--size", default=1, help="Other")}
    assert descriptions({**click("--size"), **other}, {**click("--limit"), **other}) == []


def test_a_variable_still_read_by_a_build_script_is_not_removed() -> None:
    before = {**environment('HOME = os.environ["APP_HOME"]'), "build/main.py": ""}
    after = {**environment(), "build/main.py": 'import os\nos.environ["APP_HOME"]\n'}
    assert descriptions(before, after) == []


def test_a_removal_with_a_possible_successor_is_no_fact() -> None:
    two = click("--other")["app/cli.py"] + CLICK.format(name="--limits", default=3, help="Another")
    assert (
        descriptions(
            {"app/cli.py": click("--other")["app/cli.py"] + click("--limit")["app/cli.py"]}, {"app/cli.py": two}
        )
        == []
    )


def test_a_route_with_the_same_handler_is_renamed() -> None:
    route = '@app.get("{}")\ndef users(): ...\n'
    before, after = {"app/web.py": "import flask as Flask\n" + route.format("/users")}, {}
    after = {"app/web.py": before["app/web.py"].replace('"/users"', '"/v2/people"')}
    assert descriptions(before, after) == ["the route `/users` is now `/v2/people`"]
    assert rewritten(before, after, "See `/users` and `/users/3`.\n") == "See `/v2/people` and `/users/3`.\n"


def test_a_renamed_route_keeps_the_parameter_style_of_the_page() -> None:
    before = {"src/app.js": 'app.get("/users/:id", show);\n'}
    after = {"src/app.js": 'app.get("/v2/users/:user", show);\n'}
    assert rewritten(before, after, "Call `GET /users/{id}`.\n") == "Call `GET /v2/users/{id}`.\n"


@pytest.mark.parametrize("path", ["/", "/etc", "/users/:a/:b", "/users/:a-:b", "/files/*"])
def test_an_ambiguous_route_is_unchanged(path: str) -> None:
    before = {"src/app.js": f'app.get("{path}", show);\n'}
    after = {"src/app.js": 'app.get("/v2/:b/:a", show);\n'}
    doc = f"See `{path}`.\n"
    assert rewritten(before, after, doc) == doc


def test_a_route_on_another_host_is_unchanged() -> None:
    before, after = {"src/app.js": 'app.get("/users", show);\n'}, {"src/app.js": 'app.get("/people", show);\n'}
    doc = "    curl https://api.github.com/users\n    curl http://127.0.0.1:80/users\n"
    assert rewritten(before, after, doc) == doc.replace("80/users", "80/people")


def test_text_about_the_past_keeps_its_routes_and_options() -> None:
    before, after = {"src/app.js": 'app.get("/users", show);\n'}, {"src/app.js": 'app.get("/people", show);\n'}
    doc = "`/users` was removed in 2.0.\n\n`--size` was renamed.\n"
    assert rewritten({**before, **click("--size")}, {**after, **click("--limit")}, doc) == doc


def test_an_option_in_a_link_or_of_another_program_is_unchanged() -> None:
    doc = "[x](a--size) [y](--size)\n\n    docker run --size 3\n    app --size 3\n"
    assert rewritten(click("--size"), click("--limit"), doc) == doc.replace("app --size", "app --limit")


# ------------------------------------------------------------------ changed defaults


@pytest.mark.parametrize(
    "doc",
    [
        "`--size` defaults to `{}`.\n",
        "- `-s`, `--size <n>`: at most so large (default: {})\n",
        "* `--size` *default* = no, default is **{}**\n",
        "## `--size`\n\nHow large.\n\nDefault: `{}`\n\n## `--other`\n\nDefault: `10`\n",
        "| | Default |\n|---|---|\n| `--size` | {} |\n",
        "```\n  --size INT  At most\n              [default: {}]\n\n  --other  [default: 10]\n```\n",
    ],
)
def test_a_default_stated_for_the_option_is_updated(doc: str) -> None:
    assert rewritten(click(default=10), click(default=20), doc.format(10)) == doc.format(20)


def test_a_default_below_the_directive_of_its_option_is_updated() -> None:
    doc = "Use\n===\n\n.. option:: --size <n>\n\n   At most. Default: {}\n\nBy default: 10\n"
    assert rewritten(click(default=10), click(default=20), doc.format(10), "docs/a.rst") == doc.format(20)


@pytest.mark.parametrize(
    "doc",
    [
        "`--size` is a number. The default: 10.\n",
        "`--size` and `--other` (default: 10)\n",
        "- `--other`: as `--size`, default: 10\n",
        "- `--size`: default: 10 or default: 10\n",
        "- `--size`: 10 is much\n",
        "- `--size`: default: 100\n- `--size`: default: 10.5\n",
        "- `--size`: the default 10 was renamed\n",
        "    app --size 10 # default: 10\n",
        "| `--size` | 10 |\n|---|---|\n| a | 10 |\n",
    ],
)
def test_a_default_that_may_belong_to_something_else_is_unchanged(doc: str) -> None:
    assert rewritten(click(default=10), click(default=20), doc) == doc


def test_a_default_with_conflicting_declarations_is_no_fact() -> None:
    other = {"app/more.py": CLICK.format(name="--size", default=1, help="Other")}
    assert descriptions({**click(default=10), **other}, {**click(default=20), **other}) == []


@pytest.mark.parametrize(("old", "new"), [(10, "10.0"), (10, "compute()"), ("None", 3), (10, 10)])
def test_an_equal_or_unknown_default_is_no_fact(old: object, new: object) -> None:
    assert descriptions(click(default=old), click(default=new)) == []


def test_a_default_of_several_words_is_not_updated() -> None:
    assert rewritten(click(default='"a b"'), click(default='"c d"'), "`--size` defaults to `a b`.\n").count("a b") == 1


def test_a_default_change_is_found_despite_a_lookup_without_default() -> None:
    before = environment('A = os.getenv("APP_LEVEL", "info")', 'B = os.environ["APP_LEVEL"]')
    after = environment('A = os.getenv("APP_LEVEL", "warn")', 'B = os.environ["APP_LEVEL"]')
    assert descriptions(before, after) == ["the default of the environment variable `APP_LEVEL` is now `warn`"]


# ------------------------------------------------------------------ removals


def test_the_row_of_a_removed_option_is_removed() -> None:
    before = {"app/cli.py": click("--size")["app/cli.py"] + click("--other")["app/cli.py"]}
    doc = "- `-s, --size <n>`: at most\n- `--other`: other\n- see `--size`\n"
    assert descriptions(before, click("--other")) == ["the option `--size` was removed"]
    assert rewritten(before, click("--other"), doc) == "- `--other`: other\n- see `--size`\n"


def test_declarations_in_tests_are_ignored() -> None:
    assert descriptions({"tests/test_cli.py": click()["app/cli.py"]}, {"tests/test_cli.py": ""}) == []


def test_declarations_in_a_moved_file_are_unchanged() -> None:
    assert descriptions(click(), {"app/main.py": click()["app/cli.py"]}) == []


# ------------------------------------------------------------------ types and deprecations


def test_types_of_parameters_and_results() -> None:
    before, after = (
        {"pkg/__init__.py": "def f(a: int) -> str: ...\n"},
        {"pkg/__init__.py": "def f(a: float) -> bytes: ...\n"},
    )
    assert said(before, after) == ["type-changed pkg.f int → float", "type-changed pkg.f str → bytes"]
    assert [describe_fact(f) for f in facts(before, after)] == [
        "the type of `a` in `pkg.f` is now `float`",
        "the return type of `pkg.f` is now `bytes`",
    ]


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("pkg/a.py", "def f(a):\n    return a\n", "@deprecated('use g')\ndef f(a):\n    return a\n"),
        (
            "pkg/a.py",
            "def f(a):\n    return a\n",
            "def f(a):\n    warnings.warn(\n        'x', DeprecationWarning)\n    return a\n",
        ),
        ("pkg/a.go", "package a\n\nfunc F() {}\n", "package a\n\n// Deprecated: use G.\nfunc F() {}\n"),
        ("src/net.rs", "pub fn f() {}\n", "#[deprecated]\npub fn f() {}\n"),
        ("src/a.ts", "export function f() {}\n", "/**\n * @deprecated use g\n */\nexport function f() {}\n"),
    ],
)
def test_a_new_deprecation_marker_is_found_once(path: str, before: str, after: str) -> None:
    assert [f.kind for f in facts({path: before}, {path: after})] == [FactKind.DEPRECATED]
    assert [f.kind for f in facts({path: after}, {path: after + "\n"})] == []


def test_a_warning_about_an_argument_does_not_deprecate_the_function() -> None:
    before = {"pkg/__init__.py": "def fetch_it(a=None):\n    return a\n"}
    after = {
        "pkg/__init__.py": "def fetch_it(a=None):\n    if a:\n        warn('x', DeprecationWarning)\n    return a\n"
    }
    assert said(before, after) == []
    assert noticed(before, after, "Call `fetch_it()`.\n") == []


def test_without_frameworks_there_are_no_facts_about_options() -> None:
    assert detect(change(click("--size"), click("--limit")), LANGUAGES, ()).facts == ()
    assert detect(change(click("--size"), click("--limit")), LANGUAGES, FRAMEWORKS).facts != ()
