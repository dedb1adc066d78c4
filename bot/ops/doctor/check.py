"""What was found, and how it is shown: a line a check, with its remedy below."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from rich.console import Console
from rich.text import Text

_MARKS = {"ok": ("✓", "green"), "wrong": ("✗", "bold red"), "note": ("!", "yellow")}


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What was found: `ok`, `wrong` (the bot will not work), or to `note`. The remedy is one sentence."""

    name: str
    state: Literal["ok", "wrong", "note"]
    message: str
    remedy: str = ""


def show(checks: Iterable[CheckResult], console: Console) -> int:
    """Print the checks; returns the exit code, 1 when something is wrong."""
    code = 0
    for check in checks:
        mark, style = _MARKS[check.state]
        code |= check.state == "wrong"
        line = Text.assemble((f"{mark} ", style), (f"{check.name}: ", "bold"), _printable(check.message))
        console.print(line, soft_wrap=True)
        if check.remedy:
            console.print(Text(f"    {_printable(check.remedy)}", style="dim"), soft_wrap=True)
    return code


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)
