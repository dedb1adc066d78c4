"""A value that was put out as text and now is declared to be safe markup, past the framework's own escaping."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.agents.security_review.guards.code import closing_bracket, identifiers, matching_tokens, tokens
from bot.agents.security_review.guards.guard import CodeHunk, Guard, GuardExample, SourceDiff, locate_hit
from bot.agents.security_review.guards.threats import INJECTION
from bot.domain.findings import Hit, Level

_TRUSTS = re.compile(
    r"^(?:bypassSecurityTrust\w+|mark_safe|trustAsHtml|unsafeHTML|SafeString|HtmlString|raw|html_safe|unescaped"
    r"|noescape|SafeHtml)$"
)

_HINT = re.compile(r"trust|mark_safe|unsafe|safe|raw|escape", re.I)


def _detect(diff: SourceDiff) -> Iterator[Hit]:
    for hunk in diff.hunks:
        if len(hunk.old) <= 20 and len(hunk.new) <= 30 and any(_HINT.search(line) for line in hunk.new):
            yield from _hits(diff, hunk)


def _hits(diff: SourceDiff, hunk: CodeHunk) -> Iterator[Hit]:
    old, new = tokens(hunk.old), tokens(hunk.new)
    held = {b: a for a, b in matching_tokens(old, new).items()}
    for at, token in enumerate(new[:-1]):
        if at in held or new[at + 1].text != "(" or not _TRUSTS.match(token.text):
            continue
        end = closing_bracket(new, at + 1)
        value = [held.get(n) for n in range(at + 2, end)] if end is not None else []
        first = value[0] if value else None
        plain = first is not None and value == list(range(first, first + len(value)))
        if plain and end is not None and any(identifiers(new[at + 2 : end])):
            yield _make_hit(locate_hit(diff, hunk, hunk.new_start + token.line), token.text)


def _make_hit(line: int, name: str) -> Hit:
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
    _detect,
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
