"""A query whose values were bound, and now are written into its text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.agents.security_review.guards.dangers import INJECTION
from bot.agents.security_review.guards.guard import Edited, Guard, GuardExample, Hunk, beside
from bot.domain.findings import Hit, Level

_QUERY = re.compile(r"\b(?:SELECT\b.{1,200}\bFROM|INSERT\s+INTO|UPDATE\b.{1,100}\bSET|DELETE\s+FROM)\b", re.I)
_BOUND = re.compile(
    r"(?:=|\bIN|\bLIKE|VALUES|[(,<>])\s*\(?\s*(?:\?|\$\d+|:[a-z_]\w*|%s|%\(\w+\)s|@\w+)(?=[\s,)\"'`;]|$)", re.I
)
_WRITTEN = re.compile(
    r"""\$\{|\#\{|["'`]\s*(?:\+|\.|\|\||%)\s*[$\w(]|[\w)]\s*(?:\+|\.)\s*["'`]|\.format\(|\bSprintf\(|\bf["'].*\{\w"""
)


def _look(edit: Edited) -> Iterator[Hit]:
    for hunk in edit.hunks:
        old = _queries(hunk.old)
        if not any(_BOUND.search(q) and not _WRITTEN.search(q) for _, q in old):
            continue
        for number, query in _queries(hunk.new):
            if _WRITTEN.search(query) and edit.is_less(_BOUND) and edit.stands(hunk.old_start):
                yield _hit(edit, hunk, hunk.new_start + number)
                break


def _queries(lines: tuple[str, ...]) -> list[tuple[int, str]]:
    return [(n, line) for n, line in enumerate(lines) if _QUERY.search(line)]


def _hit(edit: Edited, hunk: Hunk, at: int) -> Hit:
    line = beside(edit, hunk, at)
    return Hit(
        "guards/bound",
        line,
        line,
        Level.HIGH,
        Level.HIGH,
        "Values are written into the query that were bound",
        "A value from outside can become part of the query.",
        "Bind the values as parameters, as they were.",
        89,
        INJECTION,
    )


BOUND = Guard(
    "bound",
    "a query whose bound values became part of its text",
    _look,
    (
        GuardExample(
            "A name is written into the query.",
            "app/users.ts",
            "function find(name) {\n  return db.query('SELECT * FROM users WHERE name = $1', [name])\n}\n",
            "function find(name) {\n  return db.query(`SELECT * FROM users WHERE name = '${name}'`)\n}\n",
            (2,),
        ),
        GuardExample(
            "Another value is bound.",
            "app/users.py",
            'def find(name):\n    return db.run("SELECT * FROM users WHERE name = ?", name)\n',
            'def find(name):\n    return db.run("SELECT * FROM users WHERE name = ? AND old = ?", name, 0)\n',
            (),
        ),
    ),
)
