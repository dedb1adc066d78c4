"""Contract: every framework parses its own examples and accepts any bytes."""

from __future__ import annotations

import pytest

from bot.frameworks import FRAMEWORKS, Framework
from bot.frameworks.calls import literal
from bot.frameworks.framework import FrameworkExample

GO = "package a\n\nfunc f() {{ {} }}\n"


@pytest.mark.parametrize(
    ("framework", "example"),
    [pytest.param(x, e, id=f"{x.name}-{n}") for x in FRAMEWORKS for n, e in enumerate(x.examples)],
)
def test_a_framework_parses_its_examples(framework: Framework, example: FrameworkExample) -> None:
    data = example.source.encode()
    assert any(framework.applies_to(f"src/a{suffix}", data) for suffix in framework.suffixes)
    assert tuple((d.name, d.default) for d in framework.declarations(data)) == example.declarations


@pytest.mark.parametrize("framework", FRAMEWORKS, ids=lambda framework: framework.name)
@pytest.mark.parametrize("data", [b"", b"\0\xff\xfe", b"\xef\xbb\xbf", b"((((((" * 50, b"a(" * 300, b"#[arg(long"])
def test_a_framework_accepts_any_bytes(framework: Framework, data: bytes) -> None:
    assert list(framework.declarations(data)) == []


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("argparse", 'p.parse_args("--size")\np.add_argument("size")\np.add_argument(*names)\n'),
        ("click", '@click.option(name)\n@click.option("-s")\n@click.argument("size")\ndef main(): ...\n'),
        ("typer", 'typer.Argument("--size")\ntyper.Option()\n'),
        ("clap", '#[arg(long)]\nfn f() { g(1); Arg::new("a").short("s"); h.long("size"); }\n'),
        ("clap", '#[arg(short)]\nstruct A;\nstruct B {\n    #[arg(short, default_value = "a")]\n    size: u32,\n}\n'),
        ("Go flags", GO.format('c.Flags().Int(name, 1, "a"); c.Flags().Lookup("size"); x.Int("a", 1, "b")')),
        (
            "commander",
            'p.option("-s");\np.option(name, "a");\nnew Option("-s").env(name);\nmakeOption("--a").hide();\n',
        ),
        ("yargs", 'yargs.option("size", "a");\nyargs.option(name, { alias: "s" });\ny.option("size", { other: 1 });\n'),
        ("environment", 'os.environ[name]\nos.environ["PATH" + x]\nenv = "A_B"\n'),
        ("Flask and FastAPI", 'client.get("/users")\n@app.get(path)\ndef f(): ...\n@app.get("users")\ndef g(): ...\n'),
        ("Django", 'path("api/", include("api.urls"))\nos.path("a", b)\npath("no path", view)\npath(name, view)\n'),
        ("Express", 'app.get("setting");\napp.get("setting", 1);\nhttp.get("/users", f);\napp.use("/users", f);\n'),
        ("Go routes", GO.format('r.GET(name, h); r.GET("users", h); client.Get("/users", h); r.Use("/users", h)')),
    ],
)
def test_a_framework_ignores_code_without_declarations(name: str, source: str) -> None:
    framework = next(x for x in FRAMEWORKS if x.name == name)
    assert list(framework.declarations(source.encode())) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("'a'", "a"),
        ('"a b"', "a b"),
        ("b'a'", "a"),
        ("`a`", "a"),
        ("1_000", "1_000"),
        ("-1.5", "-1.5"),
        ("True", "True"),
        ("`a${b}`", None),
        ('"a\\n"', None),
        ('""', None),
        ("f'{a}'", None),
        ("a()", None),
        ("None", None),
        (None, None),
        ("SIZE", "10"),
        ("TWICE", None),
        ("MADE", None),
        ("OTHER", None),
    ],
)
def test_literals_and_names_of_constants_are_resolved(text: str | None, value: str | None) -> None:
    data = b"SIZE: int = 10\nconst TWICE = 1\nTWICE = 2\nMADE = make()\n"
    assert literal(text, data) == value


def test_framework_names_are_unique() -> None:
    assert len({x.name for x in FRAMEWORKS}) == len(FRAMEWORKS)
