"""Interfaces that are strings in the code: which options, variables and routes follow a change, and which stay."""

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


def told(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """What is said of the interfaces alone."""
    found = [f for f in facts(before, after) if f.kind.startswith("interface")]
    return [describe_fact(f) for f in found]


# ------------------------------------------------------------------ a new name


def test_an_option_with_the_same_help_is_the_same_under_a_new_name() -> None:
    assert told(click("--size"), click("--limit")) == ["the option `--size` is now `--limit`"]


def test_an_option_of_a_like_name_between_the_same_neighbours_is_the_same() -> None:
    assert told(click("--size"), click("--max-size", help="How large")) == ["the option `--size` is now `--max-size`"]


def test_the_opposite_is_another_option() -> None:
    assert told(click("--color"), click("--no-color")) == []


def test_a_name_with_two_heirs_has_none() -> None:
    both = "".join(click("--size-" + end)["app/cli.py"] for end in ("min", "max"))
    assert told(click("--size"), {"app/cli.py": both}) == []


def test_an_option_that_is_still_declared_elsewhere_is_neither_renamed_nor_gone() -> None:
    other = {"app/more.py": CLICK.format(name="--size", default=1, help="Other")}
    assert told({**click("--size"), **other}, {**click("--limit"), **other}) == []


def test_a_variable_that_a_build_script_still_reads_is_not_gone() -> None:
    before = {**environment('HOME = os.environ["APP_HOME"]'), "build/main.py": ""}
    after = {**environment(), "build/main.py": 'import os\nos.environ["APP_HOME"]\n'}
    assert told(before, after) == []


def test_a_new_option_that_may_be_the_lost_one_leaves_nothing_to_say() -> None:
    two = click("--other")["app/cli.py"] + CLICK.format(name="--limits", default=3, help="Another")
    assert (
        told({"app/cli.py": click("--other")["app/cli.py"] + click("--limit")["app/cli.py"]}, {"app/cli.py": two}) == []
    )


def test_a_route_is_known_by_its_handler() -> None:
    route = '@app.get("{}")\ndef users(): ...\n'
    before, after = {"app/web.py": "import flask as Flask\n" + route.format("/users")}, {}
    after = {"app/web.py": before["app/web.py"].replace('"/users"', '"/v2/people"')}
    assert told(before, after) == ["the route `/users` is now `/v2/people`"]
    assert rewritten(before, after, "See `/users` and `/users/3`.\n") == "See `/v2/people` and `/users/3`.\n"


def test_a_route_keeps_the_pages_own_spelling_of_its_parameter() -> None:
    before = {"src/app.js": 'app.get("/users/:id", show);\n'}
    after = {"src/app.js": 'app.get("/v2/users/:user", show);\n'}
    assert rewritten(before, after, "Call `GET /users/{id}`.\n") == "Call `GET /v2/users/{id}`.\n"


@pytest.mark.parametrize("path", ["/", "/etc", "/users/:a/:b", "/users/:a-:b", "/files/*"])
def test_a_route_that_could_mean_another_thing_stays(path: str) -> None:
    before = {"src/app.js": f'app.get("{path}", show);\n'}
    after = {"src/app.js": 'app.get("/v2/:b/:a", show);\n'}
    doc = f"See `{path}`.\n"
    assert rewritten(before, after, doc) == doc


def test_a_route_on_another_machine_stays() -> None:
    before, after = {"src/app.js": 'app.get("/users", show);\n'}, {"src/app.js": 'app.get("/people", show);\n'}
    doc = "    curl https://api.github.com/users\n    curl http://127.0.0.1:80/users\n"
    assert rewritten(before, after, doc) == doc.replace("80/users", "80/people")


def test_the_past_keeps_its_routes_and_options() -> None:
    before, after = {"src/app.js": 'app.get("/users", show);\n'}, {"src/app.js": 'app.get("/people", show);\n'}
    doc = "`/users` was removed in 2.0.\n\n`--size` was renamed.\n"
    assert rewritten({**before, **click("--size")}, {**after, **click("--limit")}, doc) == doc


def test_an_option_in_a_link_or_on_the_line_of_another_program_stays() -> None:
    doc = "[x](a--size) [y](--size)\n\n    docker run --size 3\n    app --size 3\n"
    assert rewritten(click("--size"), click("--limit"), doc) == doc.replace("app --size", "app --limit")


# ------------------------------------------------------------------ a new default


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
def test_a_default_follows_where_it_is_stated_of_the_option(doc: str) -> None:
    assert rewritten(click(default=10), click(default=20), doc.format(10)) == doc.format(20)


def test_a_default_follows_below_its_directive() -> None:
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
def test_a_default_stays_where_it_may_be_something_elses(doc: str) -> None:
    assert rewritten(click(default=10), click(default=20), doc) == doc


def test_a_default_that_declarations_disagree_on_is_no_fact() -> None:
    other = {"app/more.py": CLICK.format(name="--size", default=1, help="Other")}
    assert told({**click(default=10), **other}, {**click(default=20), **other}) == []


@pytest.mark.parametrize(("old", "new"), [(10, "10.0"), (10, "compute()"), ("None", 3), (10, 10)])
def test_a_default_that_is_the_same_or_unknown_is_no_fact(old: object, new: object) -> None:
    assert told(click(default=old), click(default=new)) == []


def test_a_default_of_several_words_is_a_persons_to_write() -> None:
    assert rewritten(click(default='"a b"'), click(default='"c d"'), "`--size` defaults to `a b`.\n").count("a b") == 1


def test_a_variable_may_be_read_elsewhere_without_a_default() -> None:
    before = environment('A = os.getenv("APP_LEVEL", "info")', 'B = os.environ["APP_LEVEL"]')
    after = environment('A = os.getenv("APP_LEVEL", "warn")', 'B = os.environ["APP_LEVEL"]')
    assert told(before, after) == ["the default of the environment variable `APP_LEVEL` is now `warn`"]


# ------------------------------------------------------------------ no name any more


def test_the_row_of_a_removed_option_goes() -> None:
    before = {"app/cli.py": click("--size")["app/cli.py"] + click("--other")["app/cli.py"]}
    doc = "- `-s, --size <n>`: at most\n- `--other`: other\n- see `--size`\n"
    assert told(before, click("--other")) == ["the option `--size` was removed"]
    assert rewritten(before, click("--other"), doc) == "- `--other`: other\n- see `--size`\n"


def test_a_test_declares_nothing() -> None:
    assert told({"tests/test_cli.py": click()["app/cli.py"]}, {"tests/test_cli.py": ""}) == []


def test_what_is_declared_in_a_moved_file_is_where_it_was() -> None:
    assert told(click(), {"app/main.py": click()["app/cli.py"]}) == []


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
def test_what_says_so_from_now_on_is_deprecated(path: str, before: str, after: str) -> None:
    assert [f.kind for f in facts({path: before}, {path: after})] == [FactKind.DEPRECATED]
    assert [f.kind for f in facts({path: after}, {path: after + "\n"})] == []


def test_a_warning_about_an_argument_deprecates_no_function() -> None:
    before = {"pkg/__init__.py": "def fetch_it(a=None):\n    return a\n"}
    after = {
        "pkg/__init__.py": "def fetch_it(a=None):\n    if a:\n        warn('x', DeprecationWarning)\n    return a\n"
    }
    assert said(before, after) == []
    assert noticed(before, after, "Call `fetch_it()`.\n") == []


def test_without_interfaces_nothing_is_said_of_them() -> None:
    assert detect(change(click("--size"), click("--limit")), LANGUAGES, ()).facts == ()
    assert detect(change(click("--size"), click("--limit")), LANGUAGES, FRAMEWORKS).facts != ()
