"""What is kept but no longer to be used: a symbol that says so from this change on."""

from __future__ import annotations

import re

from bot.languages.symbol_table import Definition, SymbolTable

_DEPRECATION_MARK = re.compile(
    rb"@(?:\w+\.)*[dD]eprecated\b|#\[deprecated\b|\[Obsolete\b|^[ \t]*(?://|\*)[ \t]*(?:Deprecated:|@deprecated\b)",
    re.M,
)
_LEAD_LINE = re.compile(rb"[ \t]*(?:(?:@|#|//|/\*|\*|\[)[^\n]*|)\n?\Z")
_BODY = re.compile(rb"^[ \t]*(?:async[ \t]+)?def\b.*?:[ \t]*(?:#[^\n]*)?\n(?P<indent>[ \t]+)", re.M | re.S)
_MAX_LEAD_LINES = 12


def is_newly_deprecated(before: Definition, after: Definition, base: SymbolTable, head: SymbolTable) -> bool:
    """Whether it is marked, or always warns when called, at head and was not at base."""
    return _is_deprecated(after, head) and not _is_deprecated(before, base)


def _is_deprecated(definition: Definition, surface: SymbolTable) -> bool:
    data, (start, end) = surface.content(definition.path), definition.symbol.span
    lead = _lead_start(data, start)
    first = data.find(b"\n", start, end)
    marked = _DEPRECATION_MARK.search(data[lead : first if first > 0 else end])
    called = definition.symbol.what in ("function", "method")
    return marked is not None or (called and _always_warns(data[start:end]))


def _lead_start(data: bytes, start: int) -> int:
    """Where the comments, decorators and attributes right above a symbol begin."""
    at = data.rfind(b"\n", 0, start) + 1
    for _ in range(_MAX_LEAD_LINES):
        above = data.rfind(b"\n", 0, max(at - 1, 0)) + 1
        if not at or not data[above:at].strip() or not _LEAD_LINE.match(data[above:at]):
            break
        at = above
    return at


def _always_warns(source: bytes) -> bool:
    """Whether a Python function warns on its first level: a warning under a condition is about an argument."""
    body = _BODY.search(source)
    if body is None:
        return False
    call = re.compile(rb"^%b(?:warnings\.)?warn\((?P<arguments>.*?)\)[ \t]*$" % body["indent"], re.M | re.S)
    return any(b"DeprecationWarning" in match["arguments"] for match in call.finditer(source))
