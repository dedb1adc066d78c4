"""commander and cac: https://github.com/tj/commander.js"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from bot.frameworks.calls import JAVASCRIPT, JAVASCRIPT_SUFFIXES, Call, calls, help_words, literal, option_default
from bot.frameworks.framework import Declaration, Framework, FrameworkExample

_LONG = re.compile(r"(?<![\w-])--[A-Za-z][\w-]*")


def declarations(data: bytes) -> Iterator[Declaration]:
    """Parse `.option("-m, --max-size <n>", "Size", 10)` and `new Option("--max-size <n>").default(10).env("SIZE")`."""
    chains: dict[int, dict[str, Call]] = defaultdict(dict)
    for call in calls(JAVASCRIPT, data):
        if call.name in ("option", "requiredOption"):
            yield from _option_declarations(call, call.positional[2:3], data)
        elif "Option(" in call.owner or call.name == "Option":
            chains[call.span[0]][call.name] = call
    for chain in chains.values():
        if "Option" in chain:
            default = chain["default"].positional[:1] if "default" in chain else []
            yield from _option_declarations(chain["Option"], default, data)
            variable = literal(next(iter(chain["env"].positional), None)) if "env" in chain else None
            if variable:
                value = literal(next(iter(default), None), data)
                yield Declaration("environment variable", variable, chain["env"].line, value)


def _option_declarations(call: Call, default: list[str], data: bytes) -> Iterator[Declaration]:
    flags = literal(next(iter(call.positional), None)) or ""
    value = option_default(call.argument("default") or next(iter(default), None), data)
    for name in _LONG.findall(flags):
        yield Declaration("option", name, call.line, value, help_words("".join(call.positional[1:2])))


COMMANDER = Framework(
    name="commander",
    suffixes=JAVASCRIPT_SUFFIXES,
    markers=(b"ption(",),
    declarations=declarations,
    examples=(
        FrameworkExample(
            'program\n  .option("-p, --port <n>", "Port", 3000)\n  .option("--out <dir>", "Where", { default: "d" })\n'
            '  .addOption(new Option("--level <name>", "How much").default("info").env("LEVEL"));\n',
            (("--port", "3000"), ("--out", "d"), ("--level", "info"), ("LEVEL", "info")),
        ),
    ),
)
