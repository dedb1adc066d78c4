"""Find what is left of a name in the program: where it is still used, and whether it is deprecated."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.agents.document_update.rules.fact_context import NameStatus
from bot.languages.heuristics import definition_name, enclosing_definitions, is_parameter
from bot.languages.program import LineMatch, Program, looks_like_identifier
from bot.languages.tokens import STANDARD_MODULES, RemainingUse, Replacement, callee, qualifier_before

_MAX_LINES = 100
OWN_QUALIFIER = re.compile(r"(?:self|this|cls|super|prototype)\b|.*/$")
"""Qualifiers of the program's own names."""
_DEPRECATED = re.compile(
    r"deprecat|obsolete|\blegacy\b|\brenamed\b|old name|backwards?[- ]compat|\balias(?:es)? (?:for|of|to)\b"
    r"|\bwarn(?:ings?)?\s*[.(]",
    re.I,
)
_COMMENT = re.compile(r"\s*(?:#(?!\[)|//|/\*|\*|--\s|;|<!--)")
_INLINE_COMMENT = re.compile(r"(?:^|\s)(?:#|//)\s")
_QUOTES = frozenset("\"'`")
_KEY = re.compile(r"\??\s*(?::(?!:)|=(?!=))")


@dataclass(frozen=True, slots=True)
class Programs:
    """The program before and after the change, and all code after it, including tests and examples."""

    base: Program
    head: Program
    all_code: Program

    def is_removed(self, name: str, own: Collection[str]) -> bool:
        """Return whether the program defined the name before, and no code or file has it any more."""
        if self.all_code.has_file(name) or remaining_lines(name, self.all_code):
            return False
        return any(_is_own_use(line, name, own) for line in self.base.find_lines(name, _MAX_LINES))


def remaining_lines(name: str, program: Program) -> list[LineMatch]:
    """Return the lines in which the program still uses a name as its own."""
    return [line for line in program.find_lines(name, _MAX_LINES) if not _is_only_standard_library(line.text, name)]


def _is_own_use(line: LineMatch, name: str, own: Collection[str]) -> bool:
    """Return whether a line uses a name as the program's own: not in a comment or a text, nor another module's."""
    ahead, rest = line.text[: line.column], line.text[line.column + len(name) :]
    if _COMMENT.match(line.text) or _INLINE_COMMENT.search(ahead):
        return False
    qualified = qualifier_before(line.text, line.column)
    if qualified and not OWN_QUALIFIER.match(qualified) and qualified.rstrip(".:") not in own:
        return False
    if looks_like_identifier(name) or definition_name(line.text) == name:
        return True
    return (ahead[-1:] in _QUOTES and ahead[-1:] == rest[:1]) or _KEY.match(rest) is not None


def _is_only_standard_library(line: str, name: str) -> bool:
    """Return whether a line contains the name only as the standard library's."""
    if not any(f"{root}{sign}{name}" in line for root in STANDARD_MODULES for sign in (".", "::")):
        return False
    rest = re.sub(rf"\b(?:{'|'.join(STANDARD_MODULES)})(?:\.|::){re.escape(name)}(?!\w)", "", line)
    return not _mentions(rest, name)


def remaining_use(line: LineMatch, replacement: Replacement) -> RemainingUse:
    """Describe how a line uses a name.

    The lines around it are read only if it defines the name or passes something by it.
    """
    name, text = replacement.old, line.text
    defined_name = definition_name(text)
    is_deprecation = _is_deprecation_note(line, replacement)
    passes = re.match(r"\s*[=:,]|\s*$", text[line.column + len(name) :])
    if defined_name is None and not passes:
        return RemainingUse(text, is_deprecated=is_deprecation)
    enclosing = enclosing_definitions(line.lines, line.number)
    called = callee(line.lines, line.number, line.column)
    if enclosing and is_parameter(line.lines, enclosing[0][0], line.number):
        called = enclosing[0][1]
    called = called or (defined_name if defined_name != name else "") or ""
    return RemainingUse(text, tuple(n for _, n in enclosing), called, defined_name == name, is_deprecation)


def _is_deprecation_note(line: LineMatch, replacement: Replacement) -> bool:
    around = line.around()
    return _DEPRECATED.search(around) is not None and _mentions(around, replacement.new)


def name_status(replacement: Replacement, lines: Sequence[LineMatch]) -> NameStatus:
    """Return whether a name is gone, deprecated or alive.

    It is deprecated if it is left only as an alias of its successor, or beside a deprecation note.
    """
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
    is_documented = any(_DEPRECATED.search(x.text) and _mentions(x.around(2), replacement.new) for x in lines)
    notes = [_is_deprecation_note(x, replacement) for x in lines]
    living = sum(not t and not listed.match(x.text) for t, x in zip(notes, lines, strict=True))
    return "deprecated" if any(notes) and living <= (sum(notes) if is_documented else 0) else "alive"


def _mentions(line: str, name: str) -> bool:
    return re.search(rf"(?<![\w$]){re.escape(name)}(?![\w$])", line) is not None
