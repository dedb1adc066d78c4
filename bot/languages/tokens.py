"""Names as they are spelled in any language: the tokens of a line, and where a name stood in the code that changed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.domain import Location

TOKEN = re.compile(
    r"(?<![\w$-])--?[A-Za-z][\w-]*(?<!-)|[A-Za-z_$][\w$]*(?:-[A-Za-z][\w$]*)*|\d+(?:\.\d+)*|[^\w\s]"
)  # fmt: skip
_NAME = re.compile(r"-{0,2}[A-Za-z_$][\w$-]*$")
_QUALIFIER = re.compile(r"(?:[\w$]+(?:\.|::|->)|@?[\w$-]+/)$")
_MEMBER = re.compile(r"(?:\.|::|->)[\w$]+|/[\w$]+(?:-[\w$]+)*")
_MAX_LINE_CHARS = 2_000
_MAX_NAME_CHARS = 80
STANDARD_MODULES = frozenset(
    [
        "std",
        "core",
        "alloc",
        "os",
        "sys",
        "io",
        "re",
        "json",
        "time",
        "datetime",
        "typing",
        "collections",
        "strings",
        "fmt",
        "path",
        "fs",
    ]
)
"""Modules of standard libraries that lend their names to everybody."""
_MAX_LINES_BACK = 30
_QUOTES = str.maketrans("'", '"')


@dataclass(frozen=True, slots=True)
class NameContext:
    """Where a name stood in the code: the tokens beside it, and what it was a part of.

    `owners` are the definitions around it, nearest first; `callee` is what its argument list is
    passed to or declared by; `role` is `definition`, `parameter` or `name`. `before` and `behind` are the name that
    qualifies it and the one that it qualifies, each with its sign: `httpx.`, `/black`.
    `only` says that nothing else of its line changed, `taken` that the line takes it from elsewhere: an import, or a
    dependency in a manifest.
    """

    left: str
    right: str
    owners: tuple[str, ...] = ()
    callee: str = ""
    role: str = "name"
    in_test: bool = False
    qualifier: str = ""
    member: str = ""
    is_only_change: bool = False
    is_import: bool = False


@dataclass(frozen=True, slots=True)
class RemainingUse:
    """A line of the program at head that still holds an old name.

    `owners` hold the line, `callee` is what the name is passed to there, `defines` says that the line defines it;
    `told` says that the line or those beside it tell of its deprecation in favour of the successor.
    """

    line: str
    owners: tuple[str, ...] = ()
    callee: str = ""
    defines: bool = False
    is_deprecated: bool = False


@dataclass(slots=True)
class Replacement:
    """What became of one old name in a change.

    Args:
        old: as written; `new` what it mostly gave way to (empty: nothing in particular).
        count: how often it gave way to `new`; `replaced` how often to any name; `removed` how often it went at all;
            `added` how often it came.
        spots: where it stood when it gave way to `new`.
    """

    old: str
    new: str = ""
    count: int = 0
    replaced: int = 0
    removed: int = 0
    added: int = 0
    contexts: list[NameContext] = field(default_factory=list)
    before: Location | None = None
    after: Location | None = None

    @property
    def agreement(self) -> float:
        """The share of its replacements that agree, from 0 to 1."""
        return self.count / self.replaced if self.replaced else 0.0


def tokens(line: str) -> list[re.Match[str]]:
    """The tokens of a line: names (with their dashes), numbers, signs."""
    return list(TOKEN.finditer(line[:_MAX_LINE_CHARS]))


def is_name(token: str) -> bool:
    return _NAME.match(token) is not None


def is_same_number(token: str, other: str) -> bool:
    """Whether two tokens are one number, written in two ways."""
    try:
        return float(token.replace("_", "")) == float(other.replace("_", ""))
    except ValueError:
        return False


def normalize_quotes(token: str) -> str:
    """A token for comparison: quotes of all kinds are one."""
    return token.translate(_QUOTES)


def qualifier_before(line: str, column: int) -> str:
    """The name that qualifies what stands at a column, with its sign; empty where there is none."""
    found = _QUALIFIER.search(line[max(0, column - _MAX_NAME_CHARS) : column])
    return found[0] if found else ""


def member_after(line: str, column: int) -> str:
    """The name that what ends at a column qualifies, with its sign; empty where there is none."""
    found = _MEMBER.match(line[column : column + _MAX_NAME_CHARS])
    return found[0] if found else ""


def callee(lines: Sequence[str], number: int, column: int) -> str:
    """The name before the round bracket that is open at a place of a text; empty where there is none."""
    depth = 0
    for at in range(number, max(-1, number - _MAX_LINES_BACK), -1):
        row = [m[0] for m in tokens(lines[at] if at < number else lines[at][:column])]
        for text in reversed(row):
            if depth < 0:
                return text if is_name(text) else ""
            if text in ")]}":
                depth += 1
            elif text in "([{":
                depth -= 1
                if depth < 0 and text != "(":
                    return ""
    return ""
