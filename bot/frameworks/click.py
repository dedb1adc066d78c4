"""click: https://click.palletsprojects.com/"""

from __future__ import annotations

from collections.abc import Iterator

from bot.frameworks.calls import PYTHON, calls, help_words, literal
from bot.frameworks.framework import Declaration, Framework, FrameworkExample


def declarations(data: bytes) -> Iterator[Declaration]:
    """Parse `@click.option("--max-size", default=10, envvar="APP_SIZE")`; `--color/--no-color` are two names."""
    for call in calls(PYTHON, data):
        words = [text for text in map(literal, call.positional) if text]
        if call.name not in ("option", "Option") or not words or not words[0].startswith("-"):
            continue
        names = [name.strip() for text in words for name in text.split("/") if name.strip().startswith("--")]
        flag = call.argument("is_flag") is not None or any("/" in text for text in words)
        default = None if flag else literal(call.argument("default"), data)
        for name in names:
            yield Declaration("option", name, call.line, default, help_words(call.argument("help")))
        variable = literal(call.argument("envvar"))
        if variable:
            yield Declaration("environment variable", variable, call.line, default, " ".join(names))


CLICK = Framework(
    name="click",
    suffixes=(".py",),
    markers=(b"click",),
    declarations=declarations,
    examples=(
        FrameworkExample(
            '@click.option("-m", "--max-size", default=10, envvar="APP_SIZE")\n@click.option("--color/--no-color")\n'
            "def main(max_size, color): ...\n",
            (("--max-size", "10"), ("APP_SIZE", "10"), ("--color", None), ("--no-color", None)),
        ),
    ),
)
