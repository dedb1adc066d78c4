"""Language-independent tokens of a line, and the context of names in changed code."""

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
"""Standard library modules of several languages, whose names say nothing about the project."""
_MAX_LINES_BACK = 30
_QUOTES = str.maketrans("'", '"')


@dataclass(frozen=True, slots=True)
class NameContext:
    """The context of a name in the code.

    Args:
        left: the token before it.
        right: the token after it.
        owners: the definitions around it, innermost first.
        callee: the function that it is an argument or a parameter of.
        role: `definition`, `parameter` or `name`.
        in_test: whether the file is a test or an example.
        qualifier: the name that qualifies it, with the separator: `httpx.`.
        member: the name that it qualifies, with the separator: `/black`.
        is_only_change: whether nothing else changed in its line.
        is_import: whether its line imports it, or is a dependency in a manifest.
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
    """A line of the program that still contains an old name at the head commit.

    Args:
        line: the text of the line.
        owners: the definitions around it.
        callee: the function that the name is passed to.
        defines: whether the line defines the name.
        is_deprecated: whether the line or those around it deprecate the name in favour of its successor.
    """

    line: str
    owners: tuple[str, ...] = ()
    callee: str = ""
    defines: bool = False
    is_deprecated: bool = False


@dataclass(slots=True)
class Replacement:
    """The replacements of one old name in a change.

    Args:
        old: the old name.
        new: its most frequent replacement; empty if there is none.
        count: how often `new` replaced it.
        replaced: how often any name replaced it.
        removed: how often it was removed, replaced or not.
        added: how often it was added.
        contexts: its contexts where `new` replaced it.
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
        """The share of its replacements that are `new`, from 0 to 1."""
        return self.count / self.replaced if self.replaced else 0.0


def tokens(line: str) -> list[re.Match[str]]:
    """Return the tokens of a line: names (dashes included), numbers and punctuation."""
    return list(TOKEN.finditer(line[:_MAX_LINE_CHARS]))


def is_name(token: str) -> bool:
    return _NAME.match(token) is not None


def is_same_number(token: str, other: str) -> bool:
    """Return whether two tokens are the same number in different notations."""
    try:
        return float(token.replace("_", "")) == float(other.replace("_", ""))
    except ValueError:
        return False


def normalize_quotes(token: str) -> str:
    """Return a token with single quotes replaced by double quotes, for comparison."""
    return token.translate(_QUOTES)


def qualifier_before(line: str, column: int) -> str:
    """Return the name that qualifies the token starting at a column, with the separator; empty if there is none."""
    found = _QUALIFIER.search(line[max(0, column - _MAX_NAME_CHARS) : column])
    return found[0] if found else ""


def member_after(line: str, column: int) -> str:
    """Return the name that the token ending at a column qualifies, with the separator; empty if there is none."""
    found = _MEMBER.match(line[column : column + _MAX_NAME_CHARS])
    return found[0] if found else ""


def callee(lines: Sequence[str], number: int, column: int) -> str:
    """Return the name before the parenthesis that is open at a position; empty if there is none."""
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
