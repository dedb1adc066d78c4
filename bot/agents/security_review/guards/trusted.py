"""A value that was put out as text and now is declared to be safe markup, past the framework's own escaping."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.agents.security_review.guards.code import closing, kept, names, tokens
from bot.agents.security_review.guards.dangers import INJECTION
from bot.agents.security_review.guards.guard import Edited, Guard, GuardExample, Hunk, beside
from bot.domain.findings import Hit, Level

_TRUSTS = re.compile(
    r"^(?:bypassSecurityTrust\w+|mark_safe|trustAsHtml|unsafeHTML|SafeString|HtmlString|raw|html_safe|unescaped"
    r"|noescape|SafeHtml)$"
)

_SPOKEN = re.compile(r"trust|mark_safe|unsafe|safe|raw|escape", re.I)


def _look(edit: Edited) -> Iterator[Hit]:
    for hunk in edit.hunks:
        if len(hunk.old) <= 20 and len(hunk.new) <= 30 and any(_SPOKEN.search(line) for line in hunk.new):
            yield from _hits(edit, hunk)


def _hits(edit: Edited, hunk: Hunk) -> Iterator[Hit]:
    old, new = tokens(hunk.old), tokens(hunk.new)
    held = {b: a for a, b in kept(old, new).items()}
    for at, token in enumerate(new[:-1]):
        if at in held or new[at + 1].text != "(" or not _TRUSTS.match(token.text):
            continue
        end = closing(new, at + 1)
        value = [held.get(n) for n in range(at + 2, end)] if end is not None else []
        first = value[0] if value else None
        plain = first is not None and value == list(range(first, first + len(value)))
        if plain and end is not None and any(names(new[at + 2 : end])):
            yield _hit(beside(edit, hunk, hunk.new_start + token.line), token.text)


def _hit(line: int, name: str) -> Hit:
    return Hit(
        "guards/trusted",
        line,
        line,
        Level.HIGH,
        Level.MEDIUM,
        f"`{name}` takes the framework's escaping away",
        "Markup from outside reaches the page as it is.",
        "Leave the value plain, or sanitise it first.",
        79,
        INJECTION,
    )


TRUSTED = Guard(
    "trusted",
    "a value that the framework escaped and that is now declared to be safe markup",
    _look,
    (
        GuardExample(
            "A search word becomes markup.",
            "app/search.ts",
            "function show (word) {\n  this.value = word\n}\n",
            "function show (word) {\n  this.value = this.sanitizer.bypassSecurityTrustHtml(word)\n}\n",
            (2,),
        ),
        GuardExample(
            "What is trusted is written here.",
            "app/search.ts",
            "function show (word) {\n  this.value = word\n}\n",
            "function show (word) {\n  this.value = this.sanitizer.bypassSecurityTrustHtml('<hr>')\n}\n",
            (),
        ),
    ),
)
