"""yargs: https://yargs.js.org/"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.frameworks.calls import JAVASCRIPT, JAVASCRIPT_SUFFIXES, calls, help_words, literal, option_default
from bot.frameworks.framework import Declaration, Framework, FrameworkExample

_OPTION_KEYS = frozenset(["alias", "default", "describe", "description", "type", "choices", "demandOption"])


def declarations(data: bytes) -> Iterator[Declaration]:
    """Parse `.option("max-size", { default: 10, describe: "Largest size" })`."""
    for call in calls(JAVASCRIPT, data):
        name = literal(next(iter(call.positional), None)) if call.name == "option" else None
        fields = call.arguments[1].fields if len(call.arguments) == 2 else {}
        if name and re.fullmatch(r"[A-Za-z][\w-]+", name) and _OPTION_KEYS & fields.keys():
            default = option_default(fields.get("default"), data)
            yield Declaration("option", f"--{name}", call.line, default, help_words(call.argument("describe")))


YARGS = Framework(
    name="yargs",
    suffixes=JAVASCRIPT_SUFFIXES,
    markers=(b".option(",),
    declarations=declarations,
    examples=(
        FrameworkExample(
            'yargs.option("max-size", { alias: "m", default: 10 }).option("quiet", { type: "boolean" });\n',
            (("--max-size", "10"), ("--quiet", None)),
        ),
    ),
)
