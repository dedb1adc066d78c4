"""Find checks (a condition and its body) in code of any language, by keywords."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.agents.security_review.guards.code import Token, tokens

MAX_CONDITION_LINES = 10
MAX_BODY_LINES = 10
"""A check with a longer body is not treated as a rejection."""

_HEADER = re.compile(r"^\s*(?:\}\s*)?(?:else\s+)?(?:if|elif|elsif|unless|guard)\b(?P<rest>.*)")
_TRAILING = re.compile(
    r"^\s*(?P<body>(?:raise|throw|return|abort|halt|die|fail|head|redirect_to)\b.*?)\s(?:if"
    r"|unless)\s+(?P<condition>.+)$"
)
_PLAIN_END = re.compile(r"^\s*(?:\}|end\b|\)|\};?)\s*;?\s*$")


@dataclass(frozen=True, slots=True)
class CodeCheck:
    """A check in lines `start` to `stop` (exclusive) of a text; its condition ends before line `body`."""

    start: int
    body: int
    stop: int
    condition: tuple[Token, ...]
    lines: tuple[str, ...]

    @property
    def action(self) -> str:
        """The lines that run if the condition is true."""
        return "\n".join(self.lines[self.body - self.start :]) if self.body < self.stop else self.lines[-1]


def find_checks(lines: Sequence[str], start: int, stop: int) -> Iterator[CodeCheck]:
    """Yield the checks that begin on the given lines, in full even if they end after them."""
    for at in range(start, min(stop, len(lines))):
        found = _trailing(lines, at) or _block(lines, at)
        if found is not None:
            yield found


def _trailing(lines: Sequence[str], at: int) -> CodeCheck | None:
    match = _TRAILING.match(lines[at])
    if match is None:
        return None
    return CodeCheck(at, at + 1, at + 1, tuple(tokens([match["condition"]])), (lines[at],))


def _block(lines: Sequence[str], at: int) -> CodeCheck | None:
    match = _HEADER.match(lines[at])
    if match is None:
        return None
    run: list[Token] = []
    depth, number = 0, at
    for number in range(at, min(at + MAX_CONDITION_LINES, len(lines))):
        for token in tokens([match["rest"] if number == at else lines[number]]):
            if depth <= 0 and (token.text in "{:" or token.text == "then"):
                return _with_body(lines, at, number, run)
            depth += (token.text in "([") - (token.text in ")]")
            run.append(token)
            if depth == 0 and token.text == ")" and run[0].text == "(" and _condition_ends(lines, number, match):
                return _with_body(lines, at, number, run)
        if (
            depth <= 0
            and lines[number].rstrip()[-2:] not in ("||", "&&")
            and not lines[number].endswith(("\\", "and", "or"))
        ):
            break
    return _with_body(lines, at, number, run) if depth <= 0 and run else None


def _condition_ends(lines: Sequence[str], number: int, match: re.Match[str]) -> bool:
    """Return whether a condition in parentheses is complete: only a body follows."""
    run = tokens([lines[number]])
    depth, last = 0, len(run)
    for n, token in enumerate(run):
        depth += (token.text == "(") - (token.text == ")")
        if depth <= 0 and token.text == ")":
            last = n
            break
    rest = run[last + 1 :]
    return not rest or rest[0].text == "{" or rest[0].text in ("return", "throw", "continue", "die", "raise", "abort")


def _with_body(lines: Sequence[str], at: int, last: int, run: list[Token]) -> CodeCheck | None:
    """Return the check with its more deeply indented body and the closing bracket or `end`."""
    indent = _indent(lines[at])
    stop = last + 1
    while (
        stop < len(lines)
        and stop - last <= MAX_BODY_LINES
        and (not lines[stop].strip() or _indent(lines[stop]) > indent)
    ):
        stop += 1
    while stop > last + 1 and not lines[stop - 1].strip():
        stop -= 1
    if stop - last > MAX_BODY_LINES:
        return None
    closed = stop < len(lines) and _PLAIN_END.match(lines[stop]) and _indent(lines[stop]) == indent
    end = stop + 1 if (closed and "{" in lines[last]) or (closed and lines[stop].strip() == "end") else stop
    return CodeCheck(at, last + 1, end, tuple(run), tuple(lines[at:end]))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
