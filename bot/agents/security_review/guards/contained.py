"""A comparison with what is trusted that was of the whole and now is of a part."""

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
    """Whether a line asks if one holds, begins or ends with the other."""
    bare = "".join(line.split())
    parts = (
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
    held = [f"{x}.{part}({y})" for part in parts for x, y in ((a, b), (b, a))]
    held += [
        f"{f}({x},{y})"
        for f in ("strings.Contains", "strings.HasPrefix", "strpos", "str_contains")
        for x, y in ((a, b), (b, a))
    ]
    return any(h in bare for h in held) or f"{b} in {a}" in line


def _make_hit(line: int) -> Hit:
    return Hit(
        "guards/contained",
        line,
        line,
        Level.HIGH,
        Level.MEDIUM,
        "A part is compared where the whole was",
        "A value from outside that only holds what is trusted is taken for it.",
        "Compare the whole, or the parsed part that counts.",
        183,
        ACCESS,
    )


CONTAINED = Guard(
    "contained",
    _detect,
    (
        GuardExample(
            "An address that holds the allowed one passes.",
            "lib/redirect.ts",
            "const isAllowed = (url) => {\n  return list.some(known => url === known)\n}\n",
            "const isAllowed = (url) => {\n  return list.some(known => url.includes(known))\n}\n",
            (2,),
        ),
        GuardExample(
            "Nothing is trusted here.",
            "lib/words.ts",
            "const find = (word) => {\n  return list.some(known => word === known)\n}\n",
            "const find = (word) => {\n  return list.some(known => word.includes(known))\n}\n",
            (),
        ),
    ),
)
