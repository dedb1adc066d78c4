"""yargs: https://yargs.js.org/"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.frameworks.calls import JAVASCRIPT, JAVASCRIPT_SUFFIXES, calls, literal, spoken, valued
from bot.frameworks.framework import Declared, Interface, InterfaceExample

_TELLING = frozenset(["alias", "default", "describe", "description", "type", "choices", "demandOption"])


def declared(data: bytes) -> Iterator[Declared]:
    """`.option("max-size", { default: 10, describe: "Largest size" })`"""
    for call in calls(JAVASCRIPT, data):
        name = literal(next(iter(call.positional), None)) if call.name == "option" else None
        fields = call.arguments[1].fields if len(call.arguments) == 2 else {}
        if name and re.fullmatch(r"[A-Za-z][\w-]+", name) and _TELLING & fields.keys():
            default = valued(fields.get("default"), data)
            yield Declared("option", f"--{name}", call.line, default, spoken(call.given("describe")))


YARGS = Interface(
    name="yargs",
    suffixes=JAVASCRIPT_SUFFIXES,
    marks=(b".option(",),
    declared=declared,
    examples=(
        InterfaceExample(
            'yargs.option("max-size", { alias: "m", default: 10 }).option("quiet", { type: "boolean" });\n',
            (("--max-size", "10"), ("--quiet", None)),
        ),
    ),
)
