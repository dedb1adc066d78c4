"""argparse: https://docs.python.org/3/library/argparse.html"""

from __future__ import annotations

from collections.abc import Iterator

from bot.frameworks.calls import PYTHON, calls, help_words, literal
from bot.frameworks.framework import Declaration, Framework, FrameworkExample


def declarations(data: bytes) -> Iterator[Declaration]:
    """Parse `parser.add_argument("-m", "--max-size", default=10)`; with an `action`, the default is ignored."""
    for call in calls(PYTHON, data):
        if call.name == "add_argument":
            names = [name for text in call.positional if (name := literal(text)) and name.startswith("--")]
            default = literal(call.argument("default"), data) if call.argument("action") is None else None
            for name in names:
                yield Declaration("option", name, call.line, default, help_words(call.argument("help")))


ARGPARSE = Framework(
    name="argparse",
    suffixes=(".py",),
    markers=(b"add_argument",),
    declarations=declarations,
    examples=(
        FrameworkExample(
            'SIZE = 10\np.add_argument("-m", "--max-size", default=SIZE)\n'
            'p.add_argument("--quiet", action="store_true")\n',
            (("--max-size", "10"), ("--quiet", None)),
        ),
    ),
)
