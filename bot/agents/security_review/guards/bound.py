"""Detect queries whose values were bound and are now interpolated."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.agents.security_review.guards.guard import CodeHunk, Guard, GuardExample, SourceDiff, locate_hit
from bot.agents.security_review.guards.threats import INJECTION
from bot.domain.findings import Hit, Level

_QUERY = re.compile(r"\b(?:SELECT\b.{1,200}\bFROM|INSERT\s+INTO|UPDATE\b.{1,100}\bSET|DELETE\s+FROM)\b", re.I)
_BOUND = re.compile(
    r"(?:=|\bIN|\bLIKE|VALUES|[(,<>])\s*\(?\s*(?:\?|\$\d+|:[a-z_]\w*|%s|%\(\w+\)s|@\w+)(?=[\s,)\"'`;]|$)", re.I
)
_INTERPOLATED = re.compile(
    r"""\$\{|\#\{|["'`]\s*(?:\+|\.|\|\||%)\s*[$\w(]|[\w)]\s*(?:\+|\.)\s*["'`]|\.format\(|\bSprintf\(|\bf["'].*\{\w"""
)


def _detect(diff: SourceDiff) -> Iterator[Hit]:
    for hunk in diff.hunks:
        old = _queries(hunk.old)
        if not any(_BOUND.search(q) and not _INTERPOLATED.search(q) for _, q in old):
            continue
        for number, query in _queries(hunk.new):
            if _INTERPOLATED.search(query) and diff.has_fewer(_BOUND) and diff.scope_remains(hunk.old_start):
                yield _make_hit(diff, hunk, hunk.new_start + number)
                break


def _queries(lines: tuple[str, ...]) -> list[tuple[int, str]]:
    return [(n, line) for n, line in enumerate(lines) if _QUERY.search(line)]


def _make_hit(diff: SourceDiff, hunk: CodeHunk, at: int) -> Hit:
    line = locate_hit(diff, hunk, at)
    return Hit(
        "guards/bound",
        line,
        line,
        Level.HIGH,
        Level.HIGH,
        "Query values are interpolated instead of bound",
        "A value from user input can change the query.",
        "Bind the values as parameters.",
        89,
        INJECTION,
    )


BOUND = Guard(
    "bound",
    _detect,
    (
        GuardExample(
            "A name is interpolated into the query.",
            "app/users.ts",
            "function find(name) {\n  return db.query('SELECT * FROM users WHERE name = $1', [name])\n}\n",
            "function find(name) {\n  return db.query(`SELECT * FROM users WHERE name = '${name}'`)\n}\n",
            (2,),
        ),
        GuardExample(
            "One more value is bound.",
            "app/users.py",
            'def find(name):\n    return db.run("SELECT * FROM users WHERE name = ?", name)\n',
            'def find(name):\n    return db.run("SELECT * FROM users WHERE name = ? AND old = ?", name, 0)\n',
            (),
        ),
    ),
)
