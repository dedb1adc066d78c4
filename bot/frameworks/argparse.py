"""argparse: https://docs.python.org/3/library/argparse.html"""

from __future__ import annotations

from collections.abc import Iterator

from bot.frameworks.calls import PYTHON, calls, literal, spoken
from bot.frameworks.framework import Declared, Interface, InterfaceExample


def declared(data: bytes) -> Iterator[Declared]:
    """`parser.add_argument("-m", "--max-size", default=10)`; a flag's default is no value that docs state."""
    for call in calls(PYTHON, data):
        if call.name == "add_argument":
            names = [name for text in call.positional if (name := literal(text)) and name.startswith("--")]
            default = literal(call.given("default"), data) if call.given("action") is None else None
            for name in names:
                yield Declared("option", name, call.line, default, spoken(call.given("help")))


ARGPARSE = Interface(
    name="argparse",
    suffixes=(".py",),
    marks=(b"add_argument",),
    declared=declared,
    examples=(
        InterfaceExample(
            'SIZE = 10\np.add_argument("-m", "--max-size", default=SIZE)\n'
            'p.add_argument("--quiet", action="store_true")\n',
            (("--max-size", "10"), ("--quiet", None)),
        ),
    ),
)
