"""click: https://click.palletsprojects.com/"""

from __future__ import annotations

from collections.abc import Iterator

from bot.frameworks.calls import PYTHON, calls, literal, spoken
from bot.frameworks.framework import Declared, Interface, InterfaceExample


def declared(data: bytes) -> Iterator[Declared]:
    """`@click.option("--max-size", default=10, envvar="APP_SIZE")`; `--color/--no-color` are two names."""
    for call in calls(PYTHON, data):
        words = [text for text in map(literal, call.positional) if text]
        if call.name not in ("option", "Option") or not words or not words[0].startswith("-"):
            continue
        names = [name.strip() for text in words for name in text.split("/") if name.strip().startswith("--")]
        flag = call.given("is_flag") is not None or any("/" in text for text in words)
        default = None if flag else literal(call.given("default"), data)
        for name in names:
            yield Declared("option", name, call.line, default, spoken(call.given("help")))
        variable = literal(call.given("envvar"))
        if variable:
            yield Declared("environment variable", variable, call.line, default, " ".join(names))


CLICK = Interface(
    name="click",
    suffixes=(".py",),
    marks=(b"click",),
    declared=declared,
    examples=(
        InterfaceExample(
            '@click.option("-m", "--max-size", default=10, envvar="APP_SIZE")\n@click.option("--color/--no-color")\n'
            "def main(max_size, color): ...\n",
            (("--max-size", "10"), ("APP_SIZE", "10"), ("--color", None), ("--no-color", None)),
        ),
    ),
)
