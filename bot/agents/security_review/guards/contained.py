"""Detect exact comparisons with trusted values that became partial matches."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.agents.security_review.guards.guard import Guard, GuardExample, SourceDiff, locate_hit
from bot.agents.security_review.guards.threats import ACCESS
from bot.domain.findings import Hit, Level
from bot.languages.heuristics import enclosing_definitions

_WHOLE = re.compile(r"(?P<a>[\w.$\[\]>-]{1,80}?)\s*(?:===?)\s*(?P<b>[\w.$\[\]>-]{1,80})")
_TRUSTS = re.compile(r"allow|origin|host|redirect|trust|domain|whitelist|permit|referr?er|issuer|audience|safe", re.I)


def _detect(diff: SourceDiff) -> Iterator[Hit]:
    for hunk in diff.hunks:
        for number, line in enumerate(hunk.old, hunk.old_start):
            around = line + "".join(name for _, name in enclosing_definitions(diff.before, number)[:1])
            for match in list(_WHOLE.finditer(line))[:8] if _TRUSTS.search(around) else []:
                for place, new in enumerate(hunk.new, hunk.new_start):
                    if _is_partial_match(new, match["a"], match["b"]) and diff.scope_remains(number):
                        yield _make_hit(locate_hit(diff, hunk, place))


def _is_partial_match(line: str, a: str, b: str) -> bool:
    """Return whether a line checks if one value contains, starts or ends with the other."""
    bare = "".join(line.split())
    methods = (
        "includes",
        "indexOf",
        "startsWith",
        "endsWith",
        "contains",
        "startswith",
        "endswith",
        "start_with?",
        "include?",
        "find",
    )
    calls = [f"{x}.{method}({y})" for method in methods for x, y in ((a, b), (b, a))]
    calls += [
        f"{f}({x},{y})"
        for f in ("strings.Contains", "strings.HasPrefix", "strpos", "str_contains")
        for x, y in ((a, b), (b, a))
    ]
    return any(call in bare for call in calls) or f"{b} in {a}" in line


def _make_hit(line: int) -> Hit:
    return Hit(
        "guards/contained",
        line,
        line,
        Level.HIGH,
        Level.MEDIUM,
        "A partial match replaces an exact comparison",
        "An untrusted value that only contains a trusted one is accepted.",
        "Compare the whole value, or the parsed part that matters.",
        183,
        ACCESS,
    )


CONTAINED = Guard(
    "contained",
    _detect,
    (
        GuardExample(
            "A URL that contains the allowed one is accepted.",
            "lib/redirect.ts",
            "const isAllowed = (url) => {\n  return list.some(known => url === known)\n}\n",
            "const isAllowed = (url) => {\n  return list.some(known => url.includes(known))\n}\n",
            (2,),
        ),
        GuardExample(
            "Trust is not decided here.",
            "lib/words.ts",
            "const find = (word) => {\n  return list.some(known => word === known)\n}\n",
            "const find = (word) => {\n  return list.some(known => word.includes(known))\n}\n",
            (),
        ),
    ),
)
