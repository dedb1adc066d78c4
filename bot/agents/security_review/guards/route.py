"""Detect routes that lost an access check."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.agents.security_review.guards.access_names import ACCESS_WORDING, is_access_check, missing_check_hit
from bot.agents.security_review.guards.code import (
    Token,
    closing_bracket,
    matching_tokens,
    partition_tokens,
    subwords,
    tokens,
)
from bot.agents.security_review.guards.guard import CodeHunk, Guard, GuardExample, SourceDiff, locate_hit
from bot.domain.findings import Hit

_ROUTE = frozenset(
    [
        "get",
        "post",
        "put",
        "patch",
        "delete",
        "use",
        "all",
        "route",
        "Get",
        "Post",
        "Put",
        "Patch",
        "Delete",
        "Use",
        "GET",
        "POST",
        "PUT",
        "PATCH",
        "DELETE",
        "Handle",
        "HandleFunc",
        "Group",
        "add_route",
    ]
)
_DENIES = re.compile(r"\b(?:deny_?all|denyAll|forbid_?all|permit_?none)\b", re.I)
_WHOLE = re.compile(
    r"^\s*[\w$.]*\.(?:use|all|get|post|put|patch|delete)\(\s*[\"'`][^\"'`]*[\"'`]\s*,\s*(?:[\w$]+\.)*(?P<name>[\w$]+)"
    r"(?:\([^()]*\))?\s*\)\s*;?\s*$"
)


def _detect(diff: SourceDiff) -> Iterator[Hit]:
    if diff.has_fewer(ACCESS_WORDING) or diff.has_fewer(_DENIES):
        for hunk in diff.hunks:
            yield from _detect_handlers(diff, hunk)
            yield from _detect_routes(diff, hunk)


def _detect_handlers(diff: SourceDiff, hunk: CodeHunk) -> Iterator[Hit]:
    """Yield hits for checks removed from a route's handlers: `app.get('/x', isAdmin(), show)`."""
    if not any(ACCESS_WORDING.search(line) for line in hunk.old):
        return
    old, new = tokens(hunk.old), tokens(hunk.new)
    matches = matching_tokens(old, new)
    for at, token in enumerate(old[:-1]):
        if token.text in _ROUTE and old[at + 1].text == "(" and at in matches and at + 1 in matches:
            lost = _missing_check(old, new, at + 1, matches[at + 1])
            if lost is not None:
                yield missing_check_hit(
                    "guards/route", locate_hit(diff, hunk, hunk.new_start + new[matches[at]].line), lost
                )


def _detect_routes(diff: SourceDiff, hunk: CodeHunk) -> Iterator[Hit]:
    """Yield hits for removed routes whose only handler was a check: `app.use('/x', isAuthorized())`."""
    for number, line in enumerate(hunk.old):
        found = _WHOLE.match(line)
        if found is None or not is_access_check(found["name"]) or not diff.is_removed([line]):
            continue
        first = line.split(",")[0]
        if diff.has_fewer(re.compile(rf"\b{re.escape(found['name'])}\b")) and not any(first in new for new in hunk.new):
            place = hunk.new_start + min(number, len(hunk.new) - 1) if hunk.new else None
            yield missing_check_hit("guards/route", locate_hit(diff, hunk, place), found["name"])


def _missing_check(old: list[Token], new: list[Token], a: int, b: int) -> str | None:
    end, stop = closing_bracket(old, a), closing_bracket(new, b)
    if end is None or stop is None:
        return None
    was = [[t.text for t in p] for p in partition_tokens(old[a + 1 : end], ",")]
    now = [[t.text for t in p] for p in partition_tokens(new[b + 1 : stop], ",")]
    if not was or not now or was[0] != now[0] or len(was) < 2:
        return None
    removed = [p for p in was[1:] if p not in now]
    added = [p for p in now[1:] if p not in was]
    checks = [name for p in removed if (name := _callee(p)) and is_access_check(name)]
    if not checks or any(_strictness(_callee(p)) >= _strictness(checks[0]) for p in added if p):
        return None
    return checks[0]


def _callee(part: list[str]) -> str | None:
    return next((t for t, after in zip(part, [*part[1:], "("], strict=True) if t[0].isalpha() and after == "("), None)


def _strictness(name: str | None) -> int:
    """Rank a handler: 2 if it denies everything, 1 if it checks access, 0 otherwise."""
    if name is None or not is_access_check(name):
        return 0
    return 2 if "deny" in subwords(name) else 1


ROUTE = Guard(
    "route",
    _detect,
    (
        GuardExample(
            "A route no longer requires an administrator.",
            "server.ts",
            "app.get('/metrics', security.isAdmin(), metrics.serve())\n",
            "app.get('/metrics', metrics.serve())\n",
            (1,),
        ),
        GuardExample(
            "A disabled route is opened to all users.",
            "server.ts",
            "app.post('/products', security.denyAll())\n",
            "app.post('/products', security.isAuthorized())\n",
            (1,),
        ),
        GuardExample(
            "An equally strict handler is used.",
            "server.ts",
            "app.get('/metrics', security.isAdmin(), metrics.serve())\n",
            "app.get('/metrics', security.requireAdmin(), metrics.serve())\n",
            (),
        ),
    ),
)
