"""clap: https://docs.rs/clap/ (and structopt before it)"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from bot.frameworks.calls import RUST, Call, calls, help_words, literal
from bot.frameworks.framework import Declaration, Framework, FrameworkExample

_ATTRIBUTES = ("arg", "clap", "structopt")
_MADE = re.compile(r"Arg::(?:new|with_name)\(")
_FIELD = re.compile(rb"\]?\s*(?:(?://[^\n]*|#\[[^\]]*\])\s*)*(?:pub(?:\([^)]*\))?\s+)?(\w+)\s*:")
_DOC_COMMENT = re.compile(rb"(?:^[ \t]*///[^\n]*\n)+[ \t]*\Z", re.M)


def declarations(data: bytes) -> Iterator[Declaration]:
    """`#[arg(long, default_value_t = 10)] max_size: u32`, or `Arg::new("a").long("max-size").default_value("10")`."""
    chains: dict[int, dict[str, Call]] = defaultdict(dict)
    for call in calls(RUST, data):
        if call.name in _ATTRIBUTES and data[max(0, call.span[0] - 2) : call.span[0] + 1].find(b"#") >= 0:
            yield from _from_attribute(call, data)
        elif call.owner.startswith("Arg::"):
            chains[call.span[0]][call.name] = call
    for chain in chains.values():
        yield from _from_builder(chain, data)


def _from_attribute(call: Call, data: bytes) -> Iterator[Declaration]:
    given = {a.keyword or a.text: a.text if a.keyword else "" for a in call.arguments}
    field = _FIELD.match(data, call.span[1])
    if field is None:
        return
    name = field[1].decode()
    default = literal(given.get("default_value_t"), data) or literal(given.get("default_value"), data)
    told = _DOC_COMMENT.search(data, max(0, call.span[0] - 600), call.span[0])
    bound = help_words(told[0].decode(errors="replace") if told else given.get("help"))
    if "long" in given:
        long = literal(given["long"]) or name.replace("_", "-")
        yield Declaration("option", f"--{long}", call.line, default, bound)
    if "env" in given:
        variable = literal(given["env"]) or name.upper()
        yield Declaration("environment variable", variable, call.line, default, f"--{name}")


def _from_builder(chain: dict[str, Call], data: bytes) -> Iterator[Declaration]:
    def given(method: str) -> str | None:
        return literal(next(iter(chain[method].positional), None), data) if method in chain else None

    long, variable = given("long"), given("env")
    if long:
        yield Declaration("option", f"--{long}", chain["long"].line, given("default_value"), help_words(given("help")))
    if variable:
        yield Declaration("environment variable", variable, chain["env"].line, given("default_value"), f"--{long}")


CLAP = Framework(
    name="clap",
    suffixes=(".rs",),
    markers=(b"clap", b"structopt", b"Arg::"),
    declarations=declarations,
    examples=(
        FrameworkExample(
            '#[derive(clap::Parser)]\nstruct Args {\n    #[arg(short, long, default_value_t = 10, env = "APP_SIZE")]\n'
            '    max_size: u32,\n    #[arg(long = "loud")]\n    pub verbose: bool,\n}\n',
            (("--max-size", "10"), ("APP_SIZE", "10"), ("--loud", None)),
        ),
        FrameworkExample(
            'fn app() {\n    command.arg(Arg::new("w").long("tab-width").default_value("4").env("TABS"));\n}\n',
            (("--tab-width", "4"), ("TABS", "4")),
        ),
    ),
)
