"""Check results, and their output: one line per check, with its fix below."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from rich.console import Console
from rich.text import Text

_MARKS = {"ok": ("✓", "green"), "wrong": ("✗", "bold red"), "note": ("!", "yellow")}


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of a check: `ok`, `wrong` (the bot does not work) or `note` (it works). `hint` says how to fix it."""

    name: str
    state: Literal["ok", "wrong", "note"]
    message: str
    hint: str = ""


def show(checks: Iterable[CheckResult], console: Console) -> int:
    """Print the results. Return the exit code: 1 if a check is `wrong`."""
    code = 0
    for check in checks:
        mark, style = _MARKS[check.state]
        code |= check.state == "wrong"
        line = Text.assemble((f"{mark} ", style), (f"{check.name}: ", "bold"), _printable(check.message))
        console.print(line, soft_wrap=True)
        if check.hint:
            console.print(Text(f"    {_printable(check.hint)}", style="dim"), soft_wrap=True)
    return code


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)
