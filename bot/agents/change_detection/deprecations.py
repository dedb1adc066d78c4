"""What is kept but no longer to be used: a symbol that says so from this change on."""

from __future__ import annotations

import re

from bot.languages.surface import Definition, Surface

_MARKED = re.compile(
    rb"@(?:\w+\.)*[dD]eprecated\b|#\[deprecated\b|\[Obsolete\b|^[ \t]*(?://|\*)[ \t]*(?:Deprecated:|@deprecated\b)",
    re.M,
)
_HEAD = re.compile(rb"[ \t]*(?:(?:@|#|//|/\*|\*|\[)[^\n]*|)\n?\Z")
_BODY = re.compile(rb"^[ \t]*(?:async[ \t]+)?def\b.*?:[ \t]*(?:#[^\n]*)?\n(?P<indent>[ \t]+)", re.M | re.S)
_LINES_ABOVE = 12


def newly_deprecated(before: Definition, after: Definition, base: Surface, head: Surface) -> bool:
    """Whether it is marked, or always warns when called, at head and was not at base."""
    return _is_deprecated(after, head) and not _is_deprecated(before, base)


def _is_deprecated(definition: Definition, surface: Surface) -> bool:
    data, (start, end) = surface.source(definition.path), definition.symbol.span
    lead = _lead(data, start)
    first = data.find(b"\n", start, end)
    marked = _MARKED.search(data[lead : first if first > 0 else end])
    called = definition.symbol.what in ("function", "method")
    return marked is not None or (called and _always_warns(data[start:end]))


def _lead(data: bytes, start: int) -> int:
    """Where the comments, decorators and attributes right above a symbol begin."""
    at = data.rfind(b"\n", 0, start) + 1
    for _ in range(_LINES_ABOVE):
        above = data.rfind(b"\n", 0, max(at - 1, 0)) + 1
        if not at or not data[above:at].strip() or not _HEAD.match(data[above:at]):
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
