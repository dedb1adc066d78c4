"""typer: https://typer.tiangolo.com/"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.frameworks.calls import PYTHON, Call, calls, help_words, literal
from bot.frameworks.framework import Declaration, Framework, FrameworkExample

_ANNOTATED = re.compile(rb"(\w+)\s*:\s*(?:\w+\.)?Annotated\[[^=]*\Z")
_ASSIGNED = re.compile(rb"(\w+)\s*:\s*[^=,()]+=\s*\Z")
_DEFAULT = re.compile(rb"\s*,?\s*\]\s*=\s*([^\n,)]+)")


def declarations(data: bytes) -> Iterator[Declaration]:
    """Parse `size: int = typer.Option(10)` and `Annotated[int, typer.Option("--max-size")] = 10`."""
    for call in calls(PYTHON, data):
        if call.name != "Option":
            continue
        words = [text for text in map(literal, call.positional) if text]
        names = [name for text in words for name in text.split("/") if name.startswith("--")]
        before = data[max(0, call.span[0] - 300) : call.span[0]]
        annotated = _ANNOTATED.search(before)
        parameter = annotated or _ASSIGNED.search(before)
        if not names and parameter:
            names = ["--" + parameter[1].decode().replace("_", "-")]
        default = _default(call, data, annotated is not None)
        for name in names:
            yield Declaration("option", name, call.line, default, help_words(call.argument("help")))
        variable = literal(call.argument("envvar"))
        if variable:
            yield Declaration("environment variable", variable, call.line, default, " ".join(names))


def _default(call: Call, data: bytes, is_annotated: bool) -> str | None:
    if is_annotated:
        after = _DEFAULT.match(data, call.span[1])
        return _option_default(after[1].decode(errors="replace").strip(), data) if after else None
    first = next(iter(call.positional), None)
    return _option_default(first or call.argument("default"), data)


def _option_default(text: str | None, data: bytes) -> str | None:
    """Return a literal default; None for a switch, which typer turns into two options."""
    value = literal(text, data)
    return None if value in ("True", "False") or (value or "").startswith("-") else value


TYPER = Framework(
    name="typer",
    suffixes=(".py",),
    markers=(b"typer",),
    declarations=declarations,
    examples=(
        FrameworkExample(
            "def main(size: int = typer.Option(10),\n"
            '         mode: Annotated[str, typer.Option("--run-mode", envvar="APP_MODE")] = "fast"): ...\n',
            (("--size", "10"), ("--run-mode", "fast"), ("APP_MODE", "fast")),
        ),
    ),
)
