"""Detect values that were plain text and are now marked as safe markup, which bypasses the framework's escaping."""

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
    old_index = {b: a for a, b in matching_tokens(old, new).items()}
    for at, token in enumerate(new[:-1]):
        if at in old_index or new[at + 1].text != "(" or not _TRUSTS.match(token.text):
            continue
        end = closing_bracket(new, at + 1)
        value = [old_index.get(n) for n in range(at + 2, end)] if end is not None else []
        first = value[0] if value else None
        is_unchanged = first is not None and value == list(range(first, first + len(value)))
        if is_unchanged and end is not None and any(identifiers(new[at + 2 : end])):
            yield _make_hit(locate_hit(diff, hunk, hunk.new_start + token.line), token.text)


def _make_hit(line: int, name: str) -> Hit:
    return Hit(
        "guards/trusted",
        line,
        line,
        Level.HIGH,
        Level.MEDIUM,
        f"`{name}` bypasses the framework's escaping",
        "Untrusted markup reaches the page unescaped.",
        "Output the value as plain text, or sanitise it first.",
        79,
        INJECTION,
    )


TRUSTED = Guard(
    "trusted",
    _detect,
    (
        GuardExample(
            "A search term becomes markup.",
            "app/search.ts",
            "function show (word) {\n  this.value = word\n}\n",
            "function show (word) {\n  this.value = this.sanitizer.bypassSecurityTrustHtml(word)\n}\n",
            (2,),
        ),
        GuardExample(
            "The trusted markup is a constant.",
            "app/search.ts",
            "function show (word) {\n  this.value = word\n}\n",
            "function show (word) {\n  this.value = this.sanitizer.bypassSecurityTrustHtml('<hr>')\n}\n",
            (),
        ),
    ),
)
