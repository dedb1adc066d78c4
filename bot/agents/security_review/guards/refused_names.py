"""Detect lists of blocked, stripped or hidden names that became shorter."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.agents.security_review.guards.code import Token, closing_bracket, subwords, tokens
from bot.agents.security_review.guards.guard import CodeHunk, Guard, GuardExample, SourceDiff, locate_hit
from bot.agents.security_review.guards.threats import ACCESS, DESIGN, LOGGING
from bot.domain.findings import Hit, Level

MAX_LIST_LINES = 60

_HIDES = frozenset(
    [
        "sensitive",
        "secret",
        "secrets",
        "redact",
        "redacted",
        "mask",
        "masked",
        "scrub",
        "private",
        "hidden",
        "credentials",
    ]
)
_STRIPS = frozenset(["strip", "stripped", "remove", "drop", "hop"])
_REFUSES = frozenset(
    [
        "deny",
        "denied",
        "denylist",
        "block",
        "blocked",
        "blocklist",
        "blacklist",
        "blacklisted",
        "forbid",
        "forbidden",
        "unsafe",
        "dangerous",
        "disallow",
        "disallowed",
        "reserved",
        "restricted",
        "banned",
        "protected",
        "insecure",
        "untrusted",
        "illegal",
    ]
)
_HEADERS = frozenset(["headers", "header", "cookies", "params", "fields", "keys"])
_PARTS = re.compile(r"^(?:u|b|r|f)?([\"'`])(.*)\1$", re.S)


def _cwe_of(name: str) -> int | None:
    parts = set(subwords(name))
    if parts & _HIDES and (parts & _HEADERS or name.endswith("S") or name.endswith("s") or parts & {"keys", "list"}):
        return 532
    if parts & _STRIPS and parts & _HEADERS:
        return 200
    return 184 if parts & _REFUSES else None


def _detect(diff: SourceDiff) -> Iterator[Hit]:
    reported: set[str] = set()
    for hunk in diff.hunks:
        for at, name in _lists_between(diff.before, hunk.old_start, hunk.old_start + len(hunk.old)):
            cwe = _cwe_of(name)
            if cwe is None or name in reported:
                continue
            now = next(((n, run) for n, other, run in _list_bindings(diff.after) if other == name), None)
            if now is None:
                if _is_removed(diff, hunk, at[0], name, cwe, _strings(at[1])):
                    reported.add(name)
                    yield _make_hit(locate_hit(diff, hunk), name, (), cwe)
                continue
            lost = _strings(at[1]) - _strings(now[1])
            added = _strings(now[1]) - _strings(at[1])
            spread = [t for t in now[1] if t.text in ("*", "...", "|", "+")]
            if lost and not added and not spread and not _is_moved(diff, lost):
                reported.add(name)
                yield _make_hit(_locate_hit(diff, hunk, now[0]), name, sorted(lost), cwe)


def _is_removed(diff: SourceDiff, hunk: CodeHunk, at: int, name: str, cwe: int, entries: set[str]) -> bool:
    """Return whether a list of hidden or stripped names is removed with all its uses, but not the code around them."""
    mention = re.compile(rf"\b{re.escape(name)}\b")
    if cwe == 184 or any(mention.search(line) for line in (*diff.after, *diff.elsewhere)) or _is_moved(diff, entries):
        return False
    uses = [n for n, line in enumerate(diff.before) if n != at and mention.search(line)]
    return bool(entries and uses) and len(hunk.new) <= 10 and all(diff.scope_remains(n) for n in [at, *uses])


def _locate_hit(diff: SourceDiff, hunk: CodeHunk, at: int) -> int:
    inside = hunk.new_start <= at < hunk.new_start + len(hunk.new)
    return locate_hit(diff, hunk, at if inside else None)


def _is_moved(diff: SourceDiff, lost: set[str]) -> bool:
    """Return whether the change adds a removed entry somewhere else, for example when it splits a list."""
    added = {s for hunk in diff.hunks for s in _strings(tokens(hunk.new))} | _strings(tokens(diff.elsewhere[:400]))
    return bool(lost & added)


def _strings(run: Sequence[Token]) -> set[str]:
    return {m[2] for t in run if (m := _PARTS.match(t.text))}


_NAMED = re.compile(
    r"^\s*(?:[\w:<>\[\]?]+\s+)*?[\w$.@]*?(?P<name>[A-Za-z_$][\w$]*)\s*(?::[^=\n]{1,80})?\s*:?=\s*(?=[^=])"
)


def _list_bindings(lines: Sequence[str]) -> Iterator[tuple[int, str, list[Token]]]:
    """Yield the line, the name and the tokens of each list of strings that is bound to a relevant name."""
    for number, line in enumerate(lines):
        match = _NAMED.match(line[:300]) if "=" in line else None
        if match is None or _cwe_of(match["name"]) is None:
            continue
        run = tokens(lines[number : number + MAX_LIST_LINES])
        start = next((n for n, t in enumerate(run[:40]) if t.text == "=" and n + 1 < len(run)), None)
        opening = (
            next((n for n in range(start, min(start + 12, len(run))) if run[n].text in "([{"), None)
            if start is not None
            else None
        )
        end = closing_bracket(run, opening) if opening is not None else None
        if opening is not None and end is not None:
            yield number, match["name"], run[opening : end + 1]


def _lists_between(lines: Sequence[str], start: int, stop: int) -> Iterator[tuple[tuple[int, list[Token]], str]]:
    for number, name, run in _list_bindings(lines):
        if number < stop and number + (run[-1].line if run else 0) >= start:
            yield (number, run), name


def _make_hit(line: int, name: str, lost: Sequence[str], cwe: int) -> Hit:
    shown = ", ".join(f"`{x}`" for x in lost[:3])
    why = {
        532: "Values that were hidden can appear in logs or output.",
        200: "A header that was stripped can be sent to another party.",
        184: "Values that were blocked are accepted.",
    }[cwe]
    owasp = {532: LOGGING, 200: ACCESS, 184: DESIGN}[cwe]
    title = (
        f"`{name}` was removed"
        if not lost
        else f"`{name}` no longer contains {shown}"
        if all(len(x) <= 40 for x in lost)
        else f"`{name}` has fewer entries than before"
    )
    return Hit(
        "guards/refused-names",
        line,
        line,
        Level.MEDIUM,
        Level.MEDIUM,
        title,
        why,
        "Restore what was removed.",
        cwe,
        owasp,
    )


REFUSED_NAMES = Guard(
    "refused-names",
    _detect,
    (
        GuardExample(
            "A header is no longer stripped.",
            "lib/retry.py",
            'REMOVE_HEADERS_ON_REDIRECT = frozenset(["Cookie", "Authorization"])\n',
            'REMOVE_HEADERS_ON_REDIRECT = frozenset(["Authorization"])\n',
            (1,),
        ),
        GuardExample(
            "A field is no longer hidden.",
            "lib/log.js",
            "const SENSITIVE_KEYS = [\n  'password',\n  'token',\n];\n",
            "const SENSITIVE_KEYS = [\n  'password',\n];\n",
            (3,),
        ),
        GuardExample(
            "Hiding is removed completely.",
            "lib/log.py",
            'SECRET_KEYS = {"password"}\n\n\n'
            'def rows(d):\n    return {k: "***" if k in SECRET_KEYS else d[k] for k in d}\n',
            "def rows(d):\n    return {k: d[k] for k in d}\n",
            (1,),
        ),
        GuardExample(
            "The entry moved to another list.",
            "lib/log.js",
            "const SENSITIVE_KEYS = ['password', 'token'];\n",
            "const SENSITIVE_KEYS = ['password'];\nconst HIDDEN_KEYS = ['token'];\n",
            (),
        ),
        GuardExample(
            "An unrelated list becomes shorter.",
            "lib/log.js",
            "const COLOURS = ['red', 'green'];\n",
            "const COLOURS = ['red'];\n",
            (),
        ),
    ),
)
