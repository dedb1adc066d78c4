"""Detect security headers that a response no longer sends."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.agents.security_review.guards.guard import Guard, GuardExample, SourceDiff, locate_hit
from bot.agents.security_review.guards.threats import MISCONFIGURATION
from bot.domain.findings import Hit, Level

_HEADERS: tuple[tuple[re.Pattern[str], str, int, str], ...] = (
    (
        re.compile(
            r"""\bvary\.(?:add|update|append)\(|["']Vary["']|\bvary\(|add_vary|patch_vary|\bres\.vary\b""", re.I
        ),
        "Vary",
        524,
        "A cache can serve one user's response to another user.",
    ),
    (
        re.compile(r"x[-_]frame[-_]options|frame-ancestors|\bframeguard\b", re.I),
        "X-Frame-Options",
        1021,
        "Another site can embed the page in a frame and hijack clicks.",
    ),
    (
        re.compile(r"content[-_]security[-_]policy", re.I),
        "Content-Security-Policy",
        693,
        "Scripts that an attacker injects into the page can run.",
    ),
    (
        re.compile(r"strict[-_]transport[-_]security|\bhsts\b", re.I),
        "Strict-Transport-Security",
        319,
        "A browser may connect without encryption.",
    ),
    (
        re.compile(r"x[-_]content[-_]type[-_]options|\bnosniff\b", re.I),
        "X-Content-Type-Options",
        430,
        "A browser may run an uploaded file as a script.",
    ),
    (
        re.compile(r"cache-control.{0,40}(?:no-store|private)", re.I),
        "Cache-Control",
        525,
        "A cache can store a private response.",
    ),
    (
        re.compile(r"content-disposition.{0,30}attachment", re.I),
        "Content-Disposition",
        79,
        "A browser shows the file as a page of this site instead of downloading it.",
    ),
)
_SENT = re.compile(r"[(\[=:]|=>|\.")
_READ = re.compile(r"==|\bassert|\bimport\b|\brequire\b|\bexpect\b|\.get\(|\bdef\b|\bfunction\b|\bfunc\b")


def _detect(diff: SourceDiff) -> Iterator[Hit]:
    for pattern, name, cwe, why in _HEADERS:
        if not diff.has_fewer(pattern):
            continue
        for hunk in diff.hunks:
            removed = [
                (n, line)
                for n, line in enumerate(hunk.old, hunk.old_start)
                if pattern.search(line) and not _READ.search(line)
            ]
            place = next(
                (n for n, line in removed if _SENT.search(line) and diff.is_removed([line]) and diff.scope_remains(n)),
                None,
            )
            if place is not None and not any(pattern.search(line) for line in hunk.new) and len(hunk.new) <= 6:
                yield _make_hit(locate_hit(diff, hunk), name, cwe, why)
                break


def _make_hit(line: int, name: str, cwe: int, why: str) -> Hit:
    title = f"A response no longer sends `{name}`"
    advice = "Restore the header."
    return Hit("guards/header", line, line, Level.MEDIUM, Level.MEDIUM, title, why, advice, cwe, MISCONFIGURATION)


HEADER = Guard(
    "header",
    _detect,
    (
        GuardExample(
            "A personal page is cached for everyone.",
            "app/session.py",
            'def save(session, response):\n    response.vary.add("Cookie")\n    response.set_cookie("s", session.id)\n',
            'def save(session, response):\n    response.set_cookie("s", session.id)\n',
            (2,),
        ),
        GuardExample(
            "The header is set one line later.",
            "app/session.py",
            'def save(session, response):\n    response.vary.add("Cookie")\n    response.set_cookie("s", session.id)\n',
            'def save(session, response):\n    response.set_cookie("s", session.id)\n    response.vary.add("Cookie")\n',
            (),
        ),
    ),
)
