"""clap and its predecessor structopt: https://docs.rs/clap/"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from bot.frameworks.calls import RUST, Call, calls, help_words, literal
from bot.frameworks.framework import Declaration, Framework, FrameworkExample

_ATTRIBUTES = ("arg", "clap", "structopt")
_FIELD = re.compile(rb"\]?\s*(?:(?://[^\n]*|#\[[^\]]*\])\s*)*(?:pub(?:\([^)]*\))?\s+)?(\w+)\s*:")
_DOC_COMMENT = re.compile(rb"(?:^[ \t]*///[^\n]*\n)+[ \t]*\Z", re.M)


def declarations(data: bytes) -> Iterator[Declaration]:
    """Parse `#[arg(long, default_value_t = 10)] size: u32` and `Arg::new("a").long("size").default_value("10")`."""
    chains: dict[int, dict[str, Call]] = defaultdict(dict)
    for call in calls(RUST, data):
        if call.name in _ATTRIBUTES and data[max(0, call.span[0] - 2) : call.span[0] + 1].find(b"#") >= 0:
            yield from _from_attribute(call, data)
        elif call.owner.startswith("Arg::"):
            chains[call.span[0]][call.name] = call
    for chain in chains.values():
        yield from _from_builder(chain, data)


def _from_attribute(call: Call, data: bytes) -> Iterator[Declaration]:
    arguments = {a.keyword or a.text: a.text if a.keyword else "" for a in call.arguments}
    field = _FIELD.match(data, call.span[1])
    if field is None:
        return
    name = field[1].decode()
    default = literal(arguments.get("default_value_t"), data) or literal(arguments.get("default_value"), data)
    doc_comment = _DOC_COMMENT.search(data, max(0, call.span[0] - 600), call.span[0])
    binding = help_words(doc_comment[0].decode(errors="replace") if doc_comment else arguments.get("help"))
    if "long" in arguments:
        long = literal(arguments["long"]) or name.replace("_", "-")
        yield Declaration("option", f"--{long}", call.line, default, binding)
    if "env" in arguments:
        variable = literal(arguments["env"]) or name.upper()
        yield Declaration("environment variable", variable, call.line, default, f"--{name}")


def _from_builder(chain: dict[str, Call], data: bytes) -> Iterator[Declaration]:
    def value(method: str) -> str | None:
        return literal(next(iter(chain[method].positional), None), data) if method in chain else None

    long, variable = value("long"), value("env")
    if long:
        yield Declaration("option", f"--{long}", chain["long"].line, value("default_value"), help_words(value("help")))
    if variable:
        yield Declaration("environment variable", variable, chain["env"].line, value("default_value"), f"--{long}")


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
