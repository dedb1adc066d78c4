"""Who may reach a route: a handler that asked before the others, and is asked no longer."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.agents.security_review.guards.asking import WORDING, asks, loss
from bot.agents.security_review.guards.code import Token, closing, kept, split, tokens, words
from bot.agents.security_review.guards.guard import Edited, Guard, GuardExample, Hunk, beside
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


def _look(edit: Edited) -> Iterator[Hit]:
    if edit.is_less(WORDING) or edit.is_less(_DENIES):
        for hunk in edit.hunks:
            yield from _handlers(edit, hunk)
            yield from _routes(edit, hunk)


def _handlers(edit: Edited, hunk: Hunk) -> Iterator[Hit]:
    """A handler that stood before others in a route: `app.get('/x', isAdmin(), show)`."""
    if not any(WORDING.search(line) for line in hunk.old):
        return
    old, new = tokens(hunk.old), tokens(hunk.new)
    there = kept(old, new)
    for at, token in enumerate(old[:-1]):
        if token.text in _ROUTE and old[at + 1].text == "(" and at in there and at + 1 in there:
            lost = _lost(old, new, at + 1, there[at + 1])
            if lost is not None:
                yield loss("guards/route", beside(edit, hunk, hunk.new_start + new[there[at]].line), lost)


def _routes(edit: Edited, hunk: Hunk) -> Iterator[Hit]:
    """A route that had nothing but a handler that asks, and is gone: `app.use('/x', isAuthorized())`."""
    for number, line in enumerate(hunk.old):
        found = _WHOLE.match(line)
        if found is None or not asks(found["name"]) or not edit.is_gone([line]):
            continue
        first = line.split(",")[0]
        if edit.is_less(re.compile(rf"\b{re.escape(found['name'])}\b")) and not any(first in new for new in hunk.new):
            place = hunk.new_start + min(number, len(hunk.new) - 1) if hunk.new else None
            yield loss("guards/route", beside(edit, hunk, place), found["name"])


def _lost(old: list[Token], new: list[Token], a: int, b: int) -> str | None:
    end, stop = closing(old, a), closing(new, b)
    if end is None or stop is None:
        return None
    was = [[t.text for t in p] for p in split(old[a + 1 : end], ",")]
    now = [[t.text for t in p] for p in split(new[b + 1 : stop], ",")]
    if not was or not now or was[0] != now[0] or len(was) < 2:
        return None
    gone = [p for p in was[1:] if p not in now]
    come = [p for p in now[1:] if p not in was]
    asked = [name for p in gone if (name := _called(p)) and asks(name)]
    if not asked or any(_strict(_called(p)) >= _strict(asked[0]) for p in come if p):
        return None
    return asked[0]


def _called(part: list[str]) -> str | None:
    return next((t for t, after in zip(part, [*part[1:], "("], strict=True) if t[0].isalpha() and after == "("), None)


def _strict(name: str | None) -> int:
    """How much a handler asks for: everything is denied, something is asked, nothing."""
    if name is None or not asks(name):
        return 0
    return 2 if "deny" in words(name) else 1


ROUTE = Guard(
    "route",
    "a handler that stood before others in a route and asked for a login or a right",
    _look,
    (
        GuardExample(
            "A route needs no administrator.",
            "server.ts",
            "app.get('/metrics', security.isAdmin(), metrics.serve())\n",
            "app.get('/metrics', metrics.serve())\n",
            (1,),
        ),
        GuardExample(
            "What nobody could do, any user may.",
            "server.ts",
            "app.post('/products', security.denyAll())\n",
            "app.post('/products', security.isAuthorized())\n",
            (1,),
        ),
        GuardExample(
            "Another handler asks for as much.",
            "server.ts",
            "app.get('/metrics', security.isAdmin(), metrics.serve())\n",
            "app.get('/metrics', security.requireAdmin(), metrics.serve())\n",
            (),
        ),
    ),
)
