"""What the program still says of a name: whether it had it, where it holds it, and whether it lives on."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.agents.document_update.rules.fact_context import Survival
from bot.languages.heuristics import definition, enclosing, is_parameter
from bot.languages.program import Line, Program, identifier_like
from bot.languages.tokens import STANDARD, Replacement, Standing, before, callee

_MOST_LINES = 100
OWN = re.compile(r"(?:self|this|cls|super|prototype)\b|.*/$")
"""What stands before a name of the program's own."""
_DEPRECATED = re.compile(
    r"deprecat|obsolete|\blegacy\b|\brenamed\b|old name|backwards?[- ]compat|\balias(?:es)? (?:for|of|to)\b"
    r"|\bwarn(?:ings?)?\s*[.(]",
    re.I,
)
_COMMENT = re.compile(r"\s*(?:#(?!\[)|//|/\*|\*|--\s|;|<!--)")
_REMARK = re.compile(r"(?:^|\s)(?:#|//)\s")
_QUOTES = frozenset("\"'`")
_KEY = re.compile(r"\??\s*(?::(?!:)|=(?!=))")


@dataclass(frozen=True, slots=True)
class Programs:
    """The program before the change and after it, and all code after it: with tests and examples."""

    base: Program
    head: Program
    everything: Program

    def lost(self, name: str, own: Collection[str]) -> bool:
        """Whether the program had a name of its own, and no code and no file bears it any more."""
        if self.everything.has_file(name) or left(name, self.everything):
            return False
        return any(_is_meant(line, name, own) for line in self.base.lines(name, _MOST_LINES))


def left(name: str, program: Program) -> list[Line]:
    """The lines of the program that still hold a name as its own."""
    return [line for line in program.lines(name, _MOST_LINES) if not _is_foreign(line.text, name)]


def _is_meant(line: Line, name: str, own: Collection[str]) -> bool:
    """Whether a line of code gives a name a meaning: no comment, nobody else's, and not just a word of a text."""
    ahead, rest = line.text[: line.column], line.text[line.column + len(name) :]
    if _COMMENT.match(line.text) or _REMARK.search(ahead):
        return False
    qualified = before(line.text, line.column)
    if qualified and not OWN.match(qualified) and qualified.rstrip(".:") not in own:
        return False
    if identifier_like(name) or definition(line.text) == name:
        return True
    return (ahead[-1:] in _QUOTES and ahead[-1:] == rest[:1]) or _KEY.match(rest) is not None


def _is_foreign(line: str, name: str) -> bool:
    """Whether a line holds the name only as the standard library's."""
    if not any(f"{root}{sign}{name}" in line for root in STANDARD for sign in (".", "::")):
        return False
    rest = re.sub(rf"\b(?:{'|'.join(STANDARD)})(?:\.|::){re.escape(name)}(?!\w)", "", line)
    return not _mentions(rest, name)


def standing_of(line: Line, replacement: Replacement) -> Standing:
    """What a line says of a name; around it is looked only where it defines the name or passes something by it."""
    name, text = replacement.old, line.text
    defined = definition(text)
    told = _is_told(line, replacement)
    passes = re.match(r"\s*[=:,]|\s*$", text[line.column + len(name) :])
    if defined is None and not passes:
        return Standing(text, told=told)
    held = enclosing(line.lines, line.number)
    called = callee(line.lines, line.number, line.column)
    if held and is_parameter(line.lines, held[0][0], line.number):
        called = held[0][1]
    called = called or (defined if defined != name else "") or ""
    return Standing(text, tuple(n for _, n in held), called, defined == name, told)


def _is_told(line: Line, replacement: Replacement) -> bool:
    around = line.around()
    return _DEPRECATED.search(around) is not None and _mentions(around, replacement.new)


def survival_of(replacement: Replacement, lines: Sequence[Line]) -> Survival:
    """Gone from the program; kept only as another name of its successor or where a deprecation is told; or alive."""
    old, new = re.escape(replacement.old), re.escape(replacement.new)
    if not lines:
        return "gone"
    alias = re.compile(
        rf"^\s*(?:(?:export|pub|const|let|var|type|static)\s+)*"
        rf"{old}\s*(?::[^=]+)?=\s*[\w.]*\b{new}\b\W*(?:#.*|//.*)?$"
        rf"|\b{new}\s+as\s+{old}\b"
    )
    if any(alias.search(x.text) for x in lines):
        return "deprecated"
    listed = re.compile(rf"\s*[\"']?{old}[\"']?,?\s*$|\s*(?:from|import|export|use|pub use)\b")
    said = any(_DEPRECATED.search(x.text) and _mentions(x.around(2), replacement.new) for x in lines)
    told = [_is_told(x, replacement) for x in lines]
    living = sum(not t and not listed.match(x.text) for t, x in zip(told, lines, strict=True))
    return "deprecated" if any(told) and living <= (sum(told) if said else 0) else "alive"


def _mentions(line: str, name: str) -> bool:
    return re.search(rf"(?<![\w$]){re.escape(name)}(?![\w$])", line) is not None
